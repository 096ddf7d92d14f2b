import Access
import Identity
import Logging
import OIDC

/// How a sign-in ended that the provider approved of.
enum LoginOutcome: Sendable {
    case admitted(AdmittedSession, VerifiedIdentity)
    /// The person has no role. The reference is in log and audit.
    case refused(reference: String, VerifiedIdentity)
}

/// A person whom a provider vouches for, by whatever protocol, and what came along.
struct Vouched: Sendable {
    let identity: VerifiedIdentity
    let tokens: ProviderTokens
    /// What may be used once only, when there is such a thing.
    let assertion: OneTimeToken?
    /// Before the provider was asked.
    let askedAt: UnixTime

    init(_ signIn: SignIn, askedAt: UnixTime) {
        identity = signIn.identity
        tokens = ProviderTokens(refreshToken: signIn.refreshToken, logoutHint: signIn.idToken)
        assertion = nil
        self.askedAt = askedAt
    }

    init(_ redeemed: SAMLParty.Redeemed, askedAt: UnixTime) {
        identity = redeemed.identity
        tokens = ProviderTokens(refreshToken: nil, logoutHint: Secret(redeemed.logoutSubject.text))
        assertion = redeemed.assertion
        self.askedAt = askedAt
    }
}

/// Finishes a sign-in: redeems the provider's answer to an attempt that was used up, and admits the person or not. The same
/// for browsers, command lines and device codes.
struct LoginCompletion: Sendable {
    /// From the provider's answer to ours; provider calls within it share this time.
    static let timeLimit = Duration.seconds(12)

    let services: GatewayServices

    /// - Parameters:
    ///   - arrival: made when the person is known to the provider.
    /// - Throws: `SignInError`, `RequestProblem` (429).
    func finish(
        _ attempt: LoginAttempt, _ response: AuthorizationResponse, realm: RealmRules, arrival: Arrival,
        _ request: IncomingRequest, deadline: ContinuousClock.Instant
    ) async throws -> LoginOutcome {
        guard let party = services.live.relyingParty(attempt.provider) else { throw SignInError.configurationChanged }
        let authorization = AuthorizationRequest(
            state: response.state,
            secrets: AuthorizationSecrets(nonce: attempt.nonce, codeVerifier: attempt.codeVerifier),
            redirectURI: services.rules.redirectURI(for: attempt.purpose), maximumAge: attempt.maximumAge,
            acrValues: attempt.acrValues)
        let askedAt = services.clock.now
        let signIn = try await party.redeem(response, of: authorization, deadline: deadline)
        return try await admit(Vouched(signIn, askedAt: askedAt), realm: realm, arrival: arrival, request)
    }

    /// Gives the person a session, or not.
    ///
    /// - Throws: `SignInError`, `RequestProblem` (429).
    func admit(
        _ vouched: Vouched, realm: RealmRules, arrival: Arrival, _ request: IncomingRequest
    ) async throws -> LoginOutcome {
        let identity = vouched.identity
        let outcome: AdmissionOutcome
        do {
            outcome = try await askForAdmission(vouched, realm: realm, arrival: arrival, request)
        } catch {
            await discard(vouched)
            throw error
        }
        switch outcome {
        case .admitted(let session):
            services.metrics.recordLogin(provider: identity.provider, outcome: "succeeded")
            services.logger.info(
                "signed in",
                metadata: [
                    "request_id": "\(request.id)", "realm": "\(realm.name)", "provider": "\(identity.provider)",
                    "session": "\(session.id)", "kind": "\(arrival.kind.rawValue)",
                ])
            return .admitted(session, identity)
        case .refused(let reference):
            await discard(vouched)
            services.metrics.recordLogin(provider: identity.provider, outcome: "refused")
            services.logger.notice(
                "sign-in refused",
                metadata: [
                    "request_id": "\(request.id)", "reference": "\(reference)", "reason": "no_role",
                    "realm": "\(realm.name)", "provider": "\(identity.provider)",
                    "groups": "\(identity.groups.count)",
                ])
            return .refused(reference: reference, identity)
        }
    }

    private func askForAdmission(
        _ vouched: Vouched, realm: RealmRules, arrival: Arrival, _ request: IncomingRequest
    ) async throws -> AdmissionOutcome {
        let identity = vouched.identity
        try services.frontDoor.admit(
            account: "\(identity.issuer) \(identity.subject)", address: request.clientAddress)
        do {
            return try await services.admission.admit(
                identity, tokens: vouched.tokens, realm: realm, arrival: arrival, askedAt: vouched.askedAt,
                using: vouched.assertion)
        } catch is TokenReplayed {
            throw SignInError("assertion_replayed", "an assertion of this ID was used before")
        } catch is LoginHandoverError {
            throw SignInError("attempt_unknown", "the command line waits no more, or was given a session already")
        } catch is DeviceLoginError {
            throw SignInError(
                "device_code_unknown", "the device code was answered already, or took longer than 10 minutes")
        } catch {
            throw SignInError("store_failed", "the session could not be saved: \(error)", fault: .gateway)
        }
    }

    /// The provider has issued a refresh token that nobody will use.
    private func discard(_ vouched: Vouched) async {
        guard let token = vouched.tokens.refreshToken else { return }
        do {
            try await services.tokenRevocations.add(
                token, provider: vouched.identity.provider, issuer: vouched.identity.issuer, random: services.random)
        } catch {
            services.logger.error(
                "a refresh token without a session could not be noted for revocation", metadata: ["error": "\(error)"])
        }
    }

    /// Takes the attempt of a state, exactly once.
    ///
    /// - Throws: `SignInError`.
    func consume(state: String, binding: String?) async throws(SignInError) -> LoginAttempt {
        do {
            return try await services.attempts.consume(state: state, binding: binding)
        } catch let error as LoginAttemptError {
            throw SignInError(error.reason.rawValue, error.detail)
        } catch {
            throw SignInError("store_failed", "the sign-in could not be read: \(error)", fault: .gateway)
        }
    }
}

extension SignInError {
    static let configurationChanged = SignInError(
        "configuration_changed", "realm or provider was removed during the sign-in", fault: .gateway)
}

extension VerifiedIdentity {
    /// How the person is called on pages.
    var shownName: String { email ?? preferredUsername ?? subject }
}
