import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

@Suite("Choosing the key")
struct KeyChoiceTests {
    static let token = TokenFixture.token

    @Test("kid absent: one key fits")
    func oneFits() throws {
        let text = Self.token.signed(by: .rsa, .rs256)
        #expect(try TokenFixture.reason(text, keys: keySet(TestKey.rsa.jwk(kid: "k1"))) == nil)
        #expect(try TokenFixture.reason(text, keys: keySet(TestKey.rsa.jwk())) == nil)
        // Others in the set are for other algorithms.
        let several = keySet(TestKey.p256.jwk(kid: "k0"), TestKey.rsa.jwk(kid: "k1"), TestKey.ed25519.jwk(kid: "k2"))
        #expect(try TokenFixture.reason(text, keys: several) == nil)
        let pinned = keySet(
            TestKey.otherRSA.jwk(kid: "k0", [("alg", "PS256")]), TestKey.rsa.jwk(kid: "k1", [("alg", "RS256")]))
        #expect(try TokenFixture.reason(text, keys: pinned) == nil)
    }

    @Test("kid absent: several keys fit, so nobody guesses")
    func severalFit() throws {
        let text = Self.token.signed(by: .rsa, .rs256)
        let document = keySet(TestKey.rsa.jwk(kid: "k1"), TestKey.otherRSA.jwk(kid: "k2"))
        #expect(try TokenFixture.reason(text, keys: document) == .keyAmbiguous)
        #expect(try TokenFixture.reason(Self.token.signed(by: .rsa, .rs256, kid: "k1"), keys: document) == nil)
    }

    @Test("kid absent: no key fits")
    func noneFits() throws {
        let document = keySet(TestKey.p256.jwk(kid: "k1"))
        #expect(try TokenFixture.reason(Self.token.signed(by: .rsa, .rs256), keys: document) == .keyUnknown)
    }

    @Test("kid unknown, compared byte by byte", arguments: ["k2", "K1", "k1 ", " k1", "", "k", "k1\u{0}", "\u{212A}1"])
    func unknown(kid: String) throws {
        let document = keySet(TestKey.rsa.jwk(kid: "k1"))
        #expect(try TokenFixture.reason(Self.token.signed(by: .rsa, .rs256, kid: kid), keys: document) == .keyUnknown)
        // KELVIN SIGN is canonically equivalent to K.
        let kelvin = keySet(TestKey.rsa.jwk(kid: "K1"))
        #expect(
            try TokenFixture.reason(Self.token.signed(by: .rsa, .rs256, kid: "\u{212A}1"), keys: kelvin) == .keyUnknown)
        #expect(try TokenFixture.reason(Self.token.signed(by: .rsa, .rs256, kid: "K1"), keys: kelvin) == nil)
    }

    @Test("a token that names a kid does not get a key without one")
    func keyWithoutID() throws {
        let document = keySet(TestKey.rsa.jwk())
        #expect(try TokenFixture.reason(Self.token.signed(by: .rsa, .rs256, kid: "k1"), keys: document) == .keyUnknown)
    }

    @Test("the same kid twice: the algorithm may decide, otherwise nobody guesses")
    func sameID() throws {
        let text = Self.token.signed(by: .rsa, .rs256, kid: "k1")
        #expect(
            try TokenFixture.reason(text, keys: keySet(TestKey.rsa.jwk(kid: "k1"), TestKey.p256.jwk(kid: "k1"))) == nil)
        #expect(
            try TokenFixture.reason(text, keys: keySet(TestKey.rsa.jwk(kid: "k1"), TestKey.otherRSA.jwk(kid: "k1")))
                == .keyAmbiguous)
    }

    @Test("the key's alg pins the algorithm", arguments: ["RS384", "RS512", "PS256", "ES256"])
    func pinnedByAlgorithm(algorithm: String) throws {
        let text = Self.token.signed(by: .rsa, .rs256, kid: "k1")
        #expect(try TokenFixture.reason(text, keys: keySet(TestKey.rsa.jwk(kid: "k1", [("alg", "RS256")]))) == nil)
        #expect(
            try TokenFixture.reason(text, keys: keySet(TestKey.rsa.jwk(kid: "k1", [("alg", .string(algorithm))])))
                == .keyMismatch)
    }

    @Test("without alg, kty and curve pin the algorithm", arguments: SignatureAlgorithm.allCases)
    func pinnedByKind(algorithm: SignatureAlgorithm) throws {
        let right = TestKey.forAlgorithm(algorithm)
        let text = Self.token.signed(by: right, algorithm, kid: "k1")
        for key in [TestKey.rsa, .p256, .p384, .p521, .ed25519] {
            let reason = try TokenFixture.reason(text, keys: keySet(key.jwk(kid: "k1")))
            #expect(reason == (key === right ? nil : .keyMismatch))
        }
    }

    @Test("another key under the right kid")
    func wrongKey() throws {
        let document = keySet(TestKey.otherRSA.jwk(kid: "k1"))
        #expect(try TokenFixture.reason(TokenFixture.good, keys: document) == .signatureInvalid)
    }
}
