import Cryptography
import Identity
import JOSE
import StrictJSON

/// A request to end everything of a person's (Okta Universal Logout, draft-parecki-oauth-global-token-revocation), whose
/// sender is known: the body may be believed. Only `GlobalRevocationVerifier` makes one.
package struct VerifiedGlobalRevocation: Sendable {
    package let issuer: String
    /// The `jti`, or the token's digest where there is none: a token is used once.
    package let tokenID: String
    /// From then on the token is refused for its age, skew included.
    package let expiresAt: UnixTime

    fileprivate init(issuer: String, tokenID: String, expiresAt: UnixTime) {
        self.issuer = issuer
        self.tokenID = tokenID
        self.expiresAt = expiresAt
    }
}

/// Judges the tokens that authorise global revocations. Pure: token, keys and time in, a verified token or a reason out.
package struct GlobalRevocationVerifier: Sendable {
    package static let type = "global-token-revocation+jwt"
    /// Okta's own bound on a token's life.
    package static let longestLife = Duration.seconds(300)

    private let issuer: String
    private let clientID: String
    private let endpoint: String
    private let clockSkew: Duration

    /// - Parameters:
    ///   - issuer: the org's URL, whichever of its authorization servers people sign in at.
    ///   - endpoint: the URL that the request came to.
    package init(issuer: String, clientID: String, endpoint: String, clockSkew: Duration = .seconds(60)) {
        self.issuer = issuer
        self.clientID = clientID
        self.endpoint = endpoint
        self.clockSkew = clockSkew
    }

    package func verify(
        _ token: String, keys: JWKSet, now: UnixTime
    ) throws(TokenRejection) -> VerifiedGlobalRevocation {
        let jws = try ClaimRules.verifiedJWS(token, types: [Self.type], kind: "a revocation token", keys: keys)
        // No other token of the org may end anything here, so the type must be there, and exact.
        guard jws.type?.isIdentical(to: Self.type) == true else {
            throw TokenRejection(JOSEError(.typeUnexpected, "the token's typ is not \(Self.type)"))
        }
        let rules = ClaimRules(claims: jws.claims, clockSkew: clockSkew, now: now)
        let issuer = try rules.issuer(issuer)
        try rules.audience(endpoint, called: "the endpoint")
        let expiresAt = try rules.expiry()
        guard expiresAt <= now + Self.longestLife + clockSkew else {
            throw TokenRejection(.expiresTooLate, "the token expires at \(expiresAt), more than five minutes from now")
        }
        try checkBeginning(rules)
        let subject = try rules.subject()
        guard subject.isIdentical(to: clientID) else {
            throw TokenRejection(
                .clientMismatch, "the token is for the client '\(subject.clipped(200))', not for '\(clientID)'")
        }
        return VerifiedGlobalRevocation(
            issuer: issuer, tokenID: try rules.text("jti") ?? SHA256Digest(of: token).base64URL,
            expiresAt: expiresAt + clockSkew)
    }

    // A token begins at nbf; where there is none, when it was issued.
    private func checkBeginning(_ rules: ClaimRules) throws(TokenRejection) {
        try rules.notBefore()
        guard let notBefore = try rules.time("nbf") else {
            try rules.issuedAt(maximumAge: Self.longestLife)
            return
        }
        guard notBefore >= rules.now - Self.longestLife - clockSkew else {
            throw TokenRejection(
                .issuedTooLongAgo, "the token is valid from \(notBefore), more than five minutes ago")
        }
        if rules.claims["iat"] != nil { try rules.issuedAt(maximumAge: Self.longestLife) }
    }
}
