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

    package init(
        name: ProviderName, issuer: String, clientID: String, clientAuthentication: ClientAuthentication,
        scopes: [String], groupsClaim: String, responseMode: ResponseMode, clockSkew: Duration = .seconds(60)
    ) {
        self.name = name
        self.issuer = issuer
        self.clientID = clientID
        self.clientAuthentication = clientAuthentication
        self.scopes = scopes
        self.groupsClaim = groupsClaim
        self.responseMode = responseMode
        self.clockSkew = clockSkew
    }
}
