import Identity
import StrictJSON

/// What the token endpoint answered to a refresh: nothing in it is believed but the rotated token, which must be stored
/// before anything else is done.
package struct UnverifiedRefresh: Sendable, RedactedWhenPrinted {
    /// The token for the next refresh; nil: the provider does not rotate, the old one stays.
    package let refreshToken: Secret?
    /// Judged by `verify` only: a flaw beside a rotated token must not lose the token.
    let answer: Result<TokenAnswer, SignInError>

    /// - Throws: `SignInError` with `token_answer_malformed` when even the rotated token cannot be read.
    init(_ members: JSONObject, accessTokenType: TokenAnswer.AccessTokenType) throws(SignInError) {
        refreshToken = try TokenAnswer.token("refresh_token", in: members)
        answer = Result { () throws(SignInError) in try TokenAnswer(members, accessTokenType: accessTokenType) }
    }
}

/// Why a grant was not renewed.
package enum RefreshError: Error, Sendable {
    /// The grant is over, or became another person's: the session ends.
    case refused(SignInError)
    /// Anything else; nobody is signed out for it. `retryAfter` is what the provider asks for, when it is overloaded.
    case unavailable(SignInError, retryAfter: Duration?)
}

/// Who the provider says the person is now.
package struct RefreshedSignIn: Sendable {
    /// Nil when neither an ID token nor userinfo came: the grant lives, and what was known of the person still counts.
    package let identity: VerifiedIdentity?
    /// The new hint for the provider's logout; nil: the old one stays.
    package let idToken: Secret?
}

extension RelyingParty {
    /// Asks the provider to renew a grant (RFC 6749 §6, OpenID Connect Core §12.1).
    ///
    /// The refresh token may be good for once: whoever calls this stores the rotated one, then calls `verify`.
    ///
    /// - Throws: `RefreshError`; `.refused` with `refresh_refused` for `invalid_grant` only.
    package func refresh(
        _ token: Secret, deadline: ContinuousClock.Instant
    ) async throws(RefreshError) -> UnverifiedRefresh {
        let metadata: ProviderMetadata
        do {
            metadata = try await documents.metadata(deadline: deadline)
        } catch {
            throw .unavailable(error, retryAfter: nil)
        }
        return try await TokenExchange(channel: channel, metadata: metadata).refresh(token, deadline: deadline)
    }

    /// Judges what came with a refresh (Core §12.2), and asks userinfo where sign-in would.
    ///
    /// A nonce is not compared: a refreshed ID token should have none.
    ///
    /// - Parameter subject: of the session, by its first ID token.
    /// - Throws: `RefreshError`; `.refused` with `refresh_issuer_mismatch`, `refresh_subject_mismatch` or
    ///   `refresh_audience_mismatch`, `.unavailable` for every other flaw.
    package func verify(
        _ answer: UnverifiedRefresh, subject: String, deadline: ContinuousClock.Instant
    ) async throws(RefreshError) -> RefreshedSignIn {
        let tokens: TokenAnswer
        let metadata: ProviderMetadata
        do throws(SignInError) {
            tokens = try answer.answer.get()
            metadata = try await documents.metadata(deadline: deadline)
        } catch {
            throw .unavailable(error, retryAfter: nil)
        }
        guard let idToken = tokens.idToken else {
            let identity = try await identity(
                byUserInfoOf: subject, accessToken: tokens.accessToken, metadata: metadata, deadline: deadline)
            return RefreshedSignIn(identity: identity, idToken: nil)
        }
        let token = try await refreshedToken(
            idToken, accessToken: tokens.accessToken, subject: subject, deadline: deadline)
        do throws(SignInError) {
            let claims = try await claims(
                of: token, accessToken: tokens.accessToken, metadata: metadata, deadline: deadline)
            // Without a userinfo endpoint the ID token is all that there is, as at sign-in.
            if metadata.userinfoEndpoint != nil { try requireGroups(claims) }
            return RefreshedSignIn(identity: try identity(token: token, claims: claims), idToken: idToken)
        } catch {
            throw .unavailable(error, retryAfter: nil)
        }
    }

    private func refreshedToken(
        _ idToken: Secret, accessToken: Secret?, subject: String, deadline: ContinuousClock.Instant
    ) async throws(RefreshError) -> VerifiedIDToken {
        let expectation = IDTokenExpectation(
            issuer: settings.issuer, clientID: settings.clientID, nonce: nil, accessToken: accessToken,
            clockSkew: settings.clockSkew)
        let token: VerifiedIDToken
        do {
            token = try await verified(idToken, expectation, deadline: deadline)
        } catch {
            switch error {
            case .unjudged(let error): throw .unavailable(error, retryAfter: nil)
            case .rejected(let rejection):
                switch rejection.code {
                case TokenRejection.Reason.issuerMismatch.rawValue:
                    throw .refused(SignInError("refresh_issuer_mismatch", rejection.detail))
                case TokenRejection.Reason.audienceMismatch.rawValue:
                    throw .refused(SignInError("refresh_audience_mismatch", rejection.detail))
                default: throw .unavailable(SignInError(rejection, fault: .provider), retryAfter: nil)
                }
            }
        }
        guard token.subject.isIdentical(to: subject) else {
            throw .refused(
                SignInError("refresh_subject_mismatch", "the refreshed ID token is about another subject"))
        }
        return token
    }

    private func identity(
        byUserInfoOf subject: String, accessToken: Secret?, metadata: ProviderMetadata,
        deadline: ContinuousClock.Instant
    ) async throws(RefreshError) -> VerifiedIdentity? {
        guard let accessToken, let endpoint = metadata.userinfoEndpoint else { return nil }
        do throws(SignInError) {
            let userInfo = try await VerifiedUserInfo.fetch(
                endpoint: endpoint, accessToken: accessToken, subject: subject, channel: channel, deadline: deadline)
            let claims = ClaimsReading(groupsClaim: settings.groupsClaim, token: userInfo.claims)
            // Some providers put groups into ID tokens only, so that none in userinfo alone does not mean none at all: what
            // was known of the person still counts.
            guard try claims.namesGroups() else { return nil }
            return VerifiedIdentity(
                provider: settings.name, issuer: settings.issuer, subject: subject, email: try claims.text("email"),
                name: try claims.text("name"), preferredUsername: try claims.text("preferred_username"),
                groups: try claims.groups(), authenticatedAt: nil, authenticationContext: nil, providerSession: nil)
        } catch {
            // Without an ID token it is userinfo that says whose grant this is.
            throw error.reason == "userinfo_subject_mismatch"
                ? .refused(SignInError("refresh_subject_mismatch", error.detail))
                : .unavailable(error, retryAfter: nil)
        }
    }

    /// Groups that nobody could tell are not 'no groups': a role must not go because of a hiccup.
    private func requireGroups(_ claims: ClaimsReading) throws(SignInError) {
        guard try claims.knowsGroups() else {
            throw SignInError(
                "groups_missing",
                "the claim \(settings.groupsClaim) is missing after the refresh, and userinfo does not tell it",
                fault: .provider)
        }
    }
}
