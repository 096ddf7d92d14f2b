import Access
import HTTPTypes
import Identity
import OIDC
import SAML

/// `POST /login/saml/{provider}`: the assertion consumer service (SAML Profiles §4.1.4).
///
/// The response comes as a form of the identity provider's site, and browsers keep our SameSite=Lax cookies from such a
/// form; `RepeatedForm` brings them along. The other way, an attempt cookie with SameSite=None, would need Secure, which
/// many programs do not send to http://localhost, would be a third-party cookie to some browsers, and would leave out the
/// session cookie, so that the session which a new sign-in replaces could not be found.
struct AssertionConsumerRoute: Sendable {
    /// 1 MiB of XML is 1.4 MiB of base64, of which some characters are written as three.
    private static let mostBytes = 2 << 20

    let services: GatewayServices

    func answer(_ request: IncomingRequest, provider: ProviderName) async throws -> Answer {
        let deadline = ContinuousClock.now + LoginCompletion.timeLimit
        let party = try services.live.requireSAMLParty(provider)
        // Reading two megabytes costs more than asking whether this address has had its share.
        try services.frontDoor.requireOpen(.loginsPerAddress, address: request.clientAddress)
        let fields = try await request.formFields(limit: Self.mostBytes)
        guard let message = try fields.single("SAMLResponse") else {
            throw RequestProblem(
                400, "saml_response_missing",
                "This address takes the answer of an identity provider, and there is none in this form. Start again from the application that you want to open."
            )
        }
        let relayState = try fields.single("RelayState")
        let attempt = relayState.flatMap { state in AttemptTicket.id(ofState: state).map { (state: state, id: $0) } }
        let cookie = attempt.map { AttemptCookie(.login, id: $0.id, rules: services.rules) }
        let isRepeated = try RepeatedForm.isOne(fields)
        let isWithoutCookies = lacksCookies(request, cookie)
        if isWithoutCookies, !isRepeated {
            let state = relayState.map { [(name: "RelayState", value: $0)] } ?? []
            return RepeatedForm.page(
                to: party.endpoints.assertionConsumer, [("SAMLResponse", message)] + state, title: "Signing you in")
        }
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        let response = Response(message: message, party: party, request: request, deadline: deadline)
        guard let attempt, let cookie else {
            // Anybody's form can say that it was sent again; only one of ours is believed.
            guard !isWithoutCookies else {
                return await LoginFailure(services: services).answer(
                    SignInError("cross_site_form", "another site sent a form that pretends to be this gateway's own"),
                    request: request, provider: provider)
            }
            return await unsolicited(response, relayState: relayState)
        }
        var answer = await solicited(response, state: attempt.state, cookie: cookie)
        answer.headers.append(cookie.removal)
        return answer
    }

    private struct Response: Sendable {
        let message: String
        let party: SAMLParty
        let request: IncomingRequest
        let deadline: ContinuousClock.Instant
    }

    // MARK: The browser's cookies

    private func lacksCookies(_ request: IncomingRequest, _ cookie: AttemptCookie?) -> Bool {
        if let cookie { return cookie.value(in: request.head.headerFields) == nil }
        // Unsolicited: whoever is signed in already must be seen.
        return !RequestOrigin(request, rules: services.rules).mayActByForm
    }

    // MARK: An answer to a request

    private func solicited(_ response: Response, state: String, cookie: AttemptCookie) async -> Answer {
        let attempt: LoginAttempt
        do throws(SignInError) {
            attempt = try await LoginCompletion(services: services).consume(
                state: state, binding: cookie.value(in: response.request.head.headerFields))
        } catch {
            return await LoginFailure(services: services).answer(
                error, request: response.request, provider: response.party.settings.name)
        }
        let rules = services.rules
        let provider = response.party.settings.name
        guard attempt.provider == provider, let realm = rules.realms[attempt.realm],
            realm.providers.contains(attempt.provider)
        else {
            let error =
                attempt.provider == provider
                ? SignInError.configurationChanged
                : SignInError(
                    "provider_mismatch", "asked was \(attempt.provider), the answer came to the address of \(provider)")
            return await LoginFailure(services: services).answer(
                error, request: response.request, provider: provider)
        }
        let answers = ResponseExpectation.Answers.request(id: attempt.nonce)
        var goal: BrowserSignIn.Goal?
        do {
            let known = try await self.goal(of: attempt)
            goal = known
            let redeemed = try await redeem(response, answering: answers, attempt)
            return try await finish(
                redeemed, BrowserSignIn(services: services, goal: known, realm: realm, rules: rules), response.request)
        } catch let refusal as Refusal {
            if attempt.isSilent, refusal.error.reason == "no_passive" { return .redirect(to: attempt.loginAgain) }
            return await fail(refusal, response, realm: realm, goal: goal)
        } catch {
            return await fail(error, response, realm: realm, goal: goal)
        }
    }

    private func goal(of attempt: LoginAttempt) async throws -> BrowserSignIn.Goal {
        switch attempt.purpose {
        case .browser: return .browser(returnTo: attempt.returnTo)
        case .device(let id): return .device(id: id)
        case .commandLineBrowser(let loginID):
            let state = attempt.codeVerifier
            guard let login = try await services.attempts.commandLineLogin(state: state),
                login.id.isIdentical(to: loginID)
            else { throw SignInError("attempt_unknown", "the command line waits no more") }
            return .commandLine(login, state: state, code: services.handovers.makeCode())
        // Its answer goes to the command line, never here.
        case .commandLine: throw SignInError("attempt_unknown", "the sign-in was begun by a command line")
        }
    }

    // MARK: An answer to no request

    private func unsolicited(_ response: Response, relayState: String?) async -> Answer {
        let rules = services.rules
        let provider = response.party.settings.name
        guard let realm = landingRealm(response.party) else {
            let advice =
                response.party.settings.initiation == .refused
                ? "to allow sign-ins that \(provider) starts, set idp_initiated in the provider's configuration"
                : "idp_initiated allows it, but it is not clear which realm it leads to: \(provider) must be a provider of that realm, or of one realm alone"
            return await LoginFailure(services: services).answer(
                SignInError(
                    "unsolicited_response",
                    "the response answers no sign-in of this gateway (its RelayState is none of ours); \(advice)"),
                request: response.request, provider: provider)
        }
        do {
            let redeemed = try await redeem(response, answering: .unsolicited, nil)
            try await requireNobodyElse(redeemed.0.identity, realm, response.request)
            // An address, when the provider was told one and it is one of ours; what else it says is nothing to us.
            let returnTo = relayState.flatMap { rules.returnAddress($0, in: realm) } ?? rules.home(of: realm)
            return try await finish(
                redeemed,
                BrowserSignIn(services: services, goal: .browser(returnTo: returnTo.url), realm: realm, rules: rules),
                response.request)
        } catch {
            return await fail(error, response, realm: realm)
        }
    }

    private func landingRealm(_ party: SAMLParty) -> RealmRules? {
        let candidates = services.rules.realms.values.filter { $0.providers.contains(party.settings.name) }
        switch party.settings.initiation {
        case .refused: return nil
        case .onlyRealm: return candidates.count == 1 ? candidates.first : nil
        case .realm(let name): return candidates.first { $0.name == name }
        }
    }

    /// Anybody's page can send a browser here with an answer for somebody else, and whoever works on in a stranger's session
    /// gives away what they do. So a session of another person's is not replaced without a word.
    private func requireNobodyElse(
        _ identity: VerifiedIdentity, _ realm: RealmRules, _ request: IncomingRequest
    ) async throws {
        let cookie = SessionCookie(realm: realm, rules: services.rules)
        guard let token = cookie.token(in: request.head.headerFields),
            let session = try await services.check.session(token: token), session.realm == realm.name,
            try await services.users.id(issuer: identity.issuer, subject: identity.subject) != session.userID
        else { return }
        throw SignInError(
            "session_of_another_person",
            "the browser holds a session of another person, \(session.id), in \(realm.name)")
    }

    // MARK: Both

    private struct Refusal: Error {
        let error: SignInError
        let trace: String?
    }

    private func redeem(
        _ response: Response, answering answers: ResponseExpectation.Answers, _ attempt: LoginAttempt?
    ) async throws -> (SAMLParty.Redeemed, askedAt: UnixTime) {
        let (party, askedAt) = (response.party, services.clock.now)
        let asked = SAMLParty.Asked(
            answers: answers, maximumAge: attempt?.maximumAge, authenticatedAfter: attempt?.authenticatedAfter,
            contextClasses: attempt?.acrValues ?? [])
        let xml: [UInt8]
        do throws(SAMLRejection) {
            xml = try EncodedMessage.decode(form: response.message)
        } catch {
            throw Refusal(error: SignInError(error.code, error.detail), trace: nil)
        }
        do throws(SAMLFailure) {
            let redeemed = try await party.redeem(xml, for: asked, deadline: response.deadline)
            return (redeemed, askedAt)
        } catch {
            throw Refusal(
                error: error.signInError,
                trace: party.trace(of: xml, error, for: asked))
        }
    }

    private func finish(
        _ redeemed: (SAMLParty.Redeemed, askedAt: UnixTime), _ signIn: BrowserSignIn, _ request: IncomingRequest
    ) async throws -> Answer {
        let arrival = try await signIn.arrival(request)
        let outcome = try await LoginCompletion(services: services).admit(
            Vouched(redeemed.0, askedAt: redeemed.askedAt), realm: signIn.realm, arrival: arrival, request)
        return signIn.answer(outcome, arrival)
    }

    /// A page in the browser; where a command line waits for the sign-in, the answer goes to it, or it would wait on.
    private func fail(
        _ error: any Error, _ response: Response, realm: RealmRules, goal: BrowserSignIn.Goal? = nil
    ) async -> Answer {
        var waiting: String?
        if case .commandLine(_, let state, _) = goal { waiting = state }
        if let problem = error as? RequestProblem {
            guard let waiting else { return MessagePage(problem: problem).answer.adding(problem.headers) }
            return Self.toCommandLine(problem.detail, state: waiting)
        }
        let refusal =
            error as? Refusal
            ?? Refusal(
                error: error as? SignInError
                    ?? SignInError("store_failed", "the sign-in could not be finished: \(error)", fault: .gateway),
                trace: nil)
        let failure = LoginFailure(services: services)
        let provider = response.party.settings.name
        guard let waiting else {
            return await failure.answer(
                refusal.error, request: response.request, realm: realm, provider: provider, trace: refusal.trace)
        }
        let reference = await failure.record(
            refusal.error, request: response.request, realm: realm, provider: provider, trace: refusal.trace)
        let (_, _, sentence, advice) = LoginFailure.words(refusal.error)
        return Self.toCommandLine("\(sentence) \(advice) Reference \(reference)", state: waiting)
    }

    private static func toCommandLine(_ description: String, state: String) -> Answer {
        BrowserSignIn.toCommandLine([
            ("error", "access_denied"), ("state", state), ("error_description", description),
        ])
    }
}
