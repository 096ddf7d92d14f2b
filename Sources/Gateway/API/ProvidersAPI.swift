import Access
import HTTPTypes
import Identity
import OIDC
import Settings
import StrictJSON

/// `/api/v1/providers`: the identity providers, of the configuration file (to read) and of the store.
struct ProvidersAPI: Sendable {
    /// What the administrator's check may take altogether.
    private static let verificationLimit = Duration.seconds(25)

    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        switch path.count {
        case 0: try request.allow("GET", "POST")
        case 1: try request.allow("GET", "DELETE")
        case 2 where path[1] == "verify": try request.allow("POST")
        default: throw APIRoutes.notFound
        }
        let administrator = try await Administration(services: services).authorize(request)
        guard let text = path.first else {
            if request.method == "POST" { return try await add(request, by: administrator) }
            return .json(
                .ok, ["providers": .array(services.live.providers.map(json)), "unusable": .array(unusable)])
        }
        let name = ProviderName(text)
        if request.method == "DELETE" { return try await remove(name, by: administrator, request) }
        guard let provider = services.live.provider(name) else { throw Self.unknown }
        return path.count == 2 ? await verify(provider) : .json(.ok, json(provider))
    }

    private static let unknown = RequestProblem(
        404, "provider_unknown", "There is no identity provider of that name that can be used.")

    /// Providers that are there and cannot be used: so that somebody can see and remove them.
    private var unusable: [JSON] {
        services.registry.unusable.sorted { $0.key < $1.key }.map { name, why in
            ["name": .string(name.text), "why": .string(why)]
        }
    }

    private func add(_ request: IncomingRequest, by administrator: String) async throws -> Answer {
        let members = try await request.jsonMembers()
        let keys = ["kind", "url", "client_id", "scopes", "groups_claim", "response_mode", "logout"]
        let switches = ["pushed_authorization", "dpop"]
        try members.allowOnly(["name", "client_secret", "realms"] + keys + switches)
        guard let name = try members.text("name"), let secret = try members.text("client_secret") else {
            throw RequestProblem(
                400, "member_missing", "A provider needs name, kind, url, client_id and client_secret.")
        }
        let realms = try realms(members)
        var section = JSONObject()
        for key in keys {
            guard let value = members[key], value != .null else { continue }
            // Only plain values: a mapping like {file: …} would read the gateway's own files.
            if key == "scopes" {
                guard let scopes = value.strings else {
                    throw RequestProblem(400, "member_malformed", "scopes must be a list of texts.")
                }
                for scope in scopes { _ = try JSONObject([("scopes", .string(scope))]).text("scopes") }
                section.set(key, value)
            } else if let text = try members.text(key) {
                section.set(key, .string(text))
            }
        }
        for key in switches {
            guard let value = members[key], value != .null else { continue }
            guard value.bool != nil else {
                throw RequestProblem(400, "member_malformed", "\(key) must be true or false.")
            }
            section.set(key, value)
        }
        do throws(ConfigurationError) {
            _ = try ProviderSettings(name: ProviderName(name), members: section, clientSecret: Secret(secret))
        } catch {
            let sentences = error.problems.map(\.message).joined(separator: "; ")
            throw RequestProblem(400, "provider_malformed", "This provider cannot be used: \(sentences).")
        }
        guard services.live.provider(ProviderName(name)) == nil,
            services.registry.unusable[ProviderName(name)] == nil
        else { throw Self.exists }
        var settings = section
        settings.set("realms", JSON(realms))
        let added = try await services.storedProviders.add(
            StoredProvider(
                name: ProviderName(name), settings: settings, clientSecret: Secret(secret),
                createdAt: services.clock.now, createdBy: administrator), address: request.clientAddress)
        guard added else { throw Self.exists }
        try await services.registry.refresh()
        guard let provider = services.live.provider(ProviderName(name)) else {
            throw RequestProblem(
                503, "temporarily_unavailable",
                "The provider was saved and is not in force yet. Look again in a minute.")
        }
        var answer = Answer.json(.created, json(provider))
        answer.headers[.location] = "/api/v1/providers/\(name)"
        return answer
    }

    private static let exists = RequestProblem(
        409, "provider_exists", "There is an identity provider of that name. Remove it first, or choose another name.")

    private func realms(_ members: JSONObject) throws(RequestProblem) -> [String] {
        guard let value = members["realms"], value != .null else { return [] }
        guard let names = value.strings else {
            throw RequestProblem(400, "member_malformed", "realms must be a list of names.")
        }
        for name in names where services.rules.realms[RealmName(name)] == nil {
            throw RequestProblem(
                400, "realm_unknown", "There is no realm '\(HeaderText.encode(name).clipped(60))'.")
        }
        return names
    }

    /// Its sessions end with it: nobody vouches for them any more.
    private func remove(
        _ name: ProviderName, by administrator: String, _ request: IncomingRequest
    ) async throws -> Answer {
        let provider = services.live.provider(name)
        // The store may have one of the same name, which the file hides: then it is the file's that would be thought gone.
        guard provider?.source != .file else {
            throw RequestProblem(
                409, "provider_in_file",
                "This identity provider is in the configuration file; remove it there and send SIGHUP.")
        }
        let isRemoved = try await services.storedProviders.remove(
            name, actor: administrator, address: request.clientAddress, at: services.clock.now)
        guard isRemoved else { throw Self.unknown }
        try await services.registry.refresh()
        if let provider { try await services.tokenRevoker.revokeAll(of: provider.party) }
        return Answer(.noContent, headers: [.cacheControl: "no-store"])
    }

    /// The administrator's minute.
    private func verify(_ provider: LiveProvider) async -> Answer {
        let rules = services.rules
        let checks = await provider.party.verifySetup(
            redirectURIs: [rules.origin + "/login/callback", CommandLine.redirectURI],
            deadline: .now + Self.verificationLimit)
        // What was skipped because of a failure has that failure beside it.
        let isGood = !checks.contains { $0.outcome == .failed }
        return .json(
            .ok,
            [
                "provider": .string(provider.party.settings.name.text), "good": .bool(isGood),
                "checks": .array(
                    checks.map { check in
                        [
                            "name": .string(check.name), "outcome": .string(check.outcome.rawValue),
                            "detail": .string(check.detail), "advice": JSON(check.advice),
                        ]
                    }),
            ])
    }

    private func json(_ provider: LiveProvider) -> JSON {
        let settings = provider.party.settings
        var members = JSONObject([
            ("name", .string(settings.name.text)), ("kind", .string(provider.settings.kind.rawValue)),
            ("source", .string(provider.source.rawValue)), ("url", .string(settings.issuer)),
            ("client_id", .string(settings.clientID)),
        ])
        // That there is one; never what it is.
        switch settings.clientAuthentication {
        case .secret: members.set("client_secret", "set")
        case .privateKey: members.set("client_key", "set")
        }
        let realms = services.rules.realms.values.filter { $0.providers.contains(settings.name) }.map(\.name).sorted()
        members.set("scopes", JSON(settings.scopes))
        members.set("groups_claim", .string(settings.groupsClaim))
        members.set("response_mode", .string(settings.responseMode.rawValue))
        members.set("pushed_authorization", .bool(settings.usesPushedAuthorization))
        members.set("dpop", .bool(provider.settings.bindsTokens))
        members.set("logout", .string(settings.signsOutAtProvider ? "provider" : "local"))
        members.set("realms", JSON(realms.map(\.text)))
        members.set("created_at", JSON(provider.stored?.createdAt.description))
        members.set("created_by", JSON(provider.stored?.createdBy))
        return .object(members)
    }
}
