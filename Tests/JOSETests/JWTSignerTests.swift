import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

@Suite("Signing our own tokens")
struct JWTSignerTests {
    static let claims: JSON = ["sub": "usr_1", "groups": ["a, b", "\u{e9}"], "exp": 1]

    @Test("what is signed verifies by the published key")
    func roundTrip() throws {
        let signer = JWTSigner(key: try PrivateKey.generateP256(), keyID: "k1")
        let text = try signer.sign(Self.claims)
        let jwk = try #require(signer.publicJWK)
        let verified = try UnverifiedJWS(compact: text).verified(by: JWKSet(keySet(jwk)))
        #expect(JSON.object(verified.claims) == Self.claims)
        let opened = try #require(OpenedToken(text))
        #expect(opened.header == ["alg": "ES256", "typ": "JWT", "kid": "k1"])
        #expect(
            jwk["kty"] == "EC" && jwk["crv"] == "P-256" && jwk["alg"] == "ES256" && jwk["use"] == "sig"
                && jwk["kid"] == "k1")
        #expect(jwk["d"] == nil)
    }

    @Test("type and key id are as the caller says")
    func header() throws {
        let signer = JWTSigner(key: try PrivateKey.generateP256(), keyID: nil)
        let opened = try #require(OpenedToken(try signer.sign([:], type: "at+jwt")))
        #expect(opened.header == ["alg": "ES256", "typ": "at+jwt"])
        #expect(signer.publicJWK?["kid"] == nil)
    }

    @Test(
        "signs with every kind of key that a client may have",
        arguments: [(TestKey.rsa, SignatureAlgorithm.rs256), (.p384, .es384), (.p521, .es512), (.ed25519, .eddsa)])
    func kinds(key: TestKey, algorithm: SignatureAlgorithm) throws {
        let signer = JWTSigner(key: try PrivateKey(pem: key.pem()), keyID: "c")
        let text = try signer.sign(Self.claims)
        #expect(OpenedToken(text)?.header["alg"]?.string == algorithm.rawValue)
        #expect(try TokenFixture.reason(text, keys: keySet(key.jwk(kid: "c"))) == nil)
        if case .elliptic = key.kind {
            #expect(try #require(signer.publicJWK).object?["x"] == key.jwk()["x"])
        } else {
            #expect(signer.publicJWK == nil)
        }
    }
}
