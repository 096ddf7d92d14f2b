import HTTPTypes
import Hummingbird

/// Okta's own sign-out, `/login/signout`, which tells all applications, and the pages in its frames.
struct SignOutEndpoint {
    let organization: Organization

    static let path = "/login/signout"

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        router.get("login/signout") { request, _ in try await signOut(request) }
        router.get("login/signout/{id}") { _, context in framePage(context.parameters.get("id") ?? "") }
        router.get("login/signout/{id}/{index}") { request, context in frame(request, context) }
    }

    /// Ends this browser's session.
    private func signOut(_ request: Request) async throws -> Response {
        let cookie = request.cookie(SSOSessions.cookieName)
        let ending = cookie.flatMap(organization.sessions.id(cookie:))
        let outcome = try await SignOut(organization: organization).end(cookie: cookie) { id, _ in id == ending }
        var response = outcome.farewell(target: nil)
        response.headers[values: .setCookie] = [SSOSessions.removeCookie]
        return response
    }

    /// The messages of a logout that somebody else ordered.
    private func framePage(_ id: String) -> Response {
        guard let messages = organization.pendingLogouts.request(id) else {
            return .html(MessagePages.signedOut, status: .gone)
        }
        let frames = messages.indices.map { "\(organization.url)\(Self.path)/\(id)/\($0)" }
        let origins = Set((frames + messages.map(\.address)).compactMap(Page.origin))
        return .signedOut(frames: frames, origins: origins)
    }

    /// One message, from within a frame.
    private func frame(_ request: Request, _ context: SimulatorRequestContext) -> Response {
        guard let messages = context.parameters.get("id").flatMap({ organization.pendingLogouts.request($0) }),
            let index = context.parameters.get("index").flatMap({ Int($0) }), messages.indices.contains(index)
        else { return .html(MessagePages.signedOut, status: .gone) }
        return messages[index].response(after: request.method, frameAncestors: "'self'")
    }
}

extension Response {
    /// The farewell, with the applications in frames.
    ///
    /// - Parameters:
    ///   - origins: Where the frames may lead.
    ///   - target: Where the page goes on to.
    ///   - settling: Milliseconds that the frames need after they have loaded.
    static func signedOut(
        frames: [String], origins: Set<String>, target: String? = nil, settling: Int = 0
    ) -> Response {
        guard !frames.isEmpty else { return .html(MessagePages.signedOut) }
        let nonce = RandomIdentifiers.token(22)
        let sources = origins.sorted().joined(separator: " ")
        return .html(
            MessagePages.frontchannelLogout(frames: frames, target: target, settling: settling, scriptNonce: nonce),
            contentSecurityPolicy: "\(Page.policy); frame-src \(sources); script-src 'nonce-\(nonce)'")
    }
}
