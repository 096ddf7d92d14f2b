import HTTPTypes
import Hummingbird

/// The authorization endpoint with its pages for sign-in and consent (RFC 6749 §3.1, OIDC Core §3.1.2).
struct AuthorizeEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            let path = RouterPath(server.path("authorize"))
            router.get(path) { request, context in try await authorize(request, context, at: server) }
            router.post(path) { request, context in try await authorize(request, context, at: server) }
        }
        router.post("\(SignInPage.path)/{id}") { request, context in try await choose(request, context) }
        router.post("\(ConsentPage.path)/{id}") { request, context in try await agree(request, context) }
    }

    private func authorize(
        _ request: Request, _ context: SimulatorRequestContext, at server: AuthorizationServer
    ) async throws -> Response {
        let parameters = try await request.parameters()
        context.notes.note { $0.parameters = parameters.names }
        let authorization: AuthorizationRequest
        do throws(AuthorizationRefusal) {
            authorization = try organization.authorizationRequest(parameters, at: server)
        } catch {
            return refuse(error, request, context, at: server)
        }
        context.notes.note { $0.clientID = authorization.clientID }
        let now = organization.clock.now
        let session = request.cookie(SSOSessions.cookieName)
            .flatMap { organization.sessions.session(cookie: $0, now: now) }
        let person = session.flatMap { organization.people.person($0.personID) }
        switch SignInDecision(authorization, session: session, person: person, now: now) {
        case .consent(let session):
            return consentPage(authorization, session)
        case .proceed(let session):
            return finish(authorization, session: session, request, context)
        case .refuse(let error):
            return refuse(.redirect(authorization.target, error), request, context, at: server)
        case .ask:
            let id = organization.pendingSignIns.add(authorization, now: now)
            return .html(page(id, authorization, alert: nil))
        }
    }

    /// The form of the sign-in page.
    private func choose(_ request: Request, _ context: SimulatorRequestContext) async throws -> Response {
        let id = context.parameters.get("id") ?? ""
        guard let authorization = organization.pendingSignIns.request(id) else {
            return .html(MessagePages.signInGone, status: .gone)
        }
        context.notes.note { $0.clientID = authorization.clientID }
        guard let person = try await request.formParameters()["person"].flatMap(organization.people.person) else {
            return .html(page(id, authorization, alert: "Choose one of these people."), status: .badRequest)
        }
        guard person.status == .active else {
            let status = person.status.rawValue.lowercased()
            let alert = "Unable to sign in: the account of \(person.name) is \(status)."
            return .html(page(id, authorization, alert: alert), status: .forbidden)
        }
        guard let authorization = organization.pendingSignIns.take(id) else {
            return .html(MessagePages.signInGone, status: .gone)
        }
        let (cookie, session): (String, SSOSession)
        do throws(OAuthError) {
            (cookie, session) = try signIn(person, for: authorization, cookie: request.cookie(SSOSessions.cookieName))
        } catch {
            return refuse(.redirect(authorization.target, error), request, context, at: authorization.server)
        }
        var response =
            authorization.prompt.contains(.consent)
            ? consentPage(authorization, session) : finish(authorization, session: session, request, context)
        response.headers[values: .setCookie] = [SSOSessions.setCookie(cookie)]
        return response
    }

    /// The choice counts as an authentication, unless the page was shown for the choice alone and it fell on whom the
    /// browser is signed in as.
    private func signIn(
        _ person: Person, for authorization: AuthorizationRequest, cookie: String?
    ) throws(OAuthError) -> (cookie: String, SSOSession) {
        let now = organization.clock.now
        if let cookie, let session = organization.sessions.session(cookie: cookie, now: now),
            authorization.isServed(by: session, person, now: now)
        {
            return (cookie, session)
        }
        return organization.sessions.signIn(
            personID: person.id, assurance: try authorization.assuranceReached(by: person), replacing: cookie, now: now)
    }

    private func consentPage(_ authorization: AuthorizationRequest, _ session: SSOSession) -> Response {
        let name = organization.people.person(session.personID)?.name ?? session.personID
        let id = organization.pendingSignIns.add(authorization, now: organization.clock.now)
        return .html(
            ConsentPage.render(
                signInID: id, clientName: organization.clients[authorization.clientID]?.name ?? authorization.clientID,
                personName: name, scopes: authorization.scopes))
    }

    /// The form of the consent page; only the signed-in browser can answer it.
    private func agree(_ request: Request, _ context: SimulatorRequestContext) async throws -> Response {
        let parameters = try await request.formParameters()
        let session = request.cookie(SSOSessions.cookieName)
            .flatMap { organization.sessions.session(cookie: $0, now: organization.clock.now) }
        guard let session, let authorization = organization.pendingSignIns.take(context.parameters.get("id") ?? "")
        else { return .html(MessagePages.signInGone, status: .gone) }
        context.notes.note { $0.clientID = authorization.clientID }
        guard parameters["decision"] == "allow" else {
            return refuse(
                .redirect(authorization.target, .accessDenied("Resource owner denied the request.")), request, context,
                at: authorization.server)
        }
        return finish(authorization, session: session, request, context)
    }

    /// Gives out a code, unless the person may not have one.
    private func finish(
        _ authorization: AuthorizationRequest, session: SSOSession, _ request: Request,
        _ context: SimulatorRequestContext
    ) -> Response {
        let person: Person
        do throws(OAuthError) {
            guard let known = organization.people.person(session.personID) else {
                throw .accessDenied("User does not exist.")
            }
            try known.admission()
            person = known
        } catch {
            return refuse(
                .redirect(authorization.target, error), request, context, at: authorization.server)
        }
        let code = organization.codes.issue(
            for: Grant(authorization, session: session, person: person), authorization, now: organization.clock.now)
        return AuthorizationResponse(
            target: authorization.target, issuer: organization.issuer(authorization.server)
        ).response(.code(code), after: request.method, tampering: organization.tampering)
    }

    private func refuse(
        _ refusal: AuthorizationRefusal, _ request: Request, _ context: SimulatorRequestContext,
        at server: AuthorizationServer
    ) -> Response {
        switch refusal {
        case .page(let error):
            context.notes.note { $0.error = error.code }
            return .html(MessagePages.badRequest(error), status: .badRequest)
        case .redirect(let target, let error):
            context.notes.note { $0.error = error.code }
            return AuthorizationResponse(target: target, issuer: organization.issuer(server))
                .response(.error(error), after: request.method, tampering: organization.tampering)
        }
    }

    private func page(_ id: String, _ authorization: AuthorizationRequest, alert: String?) -> String {
        SignInPage.render(
            signInID: id, clientName: organization.clients[authorization.clientID]?.name ?? authorization.clientID,
            people: organization.people.all, loginHint: authorization.loginHint,
            assurance: authorization.assurance, alert: alert)
    }
}

extension SSOSessions {
    static func setCookie(_ value: String) -> String {
        "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Lax"
    }

    static let removeCookie = "\(cookieName)=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
}
