import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

@Suite("The public half of our own keys")
struct PublicJWKTests {
    @Test("members come in the order of their names", arguments: [TestKey.p256, .p384, .p521])
    func members(key: TestKey) throws {
        let members = try #require(try PrivateKey(pem: key.pem()).publicMembers)
        #expect(members.members.map(\.name) == ["crv", "kty", "x", "y"])
        #expect(JSON.object(members) == key.jwk())
    }

    @Test("the thumbprint is the hash of just these (RFC 7638 §3)")
    func thumbprint() throws {
        let jwk = TestKey.p256.jwk()
        let text =
            "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(jwk["x"]?.string ?? "")\",\"y\":\"\(jwk["y"]?.string ?? "")\"}"
        #expect(
            try PrivateKey(pem: TestKey.p256.pem()).thumbprint
                == Base64URL.encode(HashFunction.sha256.hash(text.utf8)))
        // The same formula gives the example of RFC 9449 §6.1.
        let example =
            "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs\",\"y\":\"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA\"}"
        #expect(
            Base64URL.encode(HashFunction.sha256.hash(example.utf8)) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
    }

    @Test("keys that are not elliptic have neither", arguments: [TestKey.rsa, .ed25519])
    func others(key: TestKey) throws {
        let key = try PrivateKey(pem: key.pem())
        #expect(key.publicMembers == nil && key.thumbprint == nil)
    }

    @Test("further members of the header come along")
    func parameters() throws {
        let text = try JWTSigner(key: try PrivateKey.generateP256(), keyID: nil).sign(
            [:], type: "dpop+jwt", parameters: [("jwk", ["kty": "EC"])])
        #expect(OpenedToken(text)?.header == ["alg": "ES256", "typ": "dpop+jwt", "jwk": ["kty": "EC"]])
    }
}
