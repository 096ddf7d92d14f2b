import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON

/// A person signed in at the provider, and what the provider gave along.
package struct SignIn: Sendable {
    package let identity: VerifiedIdentity
    package let refreshToken: Secret?
    /// For the provider's logout (`id_token_hint`).
    package let idToken: Secret
}

/// This gateway as a client of one OpenID provider.
package struct RelyingParty: Sendable {
    package let settings: RelyingPartySettings
    private let transport: any OutboundTransport
    private let documents: ProviderDocuments
    private let random: RandomSource
    private let clock: WallClock
    private let configuredHosts: Set<String>

    /// - Parameters:
    ///   - configuredHosts: hosts that the administrator named for this provider.
    ///   - earlier: the same provider before the configuration was read again; what it fetched is kept.
    package init(
        settings: RelyingPartySettings, transport: any OutboundTransport, random: RandomSource, clock: WallClock,
        configuredHosts: Set<String>, earlier: RelyingParty? = nil
    ) {
        self.settings = settings
        self.transport = transport
        self.random = random
        self.clock = clock
        self.configuredHosts = configuredHosts
        if let earlier, earlier.settings.issuer.isIdentical(to: settings.issuer),
            earlier.configuredHosts == configuredHosts
        {
            documents = earlier.documents
        } else {
            documents = ProviderDocuments(
                issuer: settings.issuer, transport: transport, clock: clock, configuredHosts: configuredHosts)
        }
    }

    /// Where to send the browser.
    ///
    /// - Throws: `SignInError` when the provider's discovery fails.
    package func authorizationURL(
        for request: AuthorizationRequest, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> String {
        request.url(settings: settings, metadata: try await documents.metadata(deadline: deadline))
    }

    /// Fetches metadata and keys ahead of the first sign-in.
    package func prepare(deadline: ContinuousClock.Instant) async throws(SignInError) {
        _ = try await documents.metadata(deadline: deadline)
        _ = try await documents.keys(deadline: deadline)
    }

    /// Turns the provider's answer into a person. The caller has checked `state` and used the attempt up.
    ///
    /// - Throws: `SignInError`.
    package func redeem(
        _ response: AuthorizationResponse, of request: AuthorizationRequest, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> SignIn {
        let metadata = try await documents.metadata(deadline: deadline)
        let code = try response.code(from: metadata)
        let exchange = TokenExchange(settings: settings, transport: transport, random: random, clock: clock)
        let answer = try await exchange.redeem(
            code: code, codeVerifier: request.secrets.codeVerifier, redirectURI: request.redirectURI,
            metadata: metadata, deadline: deadline, configuredHosts: configuredHosts)
        let token = try await verifiedIDToken(
            answer.idToken,
            expectation: IDTokenExpectation(
                issuer: settings.issuer, clientID: settings.clientID, nonce: request.secrets.nonce,
                accessToken: answer.accessToken, maximumAge: request.maximumAge, clockSkew: settings.clockSkew),
            deadline: deadline)
        let identity = try await identity(
            token: token, accessToken: answer.accessToken, metadata: metadata, deadline: deadline)
        return SignIn(identity: identity, refreshToken: answer.refreshToken, idToken: answer.idToken)
    }

    private func verifiedIDToken(
        _ idToken: Secret, expectation: IDTokenExpectation, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> VerifiedIDToken {
        let verifier = IDTokenVerifier(expectation)
        let keys = try await documents.keys(deadline: deadline)
        do {
            return try verifier.verify(idToken.reveal(), keys: keys.set, now: clock.now)
        } catch let rejection {
            // The provider may have changed its keys since we asked, even just before signing.
            guard rejection.mayBeCuredByNewKeys,
                let newer = try await documents.newerKeys(than: keys, deadline: deadline)
            else {
                throw SignInError(rejection.code, rejection.detail)
            }
            do {
                return try verifier.verify(idToken.reveal(), keys: newer.set, now: clock.now)
            } catch {
                throw SignInError(error.code, error.detail)
            }
        }
    }

    private func identity(
        token: VerifiedIDToken, accessToken: Secret?, metadata: ProviderMetadata, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> VerifiedIdentity {
        var claims = ClaimsReading(groupsClaim: settings.groupsClaim, token: token.claims)
        if try claims.needsUserInfo(), let endpoint = metadata.userinfoEndpoint, let accessToken {
            claims.userInfo = try await VerifiedUserInfo.fetch(
                endpoint: endpoint, accessToken: accessToken, subject: token.subject, transport: transport,
                deadline: deadline, configuredHosts: configuredHosts
            ).claims
        }
        return VerifiedIdentity(
            provider: settings.name, issuer: token.issuer, subject: token.subject, email: try claims.text("email"),
            name: try claims.text("name"), preferredUsername: try claims.text("preferred_username"),
            groups: try claims.groups(), authenticatedAt: token.authenticatedAt,
            providerSession: try claims.text("sid"))
    }
}
