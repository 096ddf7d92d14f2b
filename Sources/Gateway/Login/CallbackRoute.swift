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
            let cookie = SessionCookie(realm: realm, rules: rules)
            var deviceID: String?
            switch attempt.purpose {
            case .browser: break
            case .device(let id): deviceID = id
            // The command line finishes its own sign-ins (`/api/v1/cli/logins/{id}/complete`).
            case .commandLine: throw SignInError("attempt_unknown", "the sign-in was begun by a command line")
            }
            let arrival = try await arrival(request, deviceID: deviceID, cookie: cookie)
            let outcome = try await LoginCompletion(services: services).finish(
                attempt, response, realm: realm, arrival: arrival, request, deadline: deadline)
            switch outcome {
            case .admitted(_, let identity) where deviceID != nil:
                return DevicePages.approved(host: arrival.host, as: identity.shownName)
            case .admitted(let session, _):
                // The rules may have changed since the attempt was saved.
                let returnTo = rules.returnAddress(attempt.returnTo, in: realm) ?? rules.home(of: realm)
                var answer = Answer.redirect(to: returnTo.url)
                answer.headers.append(cookie.setting(session.token))
                return answer
            case .refused(let reference, let identity):
                return MessagePage.refusal(
                    title: "You have no access to \(realm.title)",
                    sentence: "Signing in worked, but none of your groups gives you a role in \(realm.title).",
                    realm: realm, signedInAs: identity.shownName, reference: reference, origin: rules.origin
                ).answer
            }
        } catch let error as SignInError {
            if attempt.isSilent, error.wantsInteraction { return askAgain(attempt) }
            return await failure.answer(error, request: request, realm: realm, provider: attempt.provider)
        } catch let problem as RequestProblem {
            return MessagePage(problem: problem).answer.adding(problem.headers)
        } catch {
            return await failure.answer(
                SignInError("store_failed", "the sign-in could not be finished: \(error)", fault: .gateway),
                request: request, realm: realm, provider: attempt.provider)
        }
    }

    private func arrival(
        _ request: IncomingRequest, deviceID: String?, cookie: SessionCookie
    ) async throws -> Arrival {
        guard let deviceID else {
            return Arrival(
                address: request.clientAddress, userAgent: request.header(.userAgent),
                previousToken: cookie.token(in: request.head.headerFields))
        }
        // The session belongs to the machine that asked, not to the browser in which it was approved.
        let device = try await services.devices.pending(id: deviceID)
        return Arrival(
            address: device?.address, signInAddress: request.clientAddress, userAgent: nil, previousToken: nil,
            kind: .commandLine, host: device?.host,
            deviceID: deviceID)
    }

    /// The provider could not sign the person in without a word, so it may show its page now.
    private func askAgain(_ attempt: LoginAttempt) -> Answer {
        var fields = [
            ("realm", attempt.realm.text), ("provider", attempt.provider.text), ("return_to", attempt.returnTo),
        ]
        if let age = attempt.maximumAge { fields.append(("max_age", "\(age.components.seconds)s")) }
        if !attempt.acrValues.isEmpty { fields.append(("acr", attempt.acrValues.joined(separator: ","))) }
        return .redirect(to: "/login?" + FormEncoding.encode(fields))
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
