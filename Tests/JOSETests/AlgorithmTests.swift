import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

@Suite("Compact tokens: algorithms and signatures")
struct AlgorithmTests {
    @Test("every algorithm with its own key, and with one byte changed", arguments: SignatureAlgorithm.allCases)
    func everyAlgorithm(algorithm: SignatureAlgorithm) throws {
        let key = TestKey.forAlgorithm(algorithm)
        let document = keySet(key.jwk(kid: "k"))
        let good = TokenFixture.token.signed(by: key, algorithm, kid: "k")
        #expect(try TokenFixture.reason(good, keys: document) == nil)

        let otherClaims = TokenFixture.token.claiming([("sub", "00u2")]).signed(by: key, algorithm, kid: "k")
        let parts = good.split(separator: ".")
        let others = otherClaims.split(separator: ".")
        #expect(try TokenFixture.reason("\(parts[0]).\(others[1]).\(parts[2])", keys: document) == .signatureInvalid)
        #expect(try TokenFixture.reason("\(parts[0]).\(parts[1]).\(others[2])", keys: document) == .signatureInvalid)
        #expect(try TokenFixture.reason("\(parts[0]).\(parts[1]).", keys: document) == .signatureInvalid)
        #expect(try TokenFixture.reason("\(parts[0]).\(parts[1]).AAAA", keys: document) == .signatureInvalid)
        // The same claims, the header changed: the header is signed too.
        let otherHeader = TokenFixture.token.heading([("x", 1)]).signed(by: key, algorithm, kid: "k").split(
            separator: ".")
        #expect(
            try TokenFixture.reason("\(otherHeader[0]).\(parts[1]).\(parts[2])", keys: document) == .signatureInvalid)
    }

    @Test(
        "an unsigned token, however it spells none",
        arguments: ["none", "None", "NONE", "nOnE", "nonE"], [true, false])
    func none(spelling: String, keepsSignature: Bool) throws {
        let token = TokenFixture.token.heading([("alg", .string(spelling)), ("kid", "k1")])
        let text = token.with { keepsSignature ? TestKey.rsa.sign($0, .rs256) : [] }
        #expect(try TokenFixture.reason(text) == .algorithmNone)
    }

    @Test("HMAC with the public key as its secret", arguments: ["HS256", "HS384", "HS512", "hs256", "Hs512"])
    func symmetric(algorithm: String) throws {
        let jwk = TestKey.rsa.jwk(kid: "k1")
        let secrets = [
            Array(TestKey.rsa.publicPEM.utf8), jwk.serialized(), TokenFixture.document,
            Array((jwk["n"]?.string ?? "").utf8), Base64URL.decode(jwk["n"]?.string ?? "") ?? [], [],
        ]
        for secret in secrets {
            let token = TokenFixture.token.heading([("alg", .string(algorithm)), ("kid", "k1")])
                .with { hmacSHA256(key: secret, message: $0) }
            #expect(try TokenFixture.reason(token) == .algorithmSymmetric)
        }
    }

    @Test(
        "algorithms that are not accepted",
        arguments: [
            "", "rs256", "Rs256", "RS1", "RS256 ", " RS256", "RS2048", "ES256K", "ES1", "EDDSA", "Ed25519", "Ed448",
            "RSA1_5",
            "RSA-OAEP", "dir", "A256GCM", "none ", "n\u{f6}ne", "HS256 ", "PS", "\u{212A}S256", "RS256\u{0}",
        ])
    func unsupported(algorithm: String) throws {
        let token = TokenFixture.token.heading([("alg", .string(algorithm)), ("kid", "k1")])
            .with { TestKey.rsa.sign($0, .rs256) }
        #expect(try TokenFixture.reason(token) == .algorithmUnsupported)
    }

    @Test("no algorithm")
    func missing() throws {
        let token = TokenFixture.token.heading([("kid", "k1")]).with { TestKey.rsa.sign($0, .rs256) }
        #expect(try TokenFixture.reason(token) == .algorithmMissing)
    }

    @Test(
        "a signature by another algorithm of the same key",
        arguments: [SignatureAlgorithm.rs384, .rs512, .ps256, .ps384, .ps512])
    func mislabelled(algorithm: SignatureAlgorithm) throws {
        let token = TokenFixture.token.heading([("alg", "RS256"), ("kid", "k1")]).with {
            TestKey.rsa.sign($0, algorithm)
        }
        #expect(try TokenFixture.reason(token) == .signatureInvalid)
    }

    @Test("an ECDSA signature in DER, and one of zeros")
    func ecdsaForms() throws {
        let document = keySet(TestKey.p256.jwk(kid: "k1"))
        let token = TokenFixture.token.heading([("alg", "ES256"), ("kid", "k1")])
        #expect(try TokenFixture.reason(token.with { TestKey.p256.sign($0, .es256) }, keys: document) == nil)
        for bad in [
            token.with { TestKey.p256.signDER($0, .es256) }, token.with { _ in [UInt8](repeating: 0, count: 64) },
        ] {
            #expect(try TokenFixture.reason(bad, keys: document) == .signatureInvalid)
        }
    }
}
