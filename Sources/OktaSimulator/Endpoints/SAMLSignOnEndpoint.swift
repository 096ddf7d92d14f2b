import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The sign-on URL of a SAML app and the address of its tile (SAML Profiles §4.1).
struct SAMLSignOnEndpoint {
    let organization: Organization

    static let path = "/login/saml"

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        router.get("app/{first}/{second}/sso/saml") { request, context in try await begin(request, context) }
        router.post("app/{first}/{second}/sso/saml") { request, context in try await begin(request, context) }
        router.get("home/{first}/{second}") { request, context in try await begin(request, context) }
        router.get("\(Self.path)/{id}") { request, context in try resume(request, context) }
        router.post("\(Self.path)/{id}") { request, context in try await choose(request, context) }
    }

    private func begin(_ request: Request, _ context: SimulatorRequestContext) async throws -> Response {
        guard let entry = organization.samlApp(context) else { return .html(MessagePages.noSuchApp, status: .notFound) }
        context.notes.note { $0.clientID = entry.app.id }
        let signOn: SAMLSignOn
        do {
            signOn = try await self.signOn(request, context, entry.app)
        } catch let refusal as SAMLRefusal {
            context.notes.note { $0.error = refusal.sentence }
            return refusal.page
        }
        guard request.method == .post else { return try decide(signOn, nil, entry, request, context) }
        // A POST from another site comes without the session's cookie; the redirect brings it.
        let id = organization.pendingSignOns.add(signOn, now: organization.clock.now)
        return .seeOther("\(organization.url)\(Self.path)/\(id)", after: .post)
    }

    private func signOn(
        _ request: Request, _ context: SimulatorRequestContext, _ app: SAMLApp
    ) async throws -> SAMLSignOn {
        let parameters = try await request.parameters()
        guard let message = try SAMLInboundMessage(request, parameters, "SAMLRequest") else {
            let relayState = parameters["RelayState"] ?? app.defaultRelayState
            return SAMLSignOn(appID: app.id, request: nil, relayState: relayState)
        }
        let note = SAMLNote(message, app)
        context.notes.note { $0.saml = note }
        let authnRequest = try SAMLAuthnRequest(message.root)
        if app.requiresSignedRequests, note.isVerified != true {
            throw SAMLRefusal(
                message.isSigned
                    ? "The signature of the AuthnRequest is not valid with the app's signature certificate."
                    : "The app accepts signed AuthnRequests only.")
        }
        try authnRequest.check(against: app, url: organization.url)
        return SAMLSignOn(appID: app.id, request: authnRequest, relayState: message.relayState)
    }

    /// Where a POST was redirected to.
    private func resume(_ request: Request, _ context: SimulatorRequestContext) throws -> Response {
        let id = context.parameters.get("id") ?? ""
        guard let signOn = organization.pendingSignOns.request(id), let entry = organization.samlApps[signOn.appID]
        else { return .html(MessagePages.signInGone, status: .gone) }
        context.notes.note { $0.clientID = entry.app.id }
        return try decide(signOn, id, entry, request, context)
    }

    /// - Parameter pendingID: The name under which the sign-on waits already.
    private func decide(
        _ signOn: SAMLSignOn, _ pendingID: String?, _ entry: SAMLAppDirectory.Entry, _ request: Request,
        _ context: SimulatorRequestContext
    ) throws -> Response {
        let now = organization.clock.now
        let session = request.cookie(SSOSessions.cookieName)
            .flatMap { organization.sessions.session(cookie: $0, now: now) }
        let person = session.flatMap { organization.people.person($0.personID) }
        switch signOn.decision(session, person, entry.app) {
        case .ask:
            let id = pendingID ?? organization.pendingSignOns.add(signOn, now: now)
            return .html(page(id, signOn, entry.app, alert: nil))
        case .proceed(let session, let person):
            if let pendingID, organization.pendingSignOns.take(pendingID) == nil {
                return .html(MessagePages.signInGone, status: .gone)
            }
            return try finish(signOn, entry, session, person, context)
        case .refuse(let status):
            if let pendingID { _ = organization.pendingSignOns.take(pendingID) }
            return try refuse(signOn, entry, status, context)
        }
    }

    /// The form of the sign-in page.
    private func choose(_ request: Request, _ context: SimulatorRequestContext) async throws -> Response {
        let id = context.parameters.get("id") ?? ""
        guard let signOn = organization.pendingSignOns.request(id), let entry = organization.samlApps[signOn.appID]
        else { return .html(MessagePages.signInGone, status: .gone) }
        context.notes.note { $0.clientID = entry.app.id }
        guard let person = try await request.formParameters()["person"].flatMap(organization.people.person) else {
            return .html(page(id, signOn, entry.app, alert: "Choose one of these people."), status: .badRequest)
        }
        guard person.status == .active else {
            let status = person.status.rawValue.lowercased()
            let alert = "Unable to sign in: the account of \(person.name) is \(status)."
            return .html(page(id, signOn, entry.app, alert: alert), status: .forbidden)
        }
        guard organization.pendingSignOns.take(id) != nil else {
            return .html(MessagePages.signInGone, status: .gone)
        }
        guard let assurance = signOn.assuranceReached(by: person) else {
            return try refuse(signOn, entry, .noContext, context)
        }
        let (cookie, session) = organization.sessions.signIn(
            personID: person.id, assurance: assurance, replacing: request.cookie(SSOSessions.cookieName),
            now: organization.clock.now)
        var response = try finish(signOn, entry, session, person, context)
        response.headers[values: .setCookie] = [SSOSessions.setCookie(cookie)]
        return response
    }

    // MARK: Answers

    /// Gives out an assertion, unless the person may not have one.
    private func finish(
        _ signOn: SAMLSignOn, _ entry: SAMLAppDirectory.Entry, _ session: SSOSession, _ person: Person,
        _ context: SimulatorRequestContext
    ) throws -> Response {
        do throws(OAuthError) {
            try person.admission()
        } catch {
            context.notes.note { $0.error = error.code }
            return .html(MessagePages.badRequest(error), status: .forbidden)
        }
        let now = organization.clock.now
        let response = SAMLResponse(
            to: signOn, app: entry.app, person: person,
            contextClass: signOn.contextClass(session, person, entry.app), authenticated: session.authenticated,
            sessionIndex: signOn.request?.id ?? SAMLMessageID.sessionIndex(now), now: now)
        if let assertion = response.assertion {
            organization.samlParticipants.note(
                .init(
                    sessionID: session.id, personID: person.id, appID: entry.app.id,
                    nameID: assertion.nameID ?? "", nameIDFormat: assertion.nameIDFormat ?? "",
                    sessionIndex: assertion.sessionIndex ?? ""))
        }
        return try answer(response, signOn, entry)
    }

    private func refuse(
        _ signOn: SAMLSignOn, _ entry: SAMLAppDirectory.Entry, _ status: SAMLStatus,
        _ context: SimulatorRequestContext
    ) throws -> Response {
        context.notes.note { $0.error = status.detail ?? status.code }
        return try answer(
            SAMLResponse(to: signOn, app: entry.app, status: status, now: organization.clock.now), signOn, entry)
    }

    /// The page that posts the Response, after Okta's.
    private func answer(
        _ response: SAMLResponse, _ signOn: SAMLSignOn, _ entry: SAMLAppDirectory.Entry
    ) throws -> Response {
        let change = organization.tampering.next(.samlResponse, on: .init(clientID: entry.app.id))
        let app = try entry.app.changed(by: change?.saml.settings ?? .object([:]))
        var response = try response.changed(change?.members ?? [:])
        response.structure = change?.saml.structure
        let document = try response.document(
            for: app, key: entry.active, forgery: change?.saml.forgery, at: change?.saml.place)
        var relayState = signOn.relayState
        if let other = change?.members["relay_state"] { relayState = other.string }
        let fields = [("SAMLResponse", Data(document.utf8).base64EncodedString())]
        return .postForm(
            to: signOn.request?.acsURL ?? app.acsURL, fields + (relayState.map { [("RelayState", $0)] } ?? []),
            id: "appForm")
    }

    private func page(_ id: String, _ signOn: SAMLSignOn, _ app: SAMLApp, alert: String?) -> String {
        SignInPage.render(
            action: Self.path, signInID: id, clientName: app.label, people: organization.people.all,
            loginHint: signOn.request?.loginHint, assurance: signOn.assurance, alert: alert)
    }
}

extension Organization {
    /// The app that a path names; both parts must fit.
    func samlApp(_ context: SimulatorRequestContext) -> SAMLAppDirectory.Entry? {
        let entry = context.parameters.get("second").flatMap { samlApps[$0] }
        return entry?.app.name == context.parameters.get("first") ? entry : nil
    }
}
