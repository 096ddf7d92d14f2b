import Identity
import Outbound
import StrictJSON

/// Asks the token endpoint (RFC 6749 §3.2).
struct TokenExchange: Sendable {
    let channel: BackChannel
    let metadata: ProviderMetadata

    var accessTokenType: TokenAnswer.AccessTokenType { channel.settings.proofKey == nil ? .bearer : .proven }

    /// Redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
    ///
    /// - Throws: `SignInError`, `code_refused` when the code is not good.
    func redeem(
        code: Secret, codeVerifier: String, redirectURI: String, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> TokenAnswer {
        let response = try await redemption(
            code: code, codeVerifier: codeVerifier, redirectURI: redirectURI, deadline: deadline)
        guard response.status == 200 else {
            let refusal = refusal(response, secrets: [code.reveal(), codeVerifier])
            throw refusal.code == "invalid_grant"
                ? SignInError("code_refused", "the token endpoint \(refusal.words)") : error(for: refusal)
        }
        return try TokenAnswer(try TokenAnswer.members(of: response.body), accessTokenType: accessTokenType)
    }

    /// What the endpoint answers to a code, unjudged.
    func redemption(
        code: Secret, codeVerifier: String, redirectURI: String, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> OutboundResponse {
        try await post(
            [
                ("grant_type", "authorization_code"), ("code", code.reveal()), ("redirect_uri", redirectURI),
                ("code_verifier", codeVerifier),
            ], deadline: deadline)
    }

    /// Renews the tokens of a grant (RFC 6749 §6).
    ///
    /// - Throws: `RefreshError`, `.refused` when the grant is over.
    func refresh(
        _ token: Secret, deadline: ContinuousClock.Instant
    ) async throws(RefreshError) -> UnverifiedRefresh {
        let response: OutboundResponse
        do {
            response = try await post(
                [("grant_type", "refresh_token"), ("refresh_token", token.reveal())], deadline: deadline)
        } catch {
            throw .unavailable(error, retryAfter: nil)
        }
        guard response.status == 200 else {
            let refusal = refusal(response, secrets: [token.reveal()])
            // §5.2: expired, revoked or another client's; the only answer that ends the grant.
            throw refusal.code == "invalid_grant"
                ? .refused(SignInError("refresh_refused", "the token endpoint \(refusal.words)"))
                : .unavailable(error(for: refusal), retryAfter: refusal.retryAfter)
        }
        do {
            return try UnverifiedRefresh(
                try TokenAnswer.members(of: response.body), accessTokenType: accessTokenType)
        } catch {
            throw .unavailable(error, retryAfter: nil)
        }
    }

    private func post(
        _ fields: [(String, String)], deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> OutboundResponse {
        try await channel.post(
            BackChannel.Form(
                purpose: "token", endpoint: metadata.tokenEndpoint, fields: fields,
                authenticationMethods: metadata.tokenEndpointAuthMethods, isProven: true), deadline: deadline)
    }

    func refusal(_ response: OutboundResponse, secrets: [String]) -> OAuthRefusal {
        OAuthRefusal(response, hiding: secrets + channel.credentials.secrets, now: channel.clock.now)
    }

    private func error(for refusal: OAuthRefusal) -> SignInError {
        refusal.error("token endpoint", refused: "token_request_refused", failed: "token_endpoint_failed")
    }
}
