import Identity
import JOSE
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

/// A good logout token, and what becomes of it after a change.
enum LogoutTokenFixture {
    static let now = IDTokenFixture.now
    static let event = "http://schemas.openid.net/event/backchannel-logout"

    static let good = TestToken(
        header: [("typ", "logout+jwt")],
        claims: [
            ("iss", .string(IDTokenFixture.issuer)), ("aud", .string(IDTokenFixture.clientID)),
            ("iat", .integer(now.seconds)), ("exp", .integer(now.seconds + 120)), ("jti", "logout-1"),
            ("events", .object(JSONObject([(event, [:])]))), ("sub", .string(IDTokenFixture.subject)),
            ("sid", "provider-session"),
        ])

    static func verify(
        _ token: String, now: UnixTime = now, keys: [UInt8] = IDTokenFixture.keys
    ) throws -> VerifiedLogoutToken {
        try LogoutTokenVerifier(issuer: IDTokenFixture.issuer, clientID: IDTokenFixture.clientID)
            .verify(token, keys: try JWKSet(keys), now: now)
    }

    static func code(_ token: TestToken, now: UnixTime = now) throws -> String? {
        try code(token.signed(by: .p256, .es256, kid: "k1"), now: now)
    }

    static func code(_ changes: [(String, JSON?)], now: UnixTime = now) throws -> String? {
        try code(good.claiming(changes), now: now)
    }

    /// The code that the token is refused with; nil when it is accepted.
    static func code(_ text: String, now: UnixTime = now, keys: [UInt8] = IDTokenFixture.keys) throws -> String? {
        do {
            _ = try verify(text, now: now, keys: keys)
            return nil
        } catch let rejection as TokenRejection {
            #expect(!rejection.detail.isEmpty)
            return rejection.code
        }
    }
}
