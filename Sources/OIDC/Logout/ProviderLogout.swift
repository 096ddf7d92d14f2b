import Identity
import Outbound

extension RelyingParty {
    /// Where to send the browser to sign out at the provider too (OpenID Connect RP-Initiated Logout 1.0 §2).
    ///
    /// - Returns: nil when the provider has no end_session_endpoint, or the settings say not to.
    /// - Throws: `SignInError` when the metadata is not to be had by the deadline.
    package func logoutURL(
        idTokenHint: Secret, postLogoutRedirectURI: String, state: String, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> String? {
        guard settings.signsOutAtProvider,
            let endpoint = try await documents.metadata(deadline: deadline).endSessionEndpoint
        else { return nil }
        return endpoint + (endpoint.contains("?") ? "&" : "?")
            + FormEncoding.encode([
                ("id_token_hint", idTokenHint.reveal()), ("post_logout_redirect_uri", postLogoutRedirectURI),
                ("state", state),
            ])
    }

    /// The origins that pages lead a browser to, as far as metadata is in memory; asks nobody.
    package func knownOrigins() async -> [String] {
        guard let metadata = await documents.knownMetadata else { return [] }
        let endpoints = [metadata.authorizationEndpoint, metadata.endSessionEndpoint].compactMap(\.self)
        // They stand in a header among other words, so what is no plain host and port has no place there.
        return endpoints.map(\.origin).filter(Self.isPlain).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func isPlain(_ origin: String) -> Bool {
        origin.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (0x30...0x39).contains(byte)
                || ":/.-[]".utf8.contains(byte)
        }
    }

    /// Tells the provider that a refresh token is not used any more (RFC 7009).
    ///
    /// - Returns: false when the provider has no revocation_endpoint.
    /// - Throws: `SignInError`: `revocation_refused`, `revocation_failed`, or one of client authentication or the network.
    package func revoke(
        refreshToken: Secret, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> Bool {
        let metadata = try await documents.metadata(deadline: deadline)
        guard let endpoint = metadata.revocationEndpoint else { return false }
        let response = try await channel.post(
            BackChannel.Form(
                purpose: "revocation", endpoint: endpoint,
                fields: [("token", refreshToken.reveal()), ("token_type_hint", "refresh_token")],
                authenticationMethods: metadata.revocationEndpointAuthMethods, isProven: false), deadline: deadline)
        // §2.2: 200 also for a token that is not good any more.
        guard response.status == 200 else {
            throw OAuthRefusal(
                response, hiding: [refreshToken.reveal()] + channel.credentials.secrets, now: channel.clock.now
            ).error("revocation endpoint", refused: "revocation_refused", failed: "revocation_failed")
        }
        return true
    }

    /// Judges a logout token that came to the back-channel endpoint, but for the replay.
    ///
    /// - Throws: `SignInError`: with fault `.answer` for a bad token, with another when the keys are not to be had.
    package func verifiedLogoutToken(
        _ token: String, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> VerifiedLogoutToken {
        guard !token.isEmpty else { throw SignInError("logout_token_missing", "there is no logout token") }
        let verifier = LogoutTokenVerifier(
            issuer: settings.issuer, clientID: settings.clientID, clockSkew: settings.clockSkew)
        do {
            return try await documents.judge(deadline: deadline) { (keys) throws(TokenRejection) in
                try verifier.verify(token, keys: keys, now: channel.clock.now)
            }
        } catch {
            throw error.signInError
        }
    }

    /// Judges the token that authorises a global revocation, by the keys of the org itself.
    ///
    /// - Parameter endpoint: the URL that the request came to, as the provider was told it.
    /// - Throws: `SignInError`: with fault `.answer` for a bad token (`client_mismatch` when it is another client's), with
    ///   another when the keys are not to be had.
    package func verifiedGlobalRevocation(
        _ token: String, endpoint: String, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> VerifiedGlobalRevocation {
        let verifier = GlobalRevocationVerifier(
            issuer: settings.organization, clientID: settings.clientID, endpoint: endpoint,
            clockSkew: settings.clockSkew)
        do {
            return try await organizationDocuments.judge(deadline: deadline) { (keys) throws(TokenRejection) in
                try verifier.verify(token, keys: keys, now: channel.clock.now)
            }
        } catch {
            throw error.signInError
        }
    }
}
