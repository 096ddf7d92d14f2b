import Cryptography
import Identity
import JOSE
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

/// A good ID token, what is expected of it, and what becomes of it after a change.
enum IDTokenFixture {
    // Each holds a K, which KELVIN SIGN (U+212A) is canonically equivalent to.
    static let issuer = "https://acme.okta.com/oauth2/KeyServer"
    static let clientID = "0oaK1example"
    static let nonce = "nonce-K-1"
    static let subject = "00uK1"
    static let accessToken = "access token \u{e9}"
    static let now = TestClock.start
    static let keys = keySet(TestKey.p256.jwk(kid: "k1"))

    static let good = TestToken(claims: [
        ("iss", .string(issuer)), ("aud", .string(clientID)), ("sub", .string(subject)),
        ("exp", .integer(now.seconds + 3600)), ("iat", .integer(now.seconds)), ("nonce", .string(nonce)),
        ("email", "ada@acme.example"), ("name", "Ada Berger"), ("groups", ["Everyone"]),
    ])

    static func expectation(
        nonce: String? = nonce, accessToken: String? = nil, maximumAge: Duration? = nil,
        acrValues: [String] = [], clockSkew: Duration = .seconds(60)
    ) -> IDTokenExpectation {
        IDTokenExpectation(
            issuer: issuer, clientID: clientID, nonce: nonce, accessToken: accessToken.map { Secret($0) },
            maximumAge: maximumAge, acrValues: acrValues, clockSkew: clockSkew)
    }

    static func verify(
        _ token: String, _ expectation: IDTokenExpectation = expectation(), now: UnixTime = now,
        keys document: [UInt8] = keys
    ) throws -> VerifiedIDToken {
        try IDTokenVerifier(expectation).verify(token, keys: try JWKSet(document), now: now)
    }

    /// The code that the token is refused with; nil when it is accepted.
    static func code(
        _ token: TestToken, _ expectation: IDTokenExpectation = expectation(), now: UnixTime = now
    ) throws -> String? {
        do {
            _ = try verify(token.signed(by: .p256, .es256, kid: "k1"), expectation, now: now)
            return nil
        } catch let rejection as TokenRejection {
            #expect(!rejection.detail.isEmpty)
            return rejection.code
        }
    }

    /// What became of the good token with these claims changed.
    static func code(
        _ changes: [(String, JSON?)], _ expectation: IDTokenExpectation = expectation(), now: UnixTime = now
    ) throws -> String? {
        try code(good.claiming(changes), expectation, now: now)
    }

    static func seconds(_ time: UnixTime) -> JSON {
        time.milliseconds % 1000 == 0 ? .integer(time.seconds) : .double(Double(time.milliseconds) / 1000)
    }
}
