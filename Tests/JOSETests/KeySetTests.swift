import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

@Suite("Key sets")
struct KeySetTests {
    @Test(
        "a document that is no key set",
        arguments: [
            "", "x", "null", "[]", "{}", "{\"keys\":{}}", "{\"keys\":null}", "{\"keys\":[],\"keys\":[]}",
            "{\"Keys\":[]}", "{\"keys\":[]}x", "<html>",
        ])
    func malformed(text: String) {
        let error = #expect(throws: JOSEError.self) { try JWKSet(Array(text.utf8)) }
        #expect(error?.reason == .keySetMalformed)
    }

    @Test("at most 100 keys")
    func count() throws {
        func document(_ count: Int) -> [UInt8] {
            let keys = [JSON](repeating: ["kty": "oct"], count: count - 1) + [TestKey.p256.jwk()]
            return JSON.object(JSONObject([("keys", .array(keys))])).serialized()
        }
        #expect(try JWKSet(document(100)).count == 1)
        let error = #expect(throws: JOSEError.self) { try JWKSet(document(101)) }
        #expect(error?.reason == .keySetMalformed)
    }

    @Test("an empty set, and members beside keys, are no mistake")
    func lenient() throws {
        #expect(try JWKSet(Array("{\"keys\":[]}".utf8)).count == 0)
        #expect(try JWKSet(Array("{\"a\":1,\"keys\":[]}".utf8)).count == 0)
        #expect(try TokenFixture.reason(TokenFixture.good, keys: Array("{\"keys\":[]}".utf8)) == .keyUnknown)
    }

    /// One change to a good RSA key; `keeps` says whether the key is still one that verifies.
    @Test(
        "keys that are left out",
        arguments: [
            ("kty", nil), ("kty", "oct"), ("kty", "EC"), ("kty", "rsa"), ("kty", 1), ("use", "enc"), ("use", ""),
            ("use", nil as JSON),
            ("use", ["sig"]), ("key_ops", ["sign"]), ("key_ops", []), ("key_ops", "verify"),
            ("key_ops", ["verify", 1]),
            ("alg", "RSA-OAEP"), ("alg", "HS256"), ("alg", "none"), ("alg", 1), ("alg", nil as JSON), ("kid", 1),
            ("kid", nil as JSON),
            ("n", nil), ("e", nil), ("n", ""), ("e", ""), ("n", 1), ("n", "AQAB"), ("n", "***"), ("e", "AA"),
            ("e", "Ag"), ("e", "AQ"),
        ] as [(String, JSON?)])
    func leftOut(name: String, value: JSON?) throws {
        // `nil as JSON` is JSON's null, plain nil takes the member out.
        let key = TestKey.rsa.jwk(kid: "k1", [("use", "sig"), ("alg", "RS256"), ("key_ops", ["verify"])])
        #expect(try JWKSet(keySet(key)).count == 1)
        var members = key.object?.members.map { ($0.name, $0.value) } ?? []
        members.removeAll { $0.0 == name }
        if let value { members.append((name, value)) }
        let changed = JSON.object(JSONObject(members))
        #expect(try JWKSet(keySet(changed)).count == 0)
        // The good keys beside a bad one still count.
        #expect(try JWKSet(keySet(changed, key)).count == 1)
        #expect(try TokenFixture.reason(TokenFixture.good, keys: keySet(changed)) == .keyUnknown)
    }

    @Test("entries that are no objects, and private members, do not matter")
    func otherEntries() throws {
        #expect(try JWKSet(keySet(1, nil, "a", [], TestKey.p256.jwk())).count == 1)
        #expect(try JWKSet(keySet(TestKey.p256.jwk(kid: "a", [("x5c", ["MIIB"]), ("d", "AAAA")]))).count == 1)
    }

    @Test(
        "keys that are too short or of unknown kinds are left out", arguments: [TestKey.shortRSA, .secp256k1, .ed448])
    func unusable(key: TestKey) throws {
        #expect(try JWKSet(keySet(key.jwk(kid: "k1"))).count == 0)
    }

    @Test("a 1024-bit RSA key verifies nothing, though its signature is right")
    func shortRSA() throws {
        let token = TokenFixture.token.signed(by: .shortRSA, .rs256, kid: "k1")
        #expect(try TokenFixture.reason(token, keys: keySet(TestKey.shortRSA.jwk(kid: "k1"))) == .keyUnknown)
    }

    @Test("a symmetric key in the set is none for us")
    func symmetric() throws {
        let secret: [UInt8] = Array("0123456789abcdef0123456789abcdef".utf8)
        let document = keySet(["kty": "oct", "kid": "k1", "alg": "HS256", "k": .string(Base64URL.encode(secret))])
        let token = TokenFixture.token.heading([("alg", "HS256"), ("kid", "k1")]).with {
            hmacSHA256(key: secret, message: $0)
        }
        #expect(try TokenFixture.reason(token, keys: document) == .algorithmSymmetric)
        #expect(try TokenFixture.reason(TokenFixture.good, keys: document) == .keyUnknown)
    }

    @Test(
        "elliptic keys with one change",
        arguments: [
            ("crv", "P-384"), ("crv", "secp256k1"), ("crv", "p-256"), ("crv", nil), ("x", nil), ("y", nil),
            ("x", "AAAA"), ("y", ""), ("x", 1),
        ] as [(String, JSON?)])
    func elliptic(name: String, value: JSON?) throws {
        #expect(try JWKSet(keySet(TestKey.p256.jwk(kid: "k1"))).count == 1)
        #expect(try JWKSet(keySet(TestKey.p256.jwk(kid: "k1", [(name, value)]))).count == 0)
    }

    @Test(
        "Edwards keys with one change",
        arguments: [
            ("crv", "Ed448"), ("crv", "X25519"), ("crv", "ed25519"), ("crv", nil), ("x", nil), ("x", "AAAA"),
            ("kty", "EC"),
        ] as [(String, JSON?)])
    func edwards(name: String, value: JSON?) throws {
        #expect(try JWKSet(keySet(TestKey.ed25519.jwk(kid: "k1"))).count == 1)
        #expect(try JWKSet(keySet(TestKey.ed25519.jwk(kid: "k1", [(name, value)]))).count == 0)
    }
}
