import Cryptography
import Identity
import JOSE
import StrictJSON

/// What an ID token must say to be accepted.
package struct IDTokenExpectation: Sendable {
    package let issuer: String
    package let clientID: String
    /// The nonce of the authorization request; nil only where none was sent (a refreshed or captured token).
    package let nonce: String?
    /// The access token of the same answer, for at_hash.
    package let accessToken: Secret?
    /// The `max_age` of the authorization request; when set, auth_time must be there and recent.
    package let maximumAge: Duration?
    /// The `acr_values` of the authorization request; when there are any, acr must be one of them.
    package let acrValues: [String]
    package let clockSkew: Duration

    package init(
        issuer: String, clientID: String, nonce: String?, accessToken: Secret? = nil, maximumAge: Duration? = nil,
        acrValues: [String] = [], clockSkew: Duration = .seconds(60)
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.nonce = nonce
        self.accessToken = accessToken
        self.maximumAge = maximumAge
        self.acrValues = acrValues
        self.clockSkew = clockSkew
    }
}

/// An ID token that fulfils every rule of OpenID Connect Core 1.0 §3.1.3.7. Only `IDTokenVerifier` makes one.
package struct VerifiedIDToken: Sendable {
    package let issuer: String
    package let subject: String
    package let authenticatedAt: UnixTime?
    /// The `acr` claim.
    package let authenticationContext: String?
    package let expiresAt: UnixTime
    package let claims: JSONObject

    fileprivate init(
        issuer: String, subject: String, authenticatedAt: UnixTime?, authenticationContext: String?,
        expiresAt: UnixTime, claims: JSONObject
    ) {
        self.issuer = issuer
        self.subject = subject
        self.authenticatedAt = authenticatedAt
        self.authenticationContext = authenticationContext
        self.expiresAt = expiresAt
        self.claims = claims
    }
}

/// Judges ID tokens. Pure: token, keys and time in, a verified token or a reason out.
package struct IDTokenVerifier: Sendable {
    /// A code is redeemed within minutes, so an ID token of yesterday is a replay or a broken clock.
    package static let maximumAge = Duration.seconds(24 * 3600)

    private let expectation: IDTokenExpectation

    package init(_ expectation: IDTokenExpectation) { self.expectation = expectation }

    package func verify(
        _ token: String, keys: JWKSet, now: UnixTime
    ) throws(TokenRejection) -> VerifiedIDToken {
        let jws = try ClaimRules.verifiedJWS(token, types: ["jwt"], kind: "an ID token", keys: keys)
        let claims = jws.claims
        // A logout token may have the type of an ID token; its events tell them apart (Back-Channel Logout §4).
        guard claims["events"] == nil else {
            throw TokenRejection(JOSEError(.typeUnexpected, "the token tells of events, so it is no ID token"))
        }
        let rules = ClaimRules(claims: claims, clockSkew: expectation.clockSkew, now: now)
        let issuer = try rules.issuer(expectation.issuer)
        try rules.client(expectation.clientID)
        let subject = try rules.subject()
        let expiresAt = try rules.expiry()
        try rules.issuedAt(maximumAge: Self.maximumAge)
        try rules.notBefore()
        try checkNonce(claims)
        try checkAccessTokenHash(claims, algorithm: jws.algorithm)
        let authenticatedAt = try checkAuthenticationTime(rules)
        let authenticationContext = try checkAuthenticationContext(rules)
        return VerifiedIDToken(
            issuer: issuer, subject: subject, authenticatedAt: authenticatedAt,
            authenticationContext: authenticationContext, expiresAt: expiresAt, claims: claims)
    }

    private func checkNonce(_ claims: JSONObject) throws(TokenRejection) {
        guard let expected = expectation.nonce else { return }
        guard let value = claims["nonce"] else {
            throw TokenRejection(.nonceMissing, "the token has no nonce; it does not belong to this sign-in")
        }
        guard let nonce = value.string else { throw TokenRejection(.claimMalformed, "nonce is not a string") }
        guard equalInConstantTime(nonce, expected) else {
            throw TokenRejection(.nonceMismatch, "the token's nonce is another sign-in's")
        }
    }

    // Core §3.1.3.8: the left half of the hash, by the hash function of the token's own algorithm.
    private func checkAccessTokenHash(
        _ claims: JSONObject, algorithm: SignatureAlgorithm
    ) throws(TokenRejection) {
        guard let value = claims["at_hash"] else { return }
        guard let claimed = value.string else { throw TokenRejection(.claimMalformed, "at_hash is not a string") }
        guard let accessToken = expectation.accessToken else { return }
        let digest = algorithm.hashFunction.hash(accessToken.reveal().utf8)
        guard equalInConstantTime(claimed, Base64URL.encode(digest.prefix(digest.count / 2))) else {
            throw TokenRejection(.accessTokenHashMismatch, "at_hash is not the hash of the access token")
        }
    }

    private func checkAuthenticationTime(_ rules: ClaimRules) throws(TokenRejection) -> UnixTime? {
        let authenticatedAt = try rules.time("auth_time")
        if let authenticatedAt, authenticatedAt > rules.now + expectation.clockSkew {
            throw TokenRejection(.claimMalformed, "auth_time \(authenticatedAt) lies in the future")
        }
        guard let maximumAge = expectation.maximumAge else { return authenticatedAt }
        guard let authenticatedAt else {
            throw TokenRejection(.authenticationTimeMissing, "max_age was asked for, and the token has no auth_time")
        }
        // As strictly as session checks compare it, or who passes here would be sent back from there.
        guard rules.now - authenticatedAt <= maximumAge else {
            throw TokenRejection(
                .authenticationTooOld, "the person authenticated at \(authenticatedAt), longer ago than was asked for")
        }
        return authenticatedAt
    }

    // Core §3.1.2.1: acr_values are a wish; here they are a condition, so what came is compared with what was asked.
    private func checkAuthenticationContext(_ rules: ClaimRules) throws(TokenRejection) -> String? {
        let context = try rules.text("acr")
        guard !expectation.acrValues.isEmpty else { return context }
        let asked = expectation.acrValues.joined(separator: ", ")
        guard let context else {
            throw TokenRejection(
                .authenticationContextMissing, "authentication by \(asked) was asked for, and the token has no acr")
        }
        guard expectation.acrValues.contains(where: { $0.isIdentical(to: context) }) else {
            throw TokenRejection(
                .authenticationContextMismatch,
                "the person authenticated by '\(context.clipped(200))', asked for was \(asked.clipped(400))")
        }
        return context
    }
}
