import Identity
import JOSE
import StrictJSON

/// A logout token that fulfils every rule of OpenID Connect Back-Channel Logout 1.0 §2.6, but for the replay: who keeps
/// the identifiers of those that came compares `tokenID`. Only `LogoutTokenVerifier` makes one.
package struct VerifiedLogoutToken: Sendable {
    package let issuer: String
    /// Whose sessions end; nil when only `session` says it. One of the two is always there.
    package let subject: String?
    /// The provider's session that ended (`sid`).
    package let session: String?
    package let tokenID: String
    /// From then on the token is refused for its age, skew included: until then `tokenID` must be remembered.
    package let expiresAt: UnixTime

    fileprivate init(issuer: String, subject: String?, session: String?, tokenID: String, expiresAt: UnixTime) {
        self.issuer = issuer
        self.subject = subject
        self.session = session
        self.tokenID = tokenID
        self.expiresAt = expiresAt
    }
}

/// Judges logout tokens. Pure: token, keys and time in, a verified token or a reason out.
package struct LogoutTokenVerifier: Sendable {
    /// A logout is told at once, and an old one may end a session that began after it.
    package static let maximumAge = Duration.seconds(600)

    /// §2.4: the member of `events` that makes a token a logout token.
    static let event = "http://schemas.openid.net/event/backchannel-logout"

    private let issuer: String
    private let clientID: String
    private let clockSkew: Duration

    package init(issuer: String, clientID: String, clockSkew: Duration = .seconds(60)) {
        self.issuer = issuer
        self.clientID = clientID
        self.clockSkew = clockSkew
    }

    package func verify(
        _ token: String, keys: JWKSet, now: UnixTime
    ) throws(TokenRejection) -> VerifiedLogoutToken {
        let claims = try ClaimRules.verifiedJWS(
            token, types: ["logout+jwt", "jwt"], kind: "a logout token", keys: keys
        ).claims
        let rules = ClaimRules(claims: claims, clockSkew: clockSkew, now: now)
        let issuer = try rules.issuer(issuer)
        try rules.client(clientID)
        let expiresAt = try rules.expiry()
        let issuedAt = try rules.issuedAt(maximumAge: Self.maximumAge)
        try rules.notBefore()
        guard let tokenID = try rules.text("jti") else {
            throw TokenRejection(.tokenIDMissing, "the token has no jti, so a replay could not be told")
        }
        try checkEvents(claims)
        // §2.4: so that no logout token passes for an ID token, and here so that no ID token passes for one.
        guard claims["nonce"] == nil else {
            throw TokenRejection(.noncePresent, "the token has a nonce, which no logout token may have")
        }
        let subject = claims["sub"] == nil ? nil : try rules.subject()
        let session = try rules.text("sid")
        guard subject != nil || session != nil else {
            throw TokenRejection(
                .subjectAndSessionMissing, "the token has neither sub nor sid, so it does not say who is signed out")
        }
        return VerifiedLogoutToken(
            issuer: issuer, subject: subject, session: session, tokenID: tokenID,
            expiresAt: min(expiresAt, issuedAt + Self.maximumAge) + clockSkew + .milliseconds(1))
    }

    private func checkEvents(_ claims: JSONObject) throws(TokenRejection) {
        guard let value = claims["events"] else {
            throw TokenRejection(.eventsMissing, "the token tells of no events, so it is no logout token")
        }
        guard let events = value.object else { throw TokenRejection(.claimMalformed, "events is not a JSON object") }
        guard let event = events[Self.event] else {
            throw TokenRejection(.eventMissing, "the token's events do not hold \(Self.event)")
        }
        guard event.object != nil else {
            throw TokenRejection(.claimMalformed, "the event \(Self.event) is not a JSON object")
        }
    }
}
