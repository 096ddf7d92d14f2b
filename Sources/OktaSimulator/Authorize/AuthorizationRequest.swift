/// A valid authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.1, RFC 7636 §4.3).
struct AuthorizationRequest: Sendable {
    let server: AuthorizationServer
    let clientID: String
    let target: ResponseTarget
    let scopes: [String]
    let nonce: String?
    let codeChallenge: String?
    let prompt: Set<Prompt>
    let maxAge: Int?
    let loginHint: String?
    /// Those of `acr_values` that the server knows, in the client's order of preference.
    let assurance: [AssuranceLevel]
    /// `dpop_jkt` (RFC 9449 §10): the key that may redeem the code.
    var keyThumbprint: String?

    enum Prompt: String, Sendable {
        case none
        case login
        case consent
        case selectAccount = "select_account"
    }

    /// Where and how the answer goes to the client.
    struct ResponseTarget: Sendable {
        let redirectURI: String
        let mode: ResponseMode
        let state: String?
    }

    enum ResponseMode: String, Sendable, CaseIterable {
        case query
        case formPost = "form_post"
    }
}

/// Why an authorization request is not served.
enum AuthorizationRefusal: Error {
    /// The client or its redirect URI is wrong: the browser must not be sent there (RFC 6749 §4.1.2.1).
    case page(OAuthError)
    /// Everything else goes back to the client.
    case redirect(AuthorizationRequest.ResponseTarget, OAuthError)
}
