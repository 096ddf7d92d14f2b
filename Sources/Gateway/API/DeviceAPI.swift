import Access
import HTTPTypes
import Identity
import StrictJSON

/// `/api/v1/device/…`: the device authorization grant against the gateway (RFC 8628), in JSON or forms, with the RFC's names
/// of fields and errors.
struct DeviceAPI: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        switch path {
        case ["authorize"]:
            try request.allow("POST")
            return try await begin(request)
        case ["token"]:
            try request.allow("POST")
            return try await collect(request)
        default: throw APIRoutes.notFound
        }
    }

    /// RFC 8628 §3.1, §3.2. `client_id` and `scope` of a general client are taken and mean nothing here.
    private func begin(_ request: IncomingRequest) async throws -> Answer {
        try services.frontDoor.admit(.devicesPerAddress, address: request.clientAddress)
        let (realm, host): (RealmRules, String?)
        do {
            let members = try await request.jsonOrFormMembers()
            try members.allowOnly(["realm", "host", "client_id", "scope"])
            realm = try services.rules.realm(named: try members.text("realm"))
            host = try members.text("host", most: 100)
        } catch let problem as RequestProblem {
            return Self.refusal("invalid_request", problem.detail)
        }
        let ticket = try await services.devices.begin(
            realm: realm.name, host: host, address: request.clientAddress)
        let page = services.rules.origin + "/device"
        return .json(
            .ok,
            [
                "device_code": .string(ticket.deviceCode.reveal()), "user_code": .string(ticket.userCode),
                "verification_uri": .string(page),
                "verification_uri_complete": .string(page + "?user_code=" + ticket.userCode),
                "expires_in": .integer(ticket.lifetime.components.seconds),
                "interval": .integer(ticket.interval.components.seconds),
            ])
    }

    /// RFC 8628 §3.4, §3.5.
    private func collect(_ request: IncomingRequest) async throws -> Answer {
        let members: JSONObject
        let code: String?
        do {
            members = try await request.jsonOrFormMembers()
            try members.allowOnly(["device_code", "grant_type", "client_id"])
            code = try members.text("device_code", most: 128)
            if let grant = try members.text("grant_type"), grant != "urn:ietf:params:oauth:grant-type:device_code" {
                return Self.refusal("unsupported_grant_type", "Only device codes are taken here.")
            }
        } catch let problem as RequestProblem {
            return Self.refusal("invalid_request", problem.detail)
        }
        guard let code else { return Self.refusal("invalid_request", "device_code is missing.") }
        // Nobody guesses 256 bits; but each try would otherwise take the store's only writer.
        guard try await services.devices.knows(deviceCode: code) else {
            try services.frontDoor.admit(.devicesPerAddress, address: request.clientAddress)
            return Self.refusal("invalid_grant", "No machine waits with this code.")
        }
        switch try await services.devices.poll(deviceCode: code) {
        case .approved(let token, let session):
            let roles = services.rules.realms[session.realm]?.roles.roles(for: session.groups) ?? []
            return .json(
                .ok,
                [
                    "access_token": .string(token.reveal()), "token_type": "Bearer",
                    "expires_in": .integer(max(0, (session.endsAt - services.clock.now).components.seconds)),
                    "expires_at": .string(session.endsAt.description), "session_id": .string(session.id),
                    "realm": .string(session.realm.text), "provider": .string(session.provider.text),
                    "roles": JSON(roles.map(\.text)),
                    "user": [
                        "id": .string(session.userID), "email": JSON(session.email), "name": JSON(session.name),
                    ],
                ])
        case .authorizationPending: return Self.refusal("authorization_pending", "Nobody has answered yet. Ask again.")
        case .slowDown: return Self.refusal("slow_down", "This is too often: wait five seconds longer each time.")
        case .accessDenied: return Self.refusal("access_denied", "The person refused.")
        case .expiredToken: return Self.refusal("expired_token", "The code is over. Start again.")
        case .invalidGrant: return Self.refusal("invalid_grant", "No machine waits with this code.")
        }
    }

    /// RFC 6749 §5.2.
    private static func refusal(_ error: String, _ description: String) -> Answer {
        .json(.badRequest, ["error": .string(error), "error_description": .string(description)])
    }
}
