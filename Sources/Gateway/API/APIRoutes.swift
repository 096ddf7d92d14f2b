import Access
import HTTPTypes
import Identity
import StrictJSON

/// `/api/v1/…`: JSON for programs.
struct APIRoutes: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, path: Substring) async throws -> Answer {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count, request.method) {
        case ("session", 1, "GET"): return try await session(request)
        case ("session", 1, _): throw RequestProblem.methodNotAllowed("GET")
        case ("sessions", 1, "GET"):
            _ = try await administrator(request)
            return try await listSessions(request)
        case ("sessions", 1, "DELETE"):
            let administrator = try await administrator(request)
            guard let email = try request.queryFields().single("user") else {
                throw RequestProblem(400, "user_missing", "Say whose sessions to end: ?user=EMAIL.")
            }
            return try await end(.email(email), by: administrator, request)
        case ("sessions", 1, _): throw RequestProblem.methodNotAllowed("GET, DELETE")
        case ("sessions", 2, "DELETE"):
            let administrator = try await administrator(request)
            let answer = try await services.sessions.list(.session(id: parts[1]))
            guard !answer.isEmpty else {
                throw RequestProblem(404, "session_not_found", "There is no live session of that id.")
            }
            return try await end(.session(id: parts[1]), by: administrator, request)
        case ("sessions", 2, _): throw RequestProblem.methodNotAllowed("DELETE")
        case ("audit", 1, "GET"):
            _ = try await administrator(request)
            return try await audit(request)
        case ("audit", 1, _): throw RequestProblem.methodNotAllowed("GET")
        default: throw RequestProblem(404, "not_found", "The API has nothing at this address.")
        }
    }

    /// The caller's own session.
    private func session(_ request: IncomingRequest) async throws -> Answer {
        let rules = services.rules
        let wanted = try request.queryFields().single("realm").map { RealmName($0) }
        if let wanted, rules.realms[wanted] == nil {
            throw RequestProblem(400, "realm_unknown", "There is no realm of that name.")
        }
        let realms = rules.realms.values.sorted { $0.name < $1.name }.filter { wanted == nil || $0.name == wanted }
        var tokens = realms.compactMap { SessionCookie(realm: $0, rules: rules).token(in: request.head.headerFields) }
        if let bearer = BearerToken.read(request) { tokens.insert(bearer, at: 0) }
        for token in tokens {
            guard let session = try await services.check.session(token: token),
                wanted == nil || session.realm == wanted
            else { continue }
            return .json(.ok, session.json)
        }
        throw RequestProblem(
            401, "no_session", "There is no live session with this request.", headers: [.wwwAuthenticate: "Bearer"])
    }

    private func listSessions(_ request: IncomingRequest) async throws -> Answer {
        let email = try request.queryFields().single("user")
        let sessions = try await services.sessions.list(email.map { .email($0) } ?? .all)
        return .json(.ok, ["sessions": .array(sessions.map(\.json))])
    }

    private func end(
        _ selection: SessionSelection, by administrator: String, _ request: IncomingRequest
    ) async throws -> Answer {
        let ended = try await services.sessions.end(
            selection, reason: "revoked_by_administrator", actor: administrator, address: request.clientAddress)
        return .json(.ok, ["ended": JSON(ended)])
    }

    private func audit(_ request: IncomingRequest) async throws -> Answer {
        let fields = try request.queryFields()
        var limit = 200
        if let text = try fields.single("limit") {
            guard let number = Int(text), (1...1000).contains(number) else {
                throw RequestProblem(400, "limit_malformed", "limit must be a number from 1 to 1000.")
            }
            limit = number
        }
        let events = try await services.audit.events(reference: try fields.single("reference"), limit: limit)
        return .json(.ok, ["events": .array(events.map(\.json))])
    }

    /// Who acts. The call is audited before it acts; when that fails, it does not act.
    ///
    /// - Throws: `RequestProblem`: 401 for nobody, 403 for somebody who may not.
    private func administrator(_ request: IncomingRequest) async throws -> String {
        let name = try await authorized(request)
        try await services.audit.record(
            AuditEvent(
                .administration, at: services.clock.now, detail: "\(request.method) \(request.loggedPath)",
                address: request.clientAddress, actor: name))
        return name
    }

    private func authorized(_ request: IncomingRequest) async throws -> String {
        let rules = services.rules
        var token = BearerToken.read(request)
        if let token, let id = services.administratorTokens.id(of: token) { return id }
        if token == nil, let realm = rules.administrators.flatMap({ rules.realms[$0.realm] }) {
            token = SessionCookie(realm: realm, rules: rules).token(in: request.head.headerFields)
            // A cookie comes along whoever made the browser ask.
            guard token == nil || request.method == "GET" || RequestOrigin(request, rules: rules).mayActByForm else {
                throw RequestProblem(403, "cross_site_request", "Another site made this request, so nothing was done.")
            }
        }
        guard let token, let session = try await services.check.session(token: token) else {
            throw RequestProblem(
                401, "administrator_token_missing",
                "This needs an administrator. Make a token on the gateway's machine with: gatehouse admin-token --config FILE",
                headers: [.wwwAuthenticate: "Bearer"])
        }
        guard let administrators = rules.administrators, session.realm == administrators.realm,
            session.roles.contains(administrators.role)
        else {
            throw RequestProblem(
                403, "not_an_administrator", "You are signed in, but not as an administrator of the gateway.")
        }
        return session.userID
    }
}

extension HotSession {
    fileprivate var json: JSON {
        [
            "id": .string(id),
            "user": ["id": .string(userID), "email": JSON(email), "name": JSON(name)],
            "realm": .string(realm.text), "provider": .string(provider.text),
            "roles": JSON(roles.map(\.text)), "groups": JSON(groups.map(\.text)),
            "created_at": .string(createdAt.description), "last_seen_at": .string(lastSeenAt.description),
            "expires_at": .string(endsAt.description), "authenticated_at": JSON(authenticatedAt?.description),
        ]
    }
}

extension SessionSummary {
    fileprivate var json: JSON {
        [
            "id": .string(id),
            "user": ["id": .string(userID), "email": JSON(email), "name": JSON(name)],
            "realm": .string(realm.text), "provider": .string(provider.text),
            "created_at": .string(createdAt.description), "last_seen_at": .string(lastSeenAt.description),
            "expires_at": .string(endsAt.description), "address": JSON(address), "user_agent": JSON(userAgent),
        ]
    }
}

extension AuditEvent {
    fileprivate var json: JSON {
        [
            "at": .string(at.description), "event": .string(kind.rawValue), "reference": JSON(reference),
            "reason": JSON(reason), "detail": JSON(detail), "realm": JSON(realm?.text),
            "provider": JSON(provider?.text), "user": JSON(user), "session": JSON(session),
            "address": JSON(address), "actor": JSON(actor),
        ]
    }
}
