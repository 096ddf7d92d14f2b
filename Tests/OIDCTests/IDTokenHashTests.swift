import Cryptography
import Identity
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("ID token: signature, type and at_hash")
struct IDTokenHashTests {
    typealias Fixture = IDTokenFixture

    private func code(_ token: TestToken, _ algorithm: SignatureAlgorithm, accessToken: String?) throws -> String? {
        let key = TestKey.forAlgorithm(algorithm)
        do {
            _ = try Fixture.verify(
                token.signed(by: key, algorithm, kid: "k"), Fixture.expectation(accessToken: accessToken),
                keys: keySet(key.jwk(kid: "k")))
            return nil
        } catch let rejection as TokenRejection {
            return rejection.code
        }
    }

    @Test(
        "every algorithm is accepted, with the at_hash of its own hash function", arguments: SignatureAlgorithm.allCases
    )
    func everyAlgorithm(algorithm: SignatureAlgorithm) throws {
        #expect(try code(Fixture.good, algorithm, accessToken: Fixture.accessToken) == nil)
        for function in HashFunction.allCases {
            let digest = function.hash(Fixture.accessToken.utf8)
            let token = Fixture.good.claiming([("at_hash", .string(Base64URL.encode(digest.prefix(digest.count / 2))))])
            let isOwn = function == algorithm.hashFunction
            #expect(try code(token, algorithm, accessToken: Fixture.accessToken) == (isOwn ? nil : "at_hash_mismatch"))
            #expect(try code(token, algorithm, accessToken: "another access token") == "at_hash_mismatch")
            // Without an access token in the same answer there is nothing to compare with.
            #expect(try code(token, algorithm, accessToken: nil) == nil)
        }
    }

    @Test("the whole hash, its right half, and other spellings are no at_hash")
    func spellings() throws {
        let digest = HashFunction.sha256.hash(Fixture.accessToken.utf8)
        let half = Base64URL.encode(digest.prefix(16))
        #expect(
            try code(Fixture.good.claiming([("at_hash", .string(half))]), .es256, accessToken: Fixture.accessToken)
                == nil)
        for text in [
            "", half + "==", half.lowercased(), String(half.dropLast()), Base64URL.encode(digest),
            Base64URL.encode(digest.suffix(16)),
        ] {
            let token = Fixture.good.claiming([("at_hash", .string(text))])
            #expect(try code(token, .es256, accessToken: Fixture.accessToken) == "at_hash_mismatch")
        }
    }

    @Test("typ is JWT or absent", arguments: ["JWT", "jwt", "Jwt", nil] as [String?])
    func type(type: String?) throws {
        #expect(try Fixture.code(Fixture.good.heading([("typ", type.map { .string($0) })])) == nil)
    }

    @Test(
        "a token of another kind",
        arguments: [
            "logout+jwt", "at+jwt", "application/jwt", "global-token-revocation+jwt", "dpop+jwt", "JOSE", "", "JWT ",
            "\u{212A}WT",
        ])
    func otherType(type: String) throws {
        #expect(try Fixture.code(Fixture.good.heading([("typ", .string(type))])) == "type_unexpected")
    }

    @Test("the type is judged before the signature, the signature before the claims")
    func order() throws {
        let otherType = Fixture.good.heading([("typ", "at+jwt")]).signed(by: .otherP256, .es256, kid: "k1")
        #expect(#expect(throws: TokenRejection.self) { try Fixture.verify(otherType) }?.code == "type_unexpected")
        let wrongClaims = Fixture.good.claiming([("iss", "https://evil.example")]).signed(
            by: .otherP256, .es256, kid: "k1")
        let rejection = #expect(throws: TokenRejection.self) { try Fixture.verify(wrongClaims) }
        #expect(rejection?.code == "signature_invalid")
        #expect(rejection?.detail.contains("evil") == false)
    }

    @Test(
        "neither empty text nor the garbage of a form gets a token accepted",
        arguments: ["", "null", "undefined", "{}", "Bearer x", "a.b.c"])
    func garbage(text: String) {
        #expect(throws: TokenRejection.self) { try Fixture.verify(text) }
    }
}
