/// The signature algorithms the simulator can sign with (RFC 7518 §3.1, RFC 8037 §3.1). Okta itself signs with RS256.
package enum SigningAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case ps256 = "PS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"

    /// The digest that at_hash is taken with (OIDC Core §3.1.3.6); Ed25519 hashes with SHA-512 inside.
    var accessTokenHashDigest: Digest {
        self == .edDSA ? .sha512 : .sha256
    }
}
