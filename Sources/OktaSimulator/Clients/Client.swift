/// An OpenID Connect application registered with the organisation (RFC 7591 §2 names its settings).
package struct Client: Sendable {
    package enum AuthenticationMethod: String, Sendable, CaseIterable {
        case basic = "client_secret_basic"
        case post = "client_secret_post"
        case privateKeyJWT = "private_key_jwt"
        case none
    }

    /// What to do with the groups claim of someone with a hundred groups or more: both happen in Okta tenants.
    package enum GroupsOverflow: String, Sendable, CaseIterable {
        /// The ID token has no groups claim; userinfo has it.
        case omit
        /// The ID token has the first hundred and says nothing.
        case cut
    }

    package var id: String
    package var name: String
    package var secret: Secret?
    package var publicKey: ClientKey?
    package var redirectURIs: [String]
    package var postLogoutRedirectURIs: [String] = []
    /// Where the tile on the Okta dashboard leads (OIDC Core §4).
    package var initiateLoginURI: String?
    /// Where logout tokens go (OpenID Connect Back-Channel Logout 1.0 §2.2), and whether they name the session.
    package var backchannelLogoutURI: String?
    package var isBackchannelSessionRequired = true
    /// What the logout page frames (OpenID Connect Front-Channel Logout 1.0 §2), and whether with iss and sid.
    package var frontchannelLogoutURI: String?
    package var isFrontchannelSessionRequired = true
    package var authenticationMethods: Set<AuthenticationMethod> = []
    package var isPKCERequired = true
    /// Authorization requests that were not pushed are refused (RFC 9126 §6).
    package var requiresPushedAuthorization = false
    /// Tokens are only given to who proves to hold a key (RFC 9449 §5.2, dpop_bound_access_tokens).
    package var requiresDPoP = false
    /// False: the grant type refresh_token is not switched on, and offline_access gives nothing.
    package var hasRefreshTokens = true
    package var rotatesRefreshTokens = true
    /// How long a replaced refresh token still works, in seconds. Okta allows 0 to 60.
    package var refreshGrace = 30
    /// Whether the answer to a refresh holds an ID token too; OIDC Core §12.2 leaves that open.
    package var refreshesIDTokens = true
    /// Lifetimes in seconds.
    package var accessTokenLifetime = 3600
    package var idTokenLifetime = 3600
    package var refreshTokenIdleLifetime = 7 * 24 * 3600
    /// Leaves profile and groups to userinfo, as Okta does for some combinations of tokens.
    package var hasThinIDTokens = false
    package var groupsOverflow = GroupsOverflow.omit
}

/// A public key of a client, for private_key_jwt.
package struct ClientKey: Sendable {
    let pair: KeyPair

    package init(pem: String) throws {
        pair = try .publicKey(pem: pem)
    }

    package init(jwk: JSONValue) throws {
        pair = try .publicKey(jwk: jwk)
    }
}

/// A client secret, which no log or description shows.
package struct Secret: Sendable, CustomStringConvertible, CustomReflectable {
    private let value: String

    package init(_ value: String) {
        self.value = value
    }

    package func matches(_ presented: String) -> Bool {
        equalInConstantTime(value, presented)
    }

    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
