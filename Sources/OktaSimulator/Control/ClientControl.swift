import HTTPTypes
import Hummingbird
import Yams

/// Applications, for tests that start gateways on ports of their own and switch what an application demands. The
/// members are the keys of the people file.
struct ClientControl {
    let organization: Organization

    func addRoutes(to group: RouterGroup<SimulatorRequestContext>) {
        group.get("clients") { _, _ in
            try Response.json(["clients": .array(organization.clients.all.map(\.json))])
        }
        group.post("clients") { request, _ in try add(try await request.controlBody()) }
        group.get("clients/{id}") { _, context in
            guard let client = organization.clients[context.clientParameter] else { return try notFound(context) }
            return try .json(client.json)
        }
        group.patch("clients/{id}") { request, context in
            try change(try await request.controlBody(), context)
        }
        group.delete("clients/{id}") { _, context in
            guard organization.clients.remove(context.clientParameter) else { return try notFound(context) }
            return Response(status: .noContent)
        }
    }

    private func add(_ body: JSONValue) throws -> Response {
        let client = try settings(body) { mapping throws(SettingsError) in try Client(mapping) }
        guard organization.clients.add(client) else {
            return try .control(problem: "there is such a client already", status: .conflict)
        }
        return try .json(client.json, status: .created)
    }

    /// Null takes an optional address away.
    private func change(_ body: JSONValue, _ context: SimulatorRequestContext) throws -> Response {
        let members = body.object ?? [:]
        guard members["client_id"] == nil else { throw ControlError(sentence: "'client_id' cannot be changed") }
        let removed = members.filter { $0.value == .null }.keys
        if let fixed = removed.first(where: { Client.optionalAddresses[$0] == nil }) {
            throw ControlError(sentence: "'\(fixed)' cannot be null")
        }
        let kept = JSONValue.object(members.filter { $0.value != .null })
        let changed = try settings(kept) { mapping throws(SettingsError) in
            try organization.clients.change(context.clientParameter) { client throws(SettingsError) in
                for name in removed {
                    if let address = Client.optionalAddresses[name] { client[keyPath: address] = nil }
                }
                try client.change(mapping)
            }
        }
        guard let changed else { return try notFound(context) }
        return try .json(changed.json)
    }

    /// JSON is YAML, so the rules of the people file hold here too.
    private func settings<Value>(
        _ body: JSONValue, _ read: (SettingsMapping) throws(SettingsError) -> Value
    ) throws -> Value {
        guard let node = try Yams.compose(yaml: String(decoding: try body.encoded(), as: UTF8.self)) else {
            throw ControlError(sentence: "the body must be a JSON object")
        }
        let source = SettingsSource(fileName: "body", folder: "./", environment: [:])
        do throws(SettingsError) {
            return try read(SettingsMapping(node, of: "the client", in: source, keys: Client.keys))
        } catch {
            throw ControlError(sentence: error.description)
        }
    }

    private func notFound(_ context: SimulatorRequestContext) throws -> Response {
        try .control(problem: "there is no client \(context.clientParameter)", status: .notFound)
    }
}

extension Client {
    /// What a null in a change takes away.
    fileprivate static var optionalAddresses: [String: WritableKeyPath<Client, String?>] {
        [
            "initiate_login_uri": \.initiateLoginURI, "backchannel_logout_uri": \.backchannelLogoutURI,
            "frontchannel_logout_uri": \.frontchannelLogoutURI,
        ]
    }

    /// As the control endpoints show it; the secret stays where it is.
    var json: JSONValue {
        func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
        return [
            "client_id": .string(id), "client_name": .string(name),
            "client_secret": secret == nil ? .null : "set", "public_key": publicKey == nil ? .null : "set",
            "token_endpoint_auth_methods": .strings(authenticationMethods.map(\.rawValue).sorted()),
            "redirect_uris": .strings(redirectURIs), "initiate_login_uri": optional(initiateLoginURI),
            "post_logout_redirect_uris": .strings(postLogoutRedirectURIs),
            "backchannel_logout_uri": optional(backchannelLogoutURI),
            "backchannel_logout_session_required": .bool(isBackchannelSessionRequired),
            "frontchannel_logout_uri": optional(frontchannelLogoutURI),
            "frontchannel_logout_session_required": .bool(isFrontchannelSessionRequired),
            "pkce_required": .bool(isPKCERequired),
            "require_pushed_authorization": .bool(requiresPushedAuthorization), "require_dpop": .bool(requiresDPoP),
            "refresh_tokens": .bool(hasRefreshTokens), "refresh_rotation": .bool(rotatesRefreshTokens),
            "refresh_grace": .integer(refreshGrace), "refresh_id_token": .bool(refreshesIDTokens),
            "access_token_lifetime": .integer(accessTokenLifetime), "id_token_lifetime": .integer(idTokenLifetime),
            "refresh_token_idle_lifetime": .integer(refreshTokenIdleLifetime),
            "thin_id_token": .bool(hasThinIDTokens), "groups_overflow": .string(groupsOverflow.rawValue),
        ]
    }
}

extension SimulatorRequestContext {
    fileprivate var clientParameter: String {
        let raw = parameters.get("id") ?? ""
        return raw.contains("%") ? FormParameters.decode(raw.utf8) : raw
    }
}
