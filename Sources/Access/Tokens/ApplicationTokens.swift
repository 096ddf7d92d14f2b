import Cryptography
import Identity
import JOSE
import StrictJSON

/// A signed token for one application, kept with its session for a while: a signature costs more than all the rest of a
/// check.
struct ApplicationToken: Sendable {
    let text: String
    let issuedAt: UnixTime
    let expiresAt: UnixTime
    let keyID: String?
}

/// Makes the tokens of `X-Auth-Token`: JWTs (ES256) for one host, of at most five minutes.
package struct ApplicationTokens: Sendable {
    static let lifetime = Duration.seconds(300)
    /// A token is handed out for this long, so each has at least four minutes left, or what the session has left.
    static let reusedFor = Duration.seconds(60)
    static let keptAudiences = 32

    private let keys: SigningKeys
    private let clock: WallClock

    package init(keys: SigningKeys, clock: WallClock) {
        self.keys = keys
        self.clock = clock
    }

    /// - Parameters:
    ///   - audience: the host that the request is for.
    ///   - issuer: the gateway's own origin.
    /// - Returns: nil when there is no key to sign with; the caller then does not allow the request.
    /// - Throws: `CryptographyError` with `.cannotSign`; then neither.
    package func token(
        for session: HotSession, audience: String, issuer: String
    ) throws(CryptographyError) -> String? {
        guard let signer = keys.signer else { return nil }
        let now = clock.now
        let kept = session.applicationTokens.withLock { $0[audience] }
        if let kept, kept.keyID == signer.keyID, now >= kept.issuedAt, now - kept.issuedAt < Self.reusedFor,
            // Never shorter than the session allows by now: the provider may have confirmed it since.
            kept.expiresAt >= min(kept.issuedAt + Self.lifetime, session.tokensEnd)
        {
            return kept.text
        }
        let end = min(now + Self.lifetime, session.tokensEnd)
        var claims = JSONObject([
            ("iss", .string(issuer)), ("aud", .string(audience)), ("sub", .string(session.userID)),
            ("iat", .integer(now.seconds)), ("exp", .integer(end.seconds)),
            ("sid", .string(session.id)), ("realm", .string(session.realm.text)),
            ("roles", JSON(session.roles.map(\.text))), ("groups", JSON(session.groups.map(\.text))),
        ])
        if let email = session.email { claims.set("email", .string(email)) }
        if let name = session.name { claims.set("name", .string(name)) }
        if let time = session.authenticatedAt { claims.set("auth_time", .integer(time.seconds)) }
        if let context = session.authenticationContext { claims.set("acr", .string(context)) }
        let text = try signer.sign(.object(claims))
        session.applicationTokens.withLock { tokens in
            // The audience comes from a trusted proxy, but a proxy passes on any Host that a client makes up.
            if tokens.count >= Self.keptAudiences { tokens = [:] }
            tokens[audience] = ApplicationToken(text: text, issuedAt: now, expiresAt: end, keyID: signer.keyID)
        }
        return text
    }
}
