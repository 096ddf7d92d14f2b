import TestSupport
import Testing

@testable import Cryptography

@Suite("Private keys")
struct PrivateKeyTests {
    static let message = Array("message".utf8)

    @Test(
        "reads PKCS#8 and the older forms, and signs what its public half verifies",
        arguments: [
            (TestKey.rsa, SignatureAlgorithm.rs256), (.p256, .es256), (.p384, .es384), (.p521, .es512),
            (.ed25519, .eddsa),
        ])
    func reading(key: TestKey, algorithm: SignatureAlgorithm) throws {
        let pems = algorithm == .eddsa ? [key.pem()] : [key.pem(), key.traditionalPEM]
        for pem in pems {
            let privateKey = try PrivateKey(pem: pem)
            #expect(privateKey.algorithm == algorithm)
            // Often, because an ECDSA number with a leading zero byte comes once in 128 signatures.
            for _ in 0..<(algorithm == .rs256 ? 2 : 300) {
                let signature = try privateKey.sign(Self.message)
                let publicKey = try SignatureTests.publicKey(key)
                #expect(publicKey.verifies(signature, over: Self.message, algorithm: algorithm))
            }
        }
    }

    @Test("a new key is its own, on P-256, and survives writing and reading")
    func generation() throws {
        let key = try PrivateKey.generateP256()
        #expect(key.algorithm == .es256)
        let point = try #require(key.publicPoint)
        #expect(point.x.count == 32 && point.y.count == 32)
        #expect(key.pem.reveal().hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let read = try PrivateKey(pem: key.pem.reveal())
        #expect(try #require(read.publicPoint) == point)
        let publicKey = try PublicKey.elliptic(.p256, x: point.x, y: point.y)
        #expect(publicKey.verifies(try read.sign(Self.message), over: Self.message, algorithm: .es256))
        #expect(try #require(PrivateKey.generateP256().publicPoint) != point)
    }

    @Test("prints nothing of itself")
    func redaction() throws {
        let key = try PrivateKey.generateP256()
        #expect("\(key.pem)" == "[redacted]")
        #expect(!String(reflecting: key).contains("PRIVATE"))
    }

    @Test("only an elliptic key has a public point")
    func publicPoint() throws {
        #expect(try PrivateKey(pem: TestKey.rsa.pem()).publicPoint == nil)
        #expect(try PrivateKey(pem: TestKey.ed25519.pem()).publicPoint == nil)
        #expect(try PrivateKey(pem: TestKey.p521.pem()).publicPoint?.x.count == 66)
    }

    @Test("refuses keys that are short or of another kind", arguments: [TestKey.shortRSA, .secp256k1, .ed448])
    func unusable(key: TestKey) {
        let error = #expect(throws: CryptographyError.self) { try PrivateKey(pem: key.pem()) }
        #expect(error?.reason == .unusableKey)
    }

    @Test("refuses an encrypted key without asking on the terminal")
    func encrypted() {
        let error = #expect(throws: CryptographyError.self) {
            try PrivateKey(pem: TestKey.p256.pem(passphrase: "secret"))
        }
        #expect(error?.reason == .unusableKey)
    }

    @Test("refuses what is no private key")
    func noKey() {
        let cut = String(TestKey.p256.pem().dropLast(60))
        for text in [
            "", "secret", TestKey.p256.publicPEM, cut, "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        ] {
            let error = #expect(throws: CryptographyError.self) { try PrivateKey(pem: text) }
            #expect(error?.reason == .unusableKey)
        }
    }
}
