import Access
import HTTPTypes
import Identity
import StrictJSON

/// `/api/v1/sessions`
struct SessionsAPI: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        guard path.count <= 1 else { throw APIRoutes.notFound }
        try request.allow("GET", "DELETE")
        let administrator = try await Administration(services: services).authorize(request)
        let isDeletion = request.method == "DELETE"
        if let id = path.first {
            let session = try await services.sessions.session(id: id)
            guard let session else {
                throw RequestProblem(404, "session_not_found", "There is no live session of that id.")
            }
            return isDeletion
                ? try await end(.session(id: id), by: administrator, request) : .json(.ok, session.json)
        }
        let fields = try request.queryFields()
        if isDeletion {
            try fields.allowOnly(["user"])
            guard let email = try fields.single("user") else {
                throw RequestProblem(400, "user_missing", "Say whose sessions to end: ?user=EMAIL.")
            }
            return try await end(.email(email), by: administrator, request)
        }
        try fields.allowOnly(["user", "realm", "provider", "limit", "cursor"])
        let page = try Page(fields, isCursor: Sessions.isCursor)
        var query = SessionQuery(limit: page.limit)
        query.cursor = page.cursor
        query.email = try fields.single("user")
        query.realm = try fields.single("realm").map { RealmName($0) }
        query.provider = try fields.single("provider").map { ProviderName($0) }
        let (sessions, next) = try await services.sessions.list(query)
        return .json(.ok, ["sessions": .array(sessions.map(\.json)), "next": JSON(next)])
    }

    private func end(
        _ selection: SessionSelection, by administrator: String, _ request: IncomingRequest
    ) async throws -> Answer {
        let ended = try await services.sessions.end(
            selection, reason: .revokedByAdministrator, actor: administrator, address: request.clientAddress)
        return .json(.ok, ["ended": JSON(ended)])
    }
}

/// `/api/v1/users`: people who have signed in here.
struct UsersAPI: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        guard path.count <= 1 else { throw APIRoutes.notFound }
        try request.allow("GET")
        _ = try await Administration(services: services).authorize(request)
        if let id = path.first {
            guard let user = try await services.users.user(id: id) else {
                throw RequestProblem(404, "user_not_found", "Nobody of that id has signed in here.")
            }
            return .json(.ok, user.json)
        }
        let fields = try request.queryFields()
        try fields.allowOnly(["email", "limit", "cursor"])
        let page = try Page(fields, isCursor: Users.isCursor)
        let (users, next) = try await services.users.list(
            email: try fields.single("email"), cursor: page.cursor, limit: page.limit)
        return .json(.ok, ["users": .array(users.map(\.json)), "next": JSON(next)])
    }
}

/// `/api/v1/audit`
struct AuditAPI: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        guard path.isEmpty else { throw APIRoutes.notFound }
        try request.allow("GET")
        _ = try await Administration(services: services).authorize(request)
        let fields = try request.queryFields()
        try fields.allowOnly([
            "reference", "event", "user", "session", "realm", "provider", "reason", "since", "until", "limit", "cursor",
        ])
        let page = try Page(fields, isCursor: AuditTrail.isCursor)
        var query = AuditQuery(limit: page.limit)
        query.cursor = page.cursor
        query.reference = try fields.single("reference")
        query.user = try fields.single("user")
        query.session = try fields.single("session")
        query.reason = try fields.single("reason")
        query.realm = try fields.single("realm").map { RealmName($0) }
        query.provider = try fields.single("provider").map { ProviderName($0) }
        if let text = try fields.single("event") {
            guard let kind = AuditEvent.Kind(rawValue: text) else {
                let known = AuditEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw RequestProblem(400, "event_unknown", "event must be one of \(known).")
            }
            query.kind = kind
        }
        query.since = try time("since", fields)
        query.until = try time("until", fields)
        let (events, next) = try await services.audit.events(query)
        return .json(.ok, ["events": .array(events.map(\.json)), "next": JSON(next)])
    }

    private func time(_ name: String, _ fields: RequestFields) throws(RequestProblem) -> UnixTime? {
        guard let text = try fields.single(name) else { return nil }
        guard let time = UnixTime(rfc3339: text) else {
            throw RequestProblem(400, "time_malformed", "\(name) must be a time like 2026-11-22T09:52:51Z.")
        }
        return time
    }
}

/// `/api/v1/realms`
struct RealmsAPI: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        guard path.count <= 1 || path.count == 2 && path[1] == "roles" else { throw APIRoutes.notFound }
        try request.allow("GET")
        _ = try await Administration(services: services).authorize(request)
        let rules = services.rules
        guard let name = path.first else {
            let realms = rules.realms.values.sorted { $0.name < $1.name }
            return .json(.ok, ["realms": .array(realms.map(\.json))])
        }
        guard let realm = rules.realms[RealmName(name)] else {
            throw RequestProblem(404, "realm_unknown", "There is no realm of that name.")
        }
        return path.count == 1 ? .json(.ok, realm.json) : try await explain(realm, request)
    }

    /// Which rule gives which role, and why the others do not.
    private func explain(_ realm: RealmRules, _ request: IncomingRequest) async throws -> Answer {
        let fields = try request.queryFields()
        try fields.allowOnly(["user", "group"])
        let groups: [GroupName]
        let named = fields.all.filter { $0.name == "group" && !$0.value.isEmpty }.map { GroupName($0.value) }
        if let email = try fields.single("user") {
            guard named.isEmpty else {
                throw RequestProblem(400, "user_and_group", "Say either user=EMAIL or group=NAME, not both.")
            }
            let users = try await services.users.list(email: email, cursor: nil, limit: 1000).users
            guard let latest = users.max(by: { $0.lastSignInAt < $1.lastSignInAt }) else {
                throw RequestProblem(
                    404, "user_not_found", "Nobody with this e-mail address has signed in here; say group=NAME instead."
                )
            }
            groups = latest.groups
        } else {
            guard !named.isEmpty else {
                throw RequestProblem(400, "group_missing", "Say whose roles to explain: user=EMAIL or group=NAME.")
            }
            groups = named
        }
        return .json(
            .ok,
            [
                "realm": .string(realm.name.text), "groups": JSON(groups.map(\.text)),
                "roles": JSON(realm.roles.roles(for: groups).map(\.text)),
                "rules": .array(realm.roles.explanation(for: groups).map(\.json)),
            ])
    }
}
