import HTTPTypes
import Hummingbird

/// The single logout URL of a SAML app (SAML Profiles §4.4): for its requests, and for its answers to the
/// organisation's.
struct SAMLLogoutEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        router.get("app/{first}/{second}/slo/saml") { request, context in try await receive(request, context) }
        router.post("app/{first}/{second}/slo/saml") { request, context in try await receive(request, context) }
    }

    private func receive(_ request: Request, _ context: SimulatorRequestContext) async throws -> Response {
        guard let entry = organization.samlApp(context), entry.app.logoutURL != nil else {
            return .html(MessagePages.noSuchApp, status: .notFound)
        }
        context.notes.note { $0.clientID = entry.app.id }
        do {
            // The body can be read once.
            let parameters = try await request.parameters()
            let parameter = parameters["SAMLRequest"] != nil ? "SAMLRequest" : "SAMLResponse"
            guard let message = try SAMLInboundMessage(request, parameters, parameter) else {
                throw SAMLRefusal("There is neither a SAMLRequest nor a SAMLResponse.")
            }
            let note = SAMLNote(message, entry.app)
            context.notes.note { $0.saml = note }
            return parameter == "SAMLRequest"
                ? try await logOut(message, note, entry, request) : try take(message, note, entry)
        } catch let refusal as SAMLRefusal {
            context.notes.note { $0.error = refusal.sentence }
            return refusal.page
        }
    }

    /// The app signs a person out. Okta accepts no unsigned request.
    private func logOut(
        _ message: SAMLInboundMessage, _ note: SAMLNote, _ entry: SAMLAppDirectory.Entry, _ request: Request
    ) async throws -> Response {
        let now = organization.clock.now
        guard note.isVerified == true else {
            throw SAMLRefusal("The LogoutRequest is not signed with the app's signature certificate.")
        }
        let logout = try SAMLLogoutRequest(message.root, from: entry.app, url: organization.url, now: now)
        let meant = organization.samlParticipants.all.filter { logout.means($0, of: entry.app) }
        let ending = Set(meant.map(\.sessionID))
        // Whatever session this browser has, the person asked to be signed out of it.
        let cookie = request.cookie(SSOSessions.cookieName)
        let own = cookie.flatMap(organization.sessions.id(cookie:))
        let outcome = try await SignOut(organization: organization).end(cookie: cookie, exceptApp: entry.app.id) {
            id, _ in
            ending.contains(id) || id == own
        }
        let answer = try SAMLLogoutMessage(
            answering: logout.id, .success, entry, relayState: message.relayState, tampering: organization.tampering,
            now: now)
        guard let answer else { return .html(MessagePages.signedOut) }
        var response = respond(answer, after: outcome, request.method)
        response.headers[values: .setCookie] = [SSOSessions.removeCookie]
        return response
    }

    /// Frames for the other applications come before the answer.
    private func respond(
        _ answer: SAMLLogoutMessage, after outcome: SignOut.Outcome, _ method: HTTPRequest.Method
    ) -> Response {
        guard !outcome.frames.isEmpty else { return answer.response(after: method) }
        guard answer.binding == .post else {
            return outcome.farewell(target: answer.redirect)
        }
        let id = organization.pendingLogouts.add([answer], now: organization.clock.now)
        return outcome.farewell(target: "\(organization.url)\(SignOutEndpoint.path)/\(id)/0")
    }

    /// The app's answer, which comes in a frame.
    private func take(
        _ message: SAMLInboundMessage, _ note: SAMLNote, _ entry: SAMLAppDirectory.Entry
    ) throws -> Response {
        guard message.root.matches(.saml2p, "LogoutResponse") else {
            throw SAMLRefusal("The message is no LogoutResponse.")
        }
        let answer = SAMLLogouts.Answer(
            isVerified: note.isVerified == true, status: note.status, binding: message.binding)
        guard organization.samlLogouts.answer(message.root.attribute("InResponseTo") ?? "", appID: entry.app.id, answer)
        else { throw SAMLRefusal("The LogoutResponse answers no request of the organisation.") }
        return .html(
            MessagePages.signedOut, contentSecurityPolicy: Page.policy(frameAncestors: "'self'"))
    }
}
