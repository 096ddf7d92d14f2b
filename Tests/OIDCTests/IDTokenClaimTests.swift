import Cryptography
import Identity
import JOSE
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("ID token: issuer, audience, subject, nonce")
struct IDTokenClaimTests {
    typealias Fixture = IDTokenFixture

    @Test("the good token is accepted, and says who")
    func good() throws {
        let token = try Fixture.verify(Fixture.good.signed(by: .p256, .es256, kid: "k1"))
        #expect(token.issuer == Fixture.issuer && token.subject == Fixture.subject)
        #expect(token.expiresAt == Fixture.now + .seconds(3600))
        #expect(token.authenticatedAt == nil)
        #expect(token.claims["email"] == "ada@acme.example")
    }

    @Test("issuer missing")
    func issuerMissing() throws {
        #expect(try Fixture.code([("iss", nil)]) == "issuer_missing")
    }

    @Test(
        "issuer exact, byte by byte",
        arguments: [
            "", "https://acme.okta.com/oauth2/KeyServer/", "https://acme.okta.com/oauth2/keyserver",
            "https://acme.okta.com",
            "http://acme.okta.com/oauth2/KeyServer", "https://ACME.okta.com/oauth2/KeyServer",
            "https://acme.okta.com:443/oauth2/KeyServer", " https://acme.okta.com/oauth2/KeyServer",
            "https://acme.okta.com/oauth2/KeyServer\u{0}", "https://acme.okta.com/oauth2/\u{212A}eyServer",
            "https://acme.okta.com/oauth2/%4BeyServer", "https://evil.example/https://acme.okta.com/oauth2/KeyServer",
        ])
    func issuerMismatch(issuer: String) throws {
        #expect(try Fixture.code([("iss", .string(issuer))]) == "issuer_mismatch")
        #expect(try Fixture.code([("iss", .string(Fixture.issuer))]) == nil)
    }

    @Test(
        "audience",
        arguments: [
            (.string(Fixture.clientID), nil), ([.string(Fixture.clientID)], nil), (nil, "audience_missing"),
            ("", "audience_mismatch"), ([], "audience_mismatch"), ("other", "audience_mismatch"),
            (["other"], "audience_mismatch"), ("0oaK1example ", "audience_mismatch"),
            ("0oaK1exampl", "audience_mismatch"),
            ("0oak1example", "audience_mismatch"), ("0oa\u{212A}1example", "audience_mismatch"),
            (["0oa\u{212A}1example"], "audience_mismatch"), (["0oaK1example other"], "audience_mismatch"),
        ] as [(JSON?, String?)])
    func audience(value: JSON?, code: String?) throws {
        #expect(try Fixture.code([("aud", value)]) == code)
    }

    @Test("several audiences need an azp that names us")
    func severalAudiences() throws {
        let several: JSON = [.string(Fixture.clientID), "other"]
        #expect(try Fixture.code([("aud", several)]) == "authorized_party_missing")
        #expect(try Fixture.code([("aud", several), ("azp", .string(Fixture.clientID))]) == nil)
        #expect(try Fixture.code([("aud", several), ("azp", "other")]) == "authorized_party_mismatch")
        #expect(try Fixture.code([("aud", several), ("azp", "")]) == "authorized_party_mismatch")
        #expect(try Fixture.code([("aud", ["a", "b"]), ("azp", .string(Fixture.clientID))]) == "audience_mismatch")
        let twice: JSON = [.string(Fixture.clientID), .string(Fixture.clientID)]
        #expect(try Fixture.code([("aud", twice)]) == "authorized_party_missing")
    }

    @Test("an azp must name us also where there is one audience")
    func authorizedParty() throws {
        #expect(try Fixture.code([("azp", .string(Fixture.clientID))]) == nil)
        #expect(try Fixture.code([("azp", "other")]) == "authorized_party_mismatch")
        #expect(try Fixture.code([("azp", "0oa\u{212A}1example")]) == "authorized_party_mismatch")
    }

    @Test(
        "subject",
        arguments: [
            ("00u1", nil), (.string(String(repeating: "s", count: 255)), nil), ("a b/c|d@e.example", nil),
            ("\u{e9}", nil),
            (nil, "subject_missing"), ("", "subject_missing"),
            (.string(String(repeating: "s", count: 256)), "subject_malformed"),
            ("a\u{0}b", "subject_malformed"), ("a\nb", "subject_malformed"), ("a\u{7F}", "subject_malformed"),
            ("\t", "subject_malformed"),
        ] as [(JSON?, String?)])
    func subject(value: JSON?, code: String?) throws {
        #expect(try Fixture.code([("sub", value)]) == code)
    }

    @Test("the subject that comes out holds the very bytes that came in")
    func subjectBytes() throws {
        let token = Fixture.good.claiming([("sub", "\u{212A}e\u{301}")]).signed(by: .p256, .es256, kid: "k1")
        #expect(try Fixture.verify(token).subject.isIdentical(to: "\u{212A}e\u{301}"))
    }

    @Test(
        "nonce",
        arguments: [
            (.string(Fixture.nonce), nil), (nil, "nonce_missing"), ("", "nonce_mismatch"), ("other", "nonce_mismatch"),
            ("nonce-k-1", "nonce_mismatch"), ("nonce-K-1 ", "nonce_mismatch"), ("nonce-K-", "nonce_mismatch"),
            ("nonce-\u{212A}-1", "nonce_mismatch"), (.string(Fixture.nonce + Fixture.nonce), "nonce_mismatch"),
        ] as [(JSON?, String?)])
    func nonce(value: JSON?, code: String?) throws {
        #expect(try Fixture.code([("nonce", value)]) == code)
    }

    @Test("where no nonce was sent none is asked for")
    func noNonceExpected() throws {
        #expect(try Fixture.code([("nonce", nil)], Fixture.expectation(nonce: nil)) == nil)
        #expect(try Fixture.code([("nonce", "any")], Fixture.expectation(nonce: nil)) == nil)
        #expect(try Fixture.code([("nonce", "")], Fixture.expectation(nonce: "")) == nil)
    }

    @Test(
        "claims of a wrong type", arguments: ["iss", "sub", "nonce", "azp", "at_hash"],
        [1, true, nil, ["a"], [:]] as [JSON])
    func wrongType(name: String, value: JSON) throws {
        #expect(try Fixture.code([(name, value)]) == "claim_malformed")
    }

    @Test(
        "an audience of a wrong type",
        arguments: [
            1, true, nil, [:], [1], [.string(Fixture.clientID), 1], [.string(Fixture.clientID), nil],
            [[.string(Fixture.clientID)]],
        ]
            as [JSON])
    func wrongAudienceType(value: JSON) throws {
        #expect(try Fixture.code([("aud", value)]) == "claim_malformed")
    }

    @Test("a claim that comes twice", arguments: ["iss", "aud", "sub", "nonce", "exp", "groups"])
    func duplicates(name: String) throws {
        let payload = JSON.object(Fixture.good.claims).text
        for addition in [
            "\"\(name)\":\"evil\"}", "\"\\u00\(String(name.utf8.first ?? 0, radix: 16))\(name.dropFirst())\":1}",
        ] {
            let token = TestToken.signed(
                header: "{\"alg\":\"ES256\",\"kid\":\"k1\"}", payload: payload.dropLast() + "," + addition, by: .p256,
                .es256)
            let rejection = #expect(throws: TokenRejection.self) { try Fixture.verify(token) }
            #expect(rejection?.code == "payload_malformed")
        }
    }
}
