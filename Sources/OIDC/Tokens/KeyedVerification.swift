import Identity
import JOSE

/// Why a token was not verified with a provider's keys.
enum VerificationFailure: Error {
    /// The token is not acceptable.
    case rejected(TokenRejection)
    /// The keys are not to be had, so nobody knows.
    case unjudged(SignInError)

    var signInError: SignInError {
        switch self {
        case .rejected(let rejection): SignInError(rejection)
        case .unjudged(let error): error
        }
    }
}

extension ProviderDocuments {
    /// Judges a token by the provider's keys; once more by newer keys when those may change the answer: the provider may
    /// have changed them since we asked, even just before signing.
    nonisolated func judge<Token: Sendable>(
        deadline: ContinuousClock.Instant, _ judgement: (JWKSet) throws(TokenRejection) -> Token
    ) async throws(VerificationFailure) -> Token {
        let keys: Keys
        do {
            keys = try await self.keys(deadline: deadline)
        } catch {
            throw .unjudged(error)
        }
        let rejection: TokenRejection
        do {
            return try judgement(keys.set)
        } catch {
            rejection = error
        }
        guard rejection.mayBeCuredByNewKeys else { throw .rejected(rejection) }
        let newer: Keys?
        do {
            newer = try await newerKeys(than: keys, deadline: deadline)
        } catch {
            throw .unjudged(error)
        }
        guard let newer else { throw .rejected(rejection) }
        do {
            return try judgement(newer.set)
        } catch {
            throw .rejected(error)
        }
    }
}
