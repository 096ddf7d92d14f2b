import Access
import HTTPTypes
import Identity
import OIDC

/// `/login/callback`: where the provider sends the browser, by query or by form post.
///
/// The order matters: state and browser are checked and the attempt is used up before the code is redeemed.
struct CallbackRoute: Sendable {
    /// From the provider's answer to ours; provider calls within it share this time.
    static let timeLimit = Duration.seconds(12)

    let services: GatewayServices

    func answer(_ request: IncomingRequest) async throws -> Answer {
        let deadline = ContinuousClock.now + Self.timeLimit
        let rules = services.rules
        let failure = LoginFailure(services: services)
        let fields = request.method == "POST" ? try await request.formFields() : try request.queryFields()
        let response: AuthorizationResponse
        do {
            response = try AuthorizationResponse(fields: fields.all)
        } catch {
            return await failure.answer(error, request: request)
        }

        let cookie = LoginAttempts.id(ofState: response.state).map {
            AttemptCookie(id: $0, rules: rules, isCrossSitePost: request.method == "POST")
        }
        let attempt: LoginAttempt
        do {
            attempt = try await services.attempts.consume(
                state: response.state, binding: cookie?.value(in: request.head.headerFields))
        } catch let error as LoginAttemptError {
            return await failure.answer(SignInError(error.reason.rawValue, error.detail), request: request)
        } catch {
            return await failure.answer(
                SignInError("store_failed", "the sign-in could not be read: \(error)", fault: .gateway),
                request: request)
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
        guard let realm = rules.realms[attempt.realm], realm.providers.contains(attempt.provider),
            let party = services.live.relyingParty(attempt.provider)
        else {
            return await failure.answer(
                SignInError(
                    "configuration_changed", "realm or provider was removed during the sign-in", fault: .gateway),
                request: request)
        }
        do {
            let authorization = AuthorizationRequest(
                state: response.state,
                secrets: AuthorizationSecrets(nonce: attempt.nonce, codeVerifier: attempt.codeVerifier),
                redirectURI: rules.redirectURI, maximumAge: attempt.maximumAge)
            let signIn = try await party.redeem(response, of: authorization, deadline: deadline)
            return try await admit(signIn, attempt: attempt, realm: realm, request, rules: rules)
        } catch let error as SignInError {
            return await failure.answer(error, request: request, realm: realm, provider: attempt.provider)
        } catch {
            return await failure.answer(
                SignInError("store_failed", "the session could not be saved: \(error)", fault: .gateway),
                request: request, realm: realm, provider: attempt.provider)
        }
    }

    private func admit(
        _ signIn: SignIn, attempt: LoginAttempt, realm: RealmRules, _ request: IncomingRequest, rules: AccessRules
    ) async throws -> Answer {
        let cookie = SessionCookie(realm: realm, rules: rules)
        let arrival = Arrival(
            address: request.clientAddress, userAgent: request.header(.userAgent),
            previousToken: cookie.token(in: request.head.headerFields))
        let outcome = try await services.admission.admit(
            signIn.identity, tokens: ProviderTokens(refreshToken: signIn.refreshToken, idToken: signIn.idToken),
            realm: realm, arrival: arrival)
        let person = signIn.identity.email ?? signIn.identity.preferredUsername ?? signIn.identity.subject
        switch outcome {
        case .admitted(let token, let sessionID):
            services.metrics.recordLogin(provider: attempt.provider, outcome: "succeeded")
            services.logger.info(
                "signed in",
                metadata: [
                    "request_id": "\(request.id)", "realm": "\(realm.name)", "provider": "\(attempt.provider)",
                    "session": "\(sessionID)",
                ])
            // The rules may have changed since the attempt was saved.
            let returnTo = rules.returnAddress(attempt.returnTo, in: realm) ?? rules.home(of: realm)
            var answer = Answer.redirect(to: returnTo.url)
            answer.headers.append(cookie.setting(token))
            return answer
        case .refused(let reference):
            services.metrics.recordLogin(provider: attempt.provider, outcome: "refused")
            services.logger.notice(
                "sign-in refused",
                metadata: [
                    "request_id": "\(request.id)", "reference": "\(reference)", "reason": "no_role",
                    "realm": "\(realm.name)", "provider": "\(attempt.provider)",
                    "groups": "\(signIn.identity.groups.count)",
                ])
            return MessagePage.refusal(
                title: "You have no access to \(realm.title)",
                sentence: "Signing in worked, but none of your groups gives you a role in \(realm.title).",
                realm: realm, signedInAs: person, reference: reference, origin: rules.origin
            ).answer
        }
    }
}
