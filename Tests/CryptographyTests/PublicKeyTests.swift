import TestSupport
import Testing

@testable import Cryptography

@Suite("Public keys")
struct PublicKeyTests {
    @Test("RSA keys of 2048 bits and more are accepted, shorter ones are not", arguments: [1024, 2040, 2047])
    func shortRSA(bits: Int) throws {
        let jwk = TestKey(.rsa(bits: bits)).jwk()
        let modulus = try #require(jwk["n"]?.string.flatMap { Base64URL.decode($0) })
        let error = #expect(throws: CryptographyError.self) {
            try PublicKey.rsa(modulus: modulus, exponent: [1, 0, 1])
        }
        #expect(error?.reason == .unusableKey)
    }

    @Test("RSA keys of 2048 and 3072 bits are accepted", arguments: [2048, 3072])
    func longRSA(bits: Int) throws {
        let jwk = TestKey(.rsa(bits: bits)).jwk()
        let modulus = try #require(jwk["n"]?.string.flatMap { Base64URL.decode($0) })
        #expect(try PublicKey.rsa(modulus: modulus, exponent: [1, 0, 1]).kind == .rsa(bits: bits))
        // Some libraries write a leading zero byte.
        #expect(try PublicKey.rsa(modulus: [0] + modulus, exponent: [1, 0, 1]).kind == .rsa(bits: bits))
    }

    @Test(
        "a modulus is neither empty nor huge",
        arguments: [
            [], [0], [UInt8](repeating: 0, count: 256), [UInt8](repeating: 0xFF, count: 1025),
            [UInt8](repeating: 0xFF, count: 2048),
        ])
    func modulus(bytes: [UInt8]) {
        #expect(throws: CryptographyError.self) { try PublicKey.rsa(modulus: bytes, exponent: [1, 0, 1]) }
    }

    @Test(
        "a public exponent is odd, from 3 to 32 bits",
        arguments: [
            [], [0], [1], [2], [1, 0, 0], [1, 0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [UInt8](repeating: 1, count: 100),
        ])
    func exponent(bytes: [UInt8]) throws {
        let modulus = try #require(TestKey.rsa.jwk()["n"]?.string.flatMap { Base64URL.decode($0) })
        #expect(throws: CryptographyError.self) { try PublicKey.rsa(modulus: modulus, exponent: bytes) }
        for good: [UInt8] in [[3], [1, 0, 1], [0, 1, 0, 1]] { _ = try PublicKey.rsa(modulus: modulus, exponent: good) }
    }

    @Test("a point is on its curve", arguments: Curve.allCases)
    func point(curve: Curve) throws {
        let key = TestKey(.elliptic(curve.rawValue))
        let x = Array(key.publicPoint[1...curve.coordinateLength])
        let y = Array(key.publicPoint[(1 + curve.coordinateLength)...])
        #expect(try PublicKey.elliptic(curve, x: x, y: y).kind == .elliptic(curve))
        var off = y
        off[off.count - 1] ^= 1
        let zeros = [UInt8](repeating: 0, count: curve.coordinateLength)
        for (x, y) in [
            (x, off), (y, x), (zeros, zeros), (x, zeros), (x, Array(y.dropLast())), ([0] + x, y), ([], []), (x, []),
        ] {
            let error = #expect(throws: CryptographyError.self) { try PublicKey.elliptic(curve, x: x, y: y) }
            #expect(error?.reason == .unusableKey)
        }
        for other in Curve.allCases where other != curve {
            #expect(throws: CryptographyError.self) { try PublicKey.elliptic(other, x: x, y: y) }
        }
    }

    @Test("an Ed25519 key has 32 bytes", arguments: [0, 31, 33, 57, 64])
    func ed25519(length: Int) throws {
        #expect(throws: CryptographyError.self) { try PublicKey.ed25519([UInt8](repeating: 1, count: length)) }
        #expect(try PublicKey.ed25519(TestKey.ed25519.rawPublicKey).kind == .ed25519)
    }

    @Test("a key fits the algorithms of its kind and curve only", arguments: SignatureAlgorithm.allCases)
    func fits(algorithm: SignatureAlgorithm) throws {
        for key in [TestKey.rsa, .p256, .p384, .p521, .ed25519] {
            let publicKey = try SignatureTests.publicKey(key)
            #expect(publicKey.fits(algorithm) == (TestKey.forAlgorithm(algorithm) === key))
        }
    }
}
