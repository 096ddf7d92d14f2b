import Access
import HTTPTypes
import Identity
import OIDC

/// `/login/callback`: where the provider sends the browser, by query or by form post.
///
/// The order matters: state and browser are checked and the attempt is used up before the code is redeemed.
struct CallbackRoute: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest) async throws -> Answer {
        let deadline = ContinuousClock.now + LoginCompletion.timeLimit
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        let rules = services.rules
        let failure = LoginFailure(services: services)
        let fields = request.method == "POST" ? try await request.formFields() : try request.queryFields()
        let response: AuthorizationResponse
        let attempt: LoginAttempt
        let cookie: AttemptCookie?
        do {
            response = try AuthorizationResponse(fields: fields.all)
            cookie = AttemptTicket.id(ofState: response.state).map {
                AttemptCookie(.login, id: $0, rules: rules, isCrossSitePost: request.method == "POST")
            }
            attempt = try await LoginCompletion(services: services).consume(
                state: response.state, binding: cookie?.value(in: request.head.headerFields))
        } catch {
            return await failure.answer(error, request: request)
        }
        var answer = await finish(attempt, response, request, rules: rules, deadline: deadline)
        if let cookie { answer.headers.append(cookie.removal) }
        return answer
    }

    private func finish(
        _ attempt: LoginAttempt, _ response: AuthorizationResponse, _ request: IncomingRequest, rules: AccessRules,
        deadline: ContinuousClock.Instant
    ) async -> Answer {
        let failure = LoginFailure(services: services)
        guard let realm = rules.realms[attempt.realm], realm.providers.contains(attempt.provider) else {
            return await failure.answer(.configurationChanged, request: request)
        }
        do {
            guard services.live.samlParty(attempt.provider) == nil else {
                throw SignInError(
                    "provider_mismatch", "asked was \(attempt.provider), which answers by SAML and not to this address")
            }
            let goal: BrowserSignIn.Goal
            switch attempt.purpose {
            case .browser: goal = .browser(returnTo: attempt.returnTo)
            case .device(let id): goal = .device(id: id)
            // The command line finishes its own sign-ins (`/api/v1/cli/logins/{id}/complete`).
            case .commandLine, .commandLineBrowser:
                throw SignInError("attempt_unknown", "the sign-in was begun by a command line")
            }
            let signIn = BrowserSignIn(services: services, goal: goal, realm: realm, rules: rules)
            let arrival = try await signIn.arrival(request)
            let outcome = try await LoginCompletion(services: services).finish(
                attempt, response, realm: realm, arrival: arrival, request, deadline: deadline)
            return signIn.answer(outcome, arrival)
        } catch let error as SignInError {
            if attempt.isSilent, error.wantsInteraction { return .redirect(to: attempt.loginAgain) }
            return await failure.answer(error, request: request, realm: realm, provider: attempt.provider)
        } catch let problem as RequestProblem {
            return MessagePage(problem: problem).answer.adding(problem.headers)
        } catch {
            return await failure.answer(
                SignInError("store_failed", "the sign-in could not be finished: \(error)", fault: .gateway),
                request: request, realm: realm, provider: attempt.provider)
        }
    }
}

extension LoginAttempt {
    /// The provider could not sign the person in without a word: where to begin again, so that it may show its page.
    var loginAgain: String {
        var fields = [("realm", realm.text), ("provider", provider.text), ("return_to", returnTo)]
        if let maximumAge { fields.append(("max_age", "\(maximumAge.components.seconds)s")) }
        if !acrValues.isEmpty { fields.append(("acr", acrValues.joined(separator: ","))) }
        return "/login?" + FormEncoding.encode(fields)
    }
}

extension SignInError {
    /// What a provider answers to `prompt=none` when it would have to show something (OpenID Connect Core §3.1.2.6).
    fileprivate var wantsInteraction: Bool {
        guard case .refusedByProvider(let error) = fault else { return false }
        return ["login_required", "interaction_required", "consent_required", "account_selection_required"]
            .contains(error)
    }
}
