import FoundationEssentials

/// The rules of private_key_jwt (RFC 7523 §3, OIDC Core §9).
struct ClientAssertion {
    let client: Client
    let audiences: [String]
    let now: Date

    /// Okta's limit on how far ahead `exp` may lie.
    private static let longestLifetime = 3600

    func verify(_ assertion: JSONWebToken.Unverified, used: UsedAssertions) throws(OAuthError) {
        guard let algorithm = assertion.header["alg"]?.string.flatMap(SigningAlgorithm.init),
            algorithm == .rs256 || algorithm == .es256
        else { throw .invalidClient("The client_assertion must be signed with RS256 or ES256.") }
        guard let key = client.publicKey,
            key.pair.isValid(assertion.signature, of: assertion.signingInput, with: algorithm)
        else { throw .invalidClient("The client_assertion signature is invalid.") }
        let claims = assertion.claims
        guard claims["iss"]?.string == client.id, claims["sub"]?.string == client.id else {
            throw .invalidClient("The 'iss' and 'sub' of the client_assertion must be the client_id.")
        }
        let audience = claims["aud"]?.array?.compactMap(\.string) ?? [claims["aud"]?.string].compactMap(\.self)
        guard audience.contains(where: audiences.contains) else {
            throw .invalidClient("The audience of the client_assertion must be the endpoint's URL.")
        }
        guard let expires = claims["exp"]?.integer, expires > now.numericDate else {
            throw .invalidClient("The client_assertion token is expired.")
        }
        guard expires <= now.numericDate + Self.longestLifetime else {
            throw .invalidClient("The client_assertion token has an expiration too far into the future.")
        }
        // Okta does not demand jti; when it is there, it is good for once.
        guard let id = claims["jti"]?.string else { return }
        let expiry = Date(timeIntervalSince1970: TimeInterval(expires))
        guard used.use(id, clientID: client.id, expires: expiry, now: now) else {
            throw .invalidClient("The client_assertion token has been used before.")
        }
    }
}
