import Cryptography
import Identity

/// What an administrator configured about one OpenID provider.
package struct RelyingPartySettings: Sendable {
    package enum ClientAuthentication: Sendable {
        /// `client_secret_basic` where the provider offers it, else `client_secret_post`.
        case secret(Secret)
        /// `private_key_jwt` (RFC 7523); `keyID` goes into the header when the provider knows several keys.
        case privateKey(PrivateKey, keyID: String?)
    }

    package enum ResponseMode: String, Sendable, CaseIterable {
        case query
        case formPost = "form_post"
    }

    package let name: ProviderName
    /// The exact `iss` that tokens must carry; discovery is beneath it.
    package let issuer: String
    package let clientID: String
    package let clientAuthentication: ClientAuthentication
    package let scopes: [String]
    package let groupsClaim: String
    package let responseMode: ResponseMode
    /// How long an answer of the provider's time may be off.
    package let clockSkew: Duration
    /// Authorization requests are pushed (RFC 9126) also where the provider does not demand it.
    package let usesPushedAuthorization: Bool
    /// The key that tokens are bound to (DPoP, RFC 9449), on P-256; nil: bearer tokens.
    package var proofKey: PrivateKey?
    /// Signing out here signs out at the provider too, when it offers that.
    package let signsOutAtProvider: Bool

    package init(
        name: ProviderName, issuer: String, clientID: String, clientAuthentication: ClientAuthentication,
        scopes: [String], groupsClaim: String, responseMode: ResponseMode, clockSkew: Duration = .seconds(60),
        usesPushedAuthorization: Bool = false, proofKey: PrivateKey? = nil, signsOutAtProvider: Bool = true
    ) {
        self.name = name
        self.issuer = issuer
        self.clientID = clientID
        self.clientAuthentication = clientAuthentication
        self.scopes = scopes
        self.groupsClaim = groupsClaim
        self.responseMode = responseMode
        self.clockSkew = clockSkew
        self.usesPushedAuthorization = usesPushedAuthorization
        self.proofKey = proofKey
        self.signsOutAtProvider = signsOutAtProvider
    }
}

extension RelyingPartySettings {
    /// The issuer of the org's own authorization server: the URL of the issuer without a path. An issuer that has none,
    /// or only a slash, is the org's.
    package var organization: String {
        let origin = issuer.origin
        return origin.utf8.count + 1 == issuer.utf8.count && issuer.hasSuffix("/") ? issuer : origin
    }
}

extension String {
    /// Scheme, host and port of a URL, as they are written in it.
    var origin: String {
        guard let scheme = firstRange(of: "://") else { return self }
        return String(self[..<scheme.upperBound]) + self[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    }
}
