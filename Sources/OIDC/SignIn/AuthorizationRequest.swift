import Cryptography
import Identity

/// The secrets of one authorization request, made new for each.
package struct AuthorizationSecrets: Sendable, RedactedWhenPrinted {
    package let nonce: String
    /// The PKCE verifier: 43 characters (RFC 7636 §4.1).
    package let codeVerifier: String

    package init(nonce: String, codeVerifier: String) {
        self.nonce = nonce
        self.codeVerifier = codeVerifier
    }

    package init(random: RandomSource) {
        self.init(nonce: random.token(), codeVerifier: random.token())
    }

    /// S256 (RFC 7636 §4.2).
    var codeChallenge: String { Base64URL.encode(HashFunction.sha256.hash(codeVerifier.utf8)) }
}

/// One authentication request (OpenID Connect Core §3.1.2.1).
package struct AuthorizationRequest: Sendable, RedactedWhenPrinted {
    package let state: String
    package let secrets: AuthorizationSecrets
    package let redirectURI: String
    package let loginHint: String?
    package let maximumAge: Duration?
    /// `none` asks without showing anything to the person (OpenID Connect Core §3.1.2.1).
    package let prompt: String?
    /// How the person must authenticate; any one of them will do, and the ID token must name it.
    package let acrValues: [String]
    /// How the answer comes, where that is not the provider's setting: a loopback address takes only a query.
    package let responseMode: RelyingPartySettings.ResponseMode?

    package init(
        state: String, secrets: AuthorizationSecrets, redirectURI: String, loginHint: String? = nil,
        maximumAge: Duration? = nil, prompt: String? = nil, acrValues: [String] = [],
        responseMode: RelyingPartySettings.ResponseMode? = nil
    ) {
        self.responseMode = responseMode
        self.state = state
        self.secrets = secrets
        self.redirectURI = redirectURI
        self.loginHint = loginHint
        self.maximumAge = maximumAge
        self.prompt = prompt
        self.acrValues = acrValues
    }

    /// The parameters, for the browser's address or to be pushed.
    func fields(
        settings: RelyingPartySettings, responseMode: RelyingPartySettings.ResponseMode? = nil
    ) throws(SignInError) -> [(String, String)] {
        let responseMode = responseMode ?? self.responseMode ?? settings.responseMode
        var fields: [(String, String)] = [
            ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", redirectURI),
            ("scope", settings.scopes.joined(separator: " ")), ("state", state), ("nonce", secrets.nonce),
            ("code_challenge", secrets.codeChallenge), ("code_challenge_method", "S256"),
        ]
        if responseMode != .query { fields.append(("response_mode", responseMode.rawValue)) }
        if let loginHint { fields.append(("login_hint", loginHint)) }
        if let maximumAge { fields.append(("max_age", String(maximumAge.components.seconds))) }
        if let prompt { fields.append(("prompt", prompt)) }
        if !acrValues.isEmpty { fields.append(("acr_values", acrValues.joined(separator: " "))) }
        // RFC 9449 §10: a code that is stolen is worth nothing without the key.
        if let key = settings.proofKey { fields.append(("dpop_jkt", try ProofOfPossession.thumbprint(of: key))) }
        return fields
    }
}
