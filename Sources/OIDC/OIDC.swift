// OIDC: the relying party of OpenID Connect Core 1.0, authorization code flow with PKCE.
//
// Owns: discovery, the authorization request (pushed where asked) and the judgement of its answer, the code exchange, the
// refresh of a grant and its revocation, the verification of ID, logout and revocation tokens, userinfo, proofs of
// possession, the check of a provider's set-up, and the caches of metadata, keys and nonces.
// Does not own: login attempts, sessions, when to refresh, replays, roles (Access), pages (Gateway).
// Flow: `RelyingParty.authorizationURL` sends the browser away; `AuthorizationResponse` judges what it brings back;
// `RelyingParty.redeem` exchanges the code, verifies the ID token and gives a `VerifiedIdentity`. Later `refresh` asks
// again, and after the rotated token was stored `verify` gives the person as they are now.

/// Why a person is not signed in.
package struct SignInError: Error, CustomStringConvertible {
    /// Whose turn it is to do something: decides the page and the HTTP status.
    package enum Fault: Sendable, Equatable {
        /// The answer is not acceptable: 4xx.
        case answer
        /// The provider refused the person, and says why in OAuth's words (`access_denied`).
        case refusedByProvider(error: String)
        /// The provider does not work as it must: 502.
        case provider
        /// The provider did not answer in time: 504.
        case providerTimedOut
        /// The gateway itself cannot go on, or is configured wrongly: 503.
        case gateway
    }

    /// A stable code in snake case.
    package let reason: String
    /// A sentence for the administrator. Never holds a token, a code or a secret.
    package let detail: String
    package let fault: Fault

    package init(_ reason: String, _ detail: String, fault: Fault = .answer) {
        self.reason = reason
        self.detail = detail
        self.fault = fault
    }

    package var description: String { "\(reason): \(detail)" }
}
