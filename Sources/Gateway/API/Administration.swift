import Access
import HTTPTypes
import Identity

/// Who may administer: by realm and role from the configuration, or by an administrator token.
struct Administration: Sendable {
    let services: GatewayServices

    /// Who acts. The call is audited before it acts; when that fails, it does not act.
    ///
    /// - Throws: `RequestProblem`: 401 for nobody, 403 for somebody who may not.
    func authorize(_ request: IncomingRequest) async throws -> String {
        let name = try await administrator(request)
        try await services.audit.record(
            AuditEvent(
                .administration, at: services.clock.now,
                detail: "\(request.method) \(request.loggedPath)\(try Self.subject(of: request))",
                address: request.clientAddress, actor: name))
        return name
    }

    /// Whom a deletion is about, as far as the query says so.
    private static func subject(of request: IncomingRequest) throws(RequestProblem) -> String {
        guard request.method == "DELETE", let user = try request.queryFields().single("user") else { return "" }
        return " of \(user.clipped(200))"
    }

    private func administrator(_ request: IncomingRequest) async throws -> String {
        let rules = services.rules
        var token = BearerToken.read(request)
        if let token, let id = services.administratorTokens.id(of: token) { return id }
        if token == nil, let realm = rules.administrators.flatMap({ rules.realms[$0.realm] }) {
            token = SessionCookie(realm: realm, rules: rules).token(in: request.head.headerFields)
            // A cookie comes along whoever made the browser ask.
            let isReading = request.method == "GET" || request.method == "HEAD"
            guard token == nil || isReading || RequestOrigin(request, rules: rules).mayActByForm else {
                throw RequestProblem.crossSiteRequest
            }
        }
        guard let token, let session = try await services.check.session(token: token) else {
            throw RequestProblem(
                401, "administrator_token_missing",
                "This needs an administrator. Sign in with: gatehouse login; or make a token on the gateway's machine with: gatehouse admin-token --config FILE",
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

/// Which part of a long list is wanted.
struct Page {
    let limit: Int
    let cursor: String?

    /// - Throws: `RequestProblem`: `limit_malformed`, `cursor_malformed`.
    init(_ fields: RequestFields, isCursor: (String) -> Bool) throws(RequestProblem) {
        if let text = try fields.single("limit") {
            guard let number = Int(text), (1...1000).contains(number), text == "\(number)" else {
                throw RequestProblem(400, "limit_malformed", "limit must be a number from 1 to 1000.")
            }
            limit = number
        } else {
            limit = 200
        }
        cursor = try fields.single("cursor")
        guard cursor.map(isCursor) ?? true else {
            throw RequestProblem(400, "cursor_malformed", "cursor must be the 'next' of the page before.")
        }
    }
}

extension RequestFields {
    /// - Throws: `RequestProblem` with `parameter_unknown`: a misspelt filter that is ignored would show everything.
    func allowOnly(_ names: [String]) throws(RequestProblem) {
        for field in all where !names.contains(field.name) {
            throw RequestProblem(
                400, "parameter_unknown",
                "There is no parameter '\(HeaderText.encode(field.name).clipped(60))' here; known are \(names.joined(separator: ", "))."
            )
        }
    }
}
