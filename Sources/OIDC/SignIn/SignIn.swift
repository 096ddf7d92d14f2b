import Cryptography
import Identity

/// A person signed in at the provider, and what the provider gave along.
package struct SignIn: Sendable {
    package let identity: VerifiedIdentity
    package let refreshToken: Secret?
    /// For the provider's logout (`id_token_hint`).
    package let idToken: Secret
}

extension RelyingParty {
    /// Where to send the browser. Where requests are pushed, this one is.
    ///
    /// - Throws: `SignInError` when the provider's discovery fails, or the push.
    package func authorizationURL(
        for request: AuthorizationRequest, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> String {
        let metadata = try await documents.metadata(deadline: deadline)
        let fields = try request.fields(settings: settings)
        return try await PushedAuthorization(channel: channel, metadata: metadata)
            .url(for: fields, deadline: deadline)
    }

    /// Turns the provider's answer into a person. The caller has checked `state` and used the attempt up.
    ///
    /// - Throws: `SignInError`.
    package func redeem(
        _ response: AuthorizationResponse, of request: AuthorizationRequest, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> SignIn {
        let metadata = try await documents.metadata(deadline: deadline)
        let code = try response.code(from: metadata)
        let answer = try await TokenExchange(channel: channel, metadata: metadata).redeem(
            code: code, codeVerifier: request.secrets.codeVerifier, redirectURI: request.redirectURI,
            deadline: deadline)
        guard let idToken = answer.idToken else {
            throw TokenAnswer.malformed("the token endpoint's answer has no id_token; is the scope openid granted?")
        }
        let expectation = IDTokenExpectation(
            issuer: settings.issuer, clientID: settings.clientID, nonce: request.secrets.nonce,
            accessToken: answer.accessToken, maximumAge: request.maximumAge, acrValues: request.acrValues,
            clockSkew: settings.clockSkew)
        let token: VerifiedIDToken
        do {
            token = try await verified(idToken, expectation, deadline: deadline)
        } catch {
            throw error.signInError
        }
        let claims = try await claims(
            of: token, accessToken: answer.accessToken, metadata: metadata, deadline: deadline)
        return SignIn(
            identity: try identity(token: token, claims: claims), refreshToken: answer.refreshToken, idToken: idToken)
    }

    func verified(
        _ idToken: Secret, _ expectation: IDTokenExpectation, deadline: ContinuousClock.Instant
    ) async throws(VerificationFailure) -> VerifiedIDToken {
        let verifier = IDTokenVerifier(expectation)
        return try await documents.judge(deadline: deadline) { (keys) throws(TokenRejection) in
            try verifier.verify(idToken.reveal(), keys: keys, now: channel.clock.now)
        }
    }

    /// The claims of an ID token, with those of userinfo where they are needed and can be asked for.
    func claims(
        of token: VerifiedIDToken, accessToken: Secret?, metadata: ProviderMetadata, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> ClaimsReading {
        var claims = ClaimsReading(groupsClaim: settings.groupsClaim, token: token.claims)
        if try claims.needsUserInfo(), let endpoint = metadata.userinfoEndpoint, let accessToken {
            claims.userInfo = try await VerifiedUserInfo.fetch(
                endpoint: endpoint, accessToken: accessToken, subject: token.subject, channel: channel,
                deadline: deadline
            ).claims
        }
        return claims
    }

    func identity(token: VerifiedIDToken, claims: ClaimsReading) throws(SignInError) -> VerifiedIdentity {
        VerifiedIdentity(
            provider: settings.name, issuer: token.issuer, subject: token.subject, email: try claims.text("email"),
            name: try claims.text("name"), preferredUsername: try claims.text("preferred_username"),
            groups: try claims.groups(), authenticatedAt: token.authenticatedAt,
            authenticationContext: token.authenticationContext, providerSession: try claims.text("sid"))
    }
}
