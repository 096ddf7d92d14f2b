import Access
import HTTPTypes
import Identity
import OIDC
import StrictJSON

/// `/api/v1/session`: the caller's own.
struct OwnSessionAPI: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        switch path {
        case []:
            try request.allow("GET", "DELETE")
            return request.method == "DELETE" ? try await end(request) : try await show(request)
        case ["revalidate"]:
            try request.allow("POST")
            return try await revalidate(request)
        default: throw APIRoutes.notFound
        }
    }

    private func show(_ request: IncomingRequest) async throws -> Answer {
        for token in try tokens(request) {
            guard let session = try await services.check.session(token: token.text),
                token.realm == nil || session.realm == token.realm
            else { continue }
            return .json(.ok, session.json)
        }
        throw Self.noSession
    }

    /// Signs the caller out: the command line has no use for the browser's way.
    private func end(_ request: IncomingRequest) async throws -> Answer {
        try refuseOtherSites(request)
        let (session, _) = try await held(request)
        try await services.sessions.end(
            .own(id: session.id, userID: session.userID), reason: .signedOut, address: request.clientAddress)
        return Answer(.noContent, headers: [.cacheControl: "no-store"])
    }

    /// Asks the provider now, also for a session that is not believed any more because it could not be asked for too long.
    private func revalidate(_ request: IncomingRequest) async throws -> Answer {
        try refuseOtherSites(request)
        let (session, token) = try await held(request)
        return try await revalidate(session, token: token)
    }

    /// The caller's session that is not over, believed or not, and its token.
    private func held(_ request: IncomingRequest) async throws -> (HotSession, token: String) {
        for token in try tokens(request) {
            guard let session = try await services.check.sessionToRevalidate(token: token.text),
                token.realm == nil || session.realm == token.realm
            else { continue }
            return (session, token.text)
        }
        throw Self.noSession
    }

    private func revalidate(_ session: HotSession, token: String) async throws -> Answer {
        // Without anything to ask with, or asked too often: it is as it was.
        guard session.believedUntil != nil,
            services.frontDoor.admitsRevalidation(of: session.id)
        else { return try await live(token) }
        // Whoever is shut out already need not wait for the pause after a failure to be over.
        let isOverdue = session.isOverdue(at: services.clock.now)
        if let outcome = try await services.revalidator.revalidate(sessionID: session.id, evenInPause: isOverdue) {
            switch outcome {
            case .succeeded, .lost: break
            case .refused: throw Self.noSession
            case .unavailable(let error):
                let status = error.fault == .providerTimedOut ? 504 : error.fault == .gateway ? 503 : 502
                throw RequestProblem(
                    status, error.reason,
                    "The identity provider could not be asked, so the session is as it was. Try again in a minute.")
            }
            return try await live(token)
        }
        // Somebody asks at the moment: their answer will do.
        for _ in 0..<100 {
            try await Task.sleep(for: .milliseconds(100))
            guard let now = try await services.check.sessionToRevalidate(token: token) else { throw Self.noSession }
            if now.validatedAt > session.validatedAt { return try await live(token) }
        }
        throw RequestProblem(
            504, "provider_timed_out", "The identity provider has not answered yet. Try again in a minute.")
    }

    /// A cookie comes along whoever made the browser ask.
    private func refuseOtherSites(_ request: IncomingRequest) throws(RequestProblem) {
        guard BearerToken.read(request) != nil || RequestOrigin(request, rules: services.rules).mayActByForm else {
            throw RequestProblem.crossSiteRequest
        }
    }

    private func live(_ token: String) async throws -> Answer {
        guard let session = try await services.check.session(token: token) else { throw Self.noSession }
        return .json(.ok, session.json)
    }

    private func tokens(_ request: IncomingRequest) throws -> [(text: String, realm: RealmName?)] {
        let rules = services.rules
        let fields = try request.queryFields()
        try fields.allowOnly(["realm"])
        let wanted = try fields.single("realm").map { RealmName($0) }
        if let wanted, rules.realms[wanted] == nil {
            throw RequestProblem(400, "realm_unknown", "There is no realm of that name.")
        }
        var tokens: [(text: String, realm: RealmName?)] = []
        if let bearer = BearerToken.read(request) { tokens.append((bearer, wanted)) }
        for realm in rules.realms.values.sorted(by: { $0.name < $1.name }) where wanted == nil || realm.name == wanted {
            let cookie = SessionCookie(realm: realm, rules: rules)
            if let token = cookie.token(in: request.head.headerFields) { tokens.append((token, realm.name)) }
        }
        return tokens
    }

    private static let noSession = RequestProblem(
        401, "no_session", "There is no live session with this request.", headers: [.wwwAuthenticate: "Bearer"])
}
