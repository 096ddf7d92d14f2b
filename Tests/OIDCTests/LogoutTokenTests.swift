import Cryptography
import Identity
import JOSE
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Logout token (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6)")
struct LogoutTokenTests {
    typealias Fixture = LogoutTokenFixture

    @Test("the good token is accepted, and says whose session ended")
    func good() throws {
        let token = try Fixture.verify(Fixture.good.signed(by: .p256, .es256, kid: "k1"))
        #expect(token.issuer == IDTokenFixture.issuer && token.subject == IDTokenFixture.subject)
        #expect(token.session == "provider-session" && token.tokenID == "logout-1")
        #expect(token.expiresAt == Fixture.now + .milliseconds(180_001))
    }

    @Test("what must be remembered is remembered until the token is too old itself")
    func remembering() throws {
        for (exp, iat) in [(120, 0), (9_999_999, 0), (9_999_999, -300), (1, -600)] as [(Int64, Int64)] {
            let text = Fixture.good.claiming([
                ("exp", .integer(Fixture.now.seconds + exp)), ("iat", .integer(Fixture.now.seconds + iat)),
            ]).signed(by: .p256, .es256, kid: "k1")
            let until = try Fixture.verify(text).expiresAt
            #expect(try Fixture.code(text, now: until) != nil)
            #expect(try Fixture.code(text, now: until - .milliseconds(2)) == nil)
        }
    }

    @Test("one of sub and sid is enough")
    func oneOfTwo() throws {
        let bySession = try Fixture.verify(Fixture.good.claiming([("sub", nil)]).signed(by: .p256, .es256, kid: "k1"))
        #expect(bySession.subject == nil && bySession.session == "provider-session")
        let bySubject = try Fixture.verify(Fixture.good.claiming([("sid", nil)]).signed(by: .p256, .es256, kid: "k1"))
        #expect(bySubject.subject == IDTokenFixture.subject && bySubject.session == nil)
        #expect(try Fixture.code([("sub", nil), ("sid", nil)]) == "subject_and_session_missing")
    }

    @Test("typ", arguments: [nil, "logout+jwt", "LOGOUT+JWT", "JWT", "jwt"] as [String?])
    func type(type: String?) throws {
        #expect(try Fixture.code(Fixture.good.heading([("typ", type.map { .string($0) })])) == nil)
    }

    @Test(
        "a token of another kind",
        arguments: ["at+jwt", "global-token-revocation+jwt", "dpop+jwt", "application/logout+jwt", "secevent+jwt", ""])
    func otherType(type: String) throws {
        #expect(try Fixture.code(Fixture.good.heading([("typ", .string(type))])) == "type_unexpected")
    }

    @Test(
        "each claim with one change",
        arguments: [
            ("iss", nil, "issuer_missing"), ("iss", "https://evil.example", "issuer_mismatch"),
            ("iss", "https://acme.okta.com/oauth2/\u{212A}eyServer", "issuer_mismatch"), ("iss", 1, "claim_malformed"),
            ("aud", nil, "audience_missing"), ("aud", "other", "audience_mismatch"),
            ("aud", ["other"], "audience_mismatch"), ("aud", [], "audience_mismatch"), ("aud", 1, "claim_malformed"),
            ("aud", [.string(IDTokenFixture.clientID), "other"], "authorized_party_missing"),
            ("azp", "other", "authorized_party_mismatch"),
            ("iat", nil, "issued_at_missing"), ("iat", "now", "claim_malformed"),
            ("exp", nil, "expiry_missing"), ("exp", "now", "claim_malformed"),
            ("nbf", .integer(Fixture.now.seconds + 61), "not_yet_valid"),
            ("jti", nil, "token_id_missing"), ("jti", "", "claim_malformed"), ("jti", 1, "claim_malformed"),
            ("jti", .string(String(repeating: "j", count: 513)), "claim_malformed"),
            ("events", nil, "events_missing"), ("events", [], "claim_malformed"), ("events", "x", "claim_malformed"),
            ("events", .null, "claim_malformed"), ("events", [:], "event_missing"),
            ("events", ["http://schemas.openid.net/event/other": [:]], "event_missing"),
            ("events", ["http://schemas.openid.net/event/backchannel-logout/": [:]], "event_missing"),
            ("events", ["http://schemas.openid.net/event/backchannel-logout": true], "claim_malformed"),
            ("events", ["http://schemas.openid.net/event/backchannel-logout": .null], "claim_malformed"),
            ("events", ["http://schemas.openid.net/event/backchannel-logout": []], "claim_malformed"),
            ("nonce", "n", "nonce_present"), ("nonce", "", "nonce_present"), ("nonce", .null, "nonce_present"),
            ("sub", "", "subject_missing"), ("sub", 1, "claim_malformed"), ("sub", "a\nb", "subject_malformed"),
            ("sid", "", "claim_malformed"), ("sid", 1, "claim_malformed"),
            ("sid", .string(String(repeating: "s", count: 513)), "claim_malformed"),
        ] as [(String, JSON?, String)])
    func claims(name: String, value: JSON?, code: String) throws {
        #expect(try Fixture.code([]) == nil)
        #expect(try Fixture.code([(name, value)]) == code)
    }

    @Test("an event may say more, and there may be more events")
    func events() throws {
        #expect(
            try Fixture.code([("events", ["a": 1, "http://schemas.openid.net/event/backchannel-logout": ["b": 2]])])
                == nil)
        #expect(try Fixture.code([("aud", [.string(IDTokenFixture.clientID)])]) == nil)
    }

    @Test("times, at their bounds")
    func times() throws {
        let now = Fixture.now
        func seconds(_ time: UnixTime) -> JSON { IDTokenFixture.seconds(time) }
        #expect(try Fixture.code([("iat", seconds(now + .seconds(60)))]) == nil)
        #expect(try Fixture.code([("iat", seconds(now + .milliseconds(60_001)))]) == "issued_in_future")
        #expect(try Fixture.code([("iat", seconds(now - .seconds(660)))]) == nil)
        #expect(try Fixture.code([("iat", seconds(now - .milliseconds(660_001)))]) == "issued_too_long_ago")
        #expect(try Fixture.code([("exp", seconds(now - .milliseconds(59_999)))]) == nil)
        #expect(try Fixture.code([("exp", seconds(now - .seconds(60)))]) == "expired")
    }

    @Test("signatures: none, shared secrets, other keys and other algorithms", arguments: ["none", "HS256", "RS1"])
    func algorithms(name: String) throws {
        let text = Fixture.good.heading([("alg", .string(name)), ("kid", "k1")]).with { _ in [] }
        let codes = ["none": "algorithm_none", "HS256": "algorithm_symmetric", "RS1": "algorithm_unsupported"]
        #expect(try Fixture.code(text) == codes[name])
    }

    @Test("a signature by another key, by a key of another kind, and none of the key set")
    func signatures() throws {
        #expect(try Fixture.code(Fixture.good.signed(by: .otherP256, .es256, kid: "k1")) == "signature_invalid")
        #expect(try Fixture.code(Fixture.good.signed(by: .rsa, .rs256, kid: "k1")) == "key_algorithm_mismatch")
        #expect(try Fixture.code(Fixture.good.signed(by: .p256, .es256, kid: "k2")) == "key_unknown")
        #expect(try Fixture.code("") == "token_empty")
        #expect(try Fixture.code("a.b") == "token_malformed")
    }

    @Test("an ID token is no logout token, and a logout token no ID token, whatever their types say")
    func confusion() throws {
        #expect(try Fixture.code(IDTokenFixture.good) == "token_id_missing")
        #expect(try Fixture.code(IDTokenFixture.good.claiming([("jti", "1")])) == "events_missing")
        let dressed = IDTokenFixture.good.claiming([("jti", "1"), ("events", Fixture.good.claims["events"])])
        #expect(try Fixture.code(dressed) == "nonce_present")

        let none = IDTokenFixture.expectation(nonce: nil)
        #expect(try IDTokenFixture.code(Fixture.good, none) == "type_unexpected")
        #expect(try IDTokenFixture.code(Fixture.good.heading([("typ", "JWT")]), none) == "type_unexpected")
        #expect(try IDTokenFixture.code(Fixture.good.heading([("typ", nil)]), none) == "type_unexpected")
        #expect(try IDTokenFixture.code(Fixture.good.heading([("typ", nil)]).claiming([("events", nil)]), none) == nil)
    }
}

@Suite("Logout token, with the provider's keys")
struct LogoutTokenKeyTests {
    let provider = ProviderFixture()

    private func failure(_ text: String, _ party: RelyingParty? = nil) async throws -> Failure? {
        try await ProviderFixture.failure {
            try await (party ?? provider.party()).verifiedLogoutToken(text, deadline: ProviderFixture.soon)
        }
    }

    private let good = LogoutTokenFixture.good.signed(by: .p256, .es256, kid: "k1")

    @Test("a good token is accepted")
    func accepts() async throws {
        #expect(try await failure(good) == nil)
        #expect(provider.transport.requests("jwks").count == 1)
    }

    @Test("a bad token is the answer's fault, under the verifier's code")
    func refuses() async throws {
        let expired = LogoutTokenFixture.good.claiming([("exp", 1)]).signed(by: .p256, .es256, kid: "k1")
        #expect(try await failure(expired) == Failure("expired", .answer))
        #expect(try await failure("") == Failure("logout_token_missing", .answer))
        #expect(try await failure("x") == Failure("token_malformed", .answer))
    }

    @Test("newer keys are fetched")
    func rotation() async throws {
        let party = provider.party()
        #expect(try await failure(good, party) == nil)
        provider.transport.on("jwks", bytes: keySet(TestKey.otherP256.jwk(kid: "k2")))
        let newer = LogoutTokenFixture.good.signed(by: .otherP256, .es256, kid: "k2")
        #expect(try await failure(newer, party) == nil)
        #expect(try await failure(good, party) == Failure("key_unknown", .answer))
        #expect(provider.transport.requests("jwks").count == 2)
    }

    @Test("when the keys are not to be had nobody judges the token")
    func noKeys() async throws {
        provider.transport.on("jwks", fails: .timedOut)
        #expect(try await failure(good) == Failure("provider_timed_out", .providerTimedOut))
        provider.transport.on("discovery", status: 503, [:])
        #expect(try await failure(good) == Failure("discovery_failed", .provider))
    }
}
