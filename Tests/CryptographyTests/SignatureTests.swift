import TestSupport
import Testing

@testable import Cryptography

@Suite("Signatures")
struct SignatureTests {
    static let message = Array("The quick brown fox".utf8)

    /// The public half of a test key as the product reads it.
    static func publicKey(_ key: TestKey) throws -> PublicKey {
        let jwk = key.jwk()
        func bytes(_ name: String) -> [UInt8] { jwk[name]?.string.flatMap { Base64URL.decode($0) } ?? [] }
        return switch key.kind {
        case .rsa: try PublicKey.rsa(modulus: bytes("n"), exponent: bytes("e"))
        case .elliptic(let group):
            try PublicKey.elliptic(try #require(Curve(rawValue: group)), x: bytes("x"), y: bytes("y"))
        case .edwards: try PublicKey.ed25519(bytes("x"))
        }
    }

    @Test("verifies every algorithm, and nothing that was changed", arguments: SignatureAlgorithm.allCases)
    func verification(algorithm: SignatureAlgorithm) throws {
        let key = TestKey.forAlgorithm(algorithm)
        let publicKey = try Self.publicKey(key)
        #expect(publicKey.fits(algorithm))
        let signature = key.sign(Self.message, algorithm)
        #expect(publicKey.verifies(signature, over: Self.message, algorithm: algorithm))
        #expect(!publicKey.verifies(signature, over: Self.message + [0], algorithm: algorithm))
        #expect(!publicKey.verifies(signature, over: [], algorithm: algorithm))
        for index in [0, signature.count / 2, signature.count - 1] {
            var changed = signature
            changed[index] ^= 1
            #expect(!publicKey.verifies(changed, over: Self.message, algorithm: algorithm))
        }
        for malformed in [[], Array(signature.dropLast()), signature + [0], [0] + signature] {
            #expect(!publicKey.verifies(malformed, over: Self.message, algorithm: algorithm))
        }
        #expect(
            !publicKey.verifies([UInt8](repeating: 0, count: signature.count), over: Self.message, algorithm: algorithm)
        )
        #expect(
            !publicKey.verifies(
                [UInt8](repeating: 0xFF, count: signature.count), over: Self.message, algorithm: algorithm))
        // After all of these failures OpenSSL's error queue does not spoil the next good one.
        #expect(publicKey.verifies(signature, over: Self.message, algorithm: algorithm))
    }

    @Test("a signature of one algorithm is none of another's", arguments: SignatureAlgorithm.allCases)
    func confusion(algorithm: SignatureAlgorithm) throws {
        let signature = TestKey.forAlgorithm(algorithm).sign(Self.message, algorithm)
        for other in SignatureAlgorithm.allCases where other != algorithm {
            for key in [algorithm, other] {
                let publicKey = try Self.publicKey(TestKey.forAlgorithm(key))
                #expect(
                    !publicKey.verifies(signature, over: Self.message, algorithm: other), "\(algorithm) as \(other)")
            }
        }
    }

    @Test("another key's signature is not accepted")
    func otherKey() throws {
        #expect(
            !(try Self.publicKey(.otherRSA)).verifies(
                TestKey.rsa.sign(Self.message, .rs256), over: Self.message, algorithm: .rs256))
        #expect(
            !(try Self.publicKey(.otherP256)).verifies(
                TestKey.p256.sign(Self.message, .es256), over: Self.message, algorithm: .es256))
    }

    @Test("ECDSA takes both halves in full length, not DER", arguments: [SignatureAlgorithm.es256, .es384, .es512])
    func ecdsaForm(algorithm: SignatureAlgorithm) throws {
        let key = TestKey.forAlgorithm(algorithm)
        let publicKey = try Self.publicKey(key)
        #expect(!publicKey.verifies(key.signDER(Self.message, algorithm), over: Self.message, algorithm: algorithm))
        let signature = key.sign(Self.message, algorithm)
        let half = signature.count / 2
        let zeros = [UInt8](repeating: 0, count: half)
        #expect(
            !publicKey.verifies(
                signature.prefix(half) + [0] + signature.suffix(half), over: Self.message, algorithm: algorithm))
        // CVE-2022-21449 was a verifier that took zeros.
        #expect(!publicKey.verifies(zeros + signature.suffix(half), over: Self.message, algorithm: algorithm))
        #expect(!publicKey.verifies(signature.prefix(half) + zeros, over: Self.message, algorithm: algorithm))
    }

    @Test(
        "PSS wants a salt as long as the hash (RFC 7518 §3.5)", arguments: [SignatureAlgorithm.ps256, .ps384, .ps512])
    func saltLength(algorithm: SignatureAlgorithm) throws {
        let publicKey = try Self.publicKey(.rsa)
        let length = Int32(algorithm.hashFunction.byteCount)
        for salt in [0, 20, length - 1, length + 1] {
            let signature = TestKey.rsa.sign(Self.message, algorithm, saltLength: salt)
            #expect(!publicKey.verifies(signature, over: Self.message, algorithm: algorithm), "salt \(salt)")
        }
        let good = TestKey.rsa.sign(Self.message, algorithm, saltLength: length)
        #expect(publicKey.verifies(good, over: Self.message, algorithm: algorithm))
    }

    @Test("verifies from many tasks at once")
    func concurrently() async throws {
        let publicKey = try Self.publicKey(.p256)
        let signature = TestKey.p256.sign(Self.message, .es256)
        let results = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let isGood = number % 2 == 0
                    let message = isGood ? Self.message : Self.message + [1]
                    return publicKey.verifies(signature, over: message, algorithm: .es256) == isGood
                }
            }
            return await group.reduce(into: true) { $0 = $0 && $1 }
        }
        #expect(results)
    }
}
