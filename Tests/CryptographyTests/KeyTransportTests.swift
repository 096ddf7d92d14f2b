import SAMLTestSupport
import Testing

@testable import Cryptography

@Suite("Key transport")
struct KeyTransportTests {
    static let maker = CertificateMaker(.rsa(bits: 2048))
    static let wrapped = Array(UInt8(0)..<32)
    static let names: [(OAEPHash, String)] = [
        (.sha1, "SHA1"), (.sha256, "SHA256"), (.sha384, "SHA384"), (.sha512, "SHA512"),
    ]

    @Test("unwraps with each digest and each mask, and with no other")
    func hashes() throws {
        let key = try PrivateKey(pem: Self.maker.privatePEM)
        for (digest, digestName) in Self.names {
            for (mask, maskName) in Self.names {
                let sealed = Self.maker.encryptOAEP(Self.wrapped, digest: digestName, mask: maskName)
                #expect(key.decryptOAEP(sealed, digest: digest, mask: mask, label: []) == Self.wrapped)
                let other = digest == .sha1 ? OAEPHash.sha256 : .sha1
                #expect(key.decryptOAEP(sealed, digest: other, mask: mask, label: []) == nil)
                let otherMask = mask == .sha1 ? OAEPHash.sha256 : .sha1
                #expect(key.decryptOAEP(sealed, digest: digest, mask: otherMask, label: []) == nil)
            }
        }
    }

    @Test("the label counts")
    func labels() throws {
        let key = try PrivateKey(pem: Self.maker.privatePEM)
        let label = Array("label".utf8)
        let sealed = Self.maker.encryptOAEP(Self.wrapped, digest: "SHA256", mask: "SHA1", label: label)
        #expect(key.decryptOAEP(sealed, digest: .sha256, mask: .sha1, label: label) == Self.wrapped)
        #expect(key.decryptOAEP(sealed, digest: .sha256, mask: .sha1, label: []) == nil)
        #expect(key.decryptOAEP(sealed, digest: .sha256, mask: .sha1, label: label + [0]) == nil)
    }

    @Test("refuses changed, cut, lengthened and foreign ciphertexts, and RSA 1.5")
    func refusals() throws {
        let key = try PrivateKey(pem: Self.maker.privatePEM)
        let sealed = Self.maker.encryptOAEP(Self.wrapped, digest: "SHA1", mask: "SHA1")
        func open(_ bytes: [UInt8]) -> [UInt8]? { key.decryptOAEP(bytes, digest: .sha1, mask: .sha1, label: []) }
        #expect(open(sealed) == Self.wrapped)
        var changed = sealed
        changed[200] ^= 1
        let foreign = CertificateMaker(.rsa(bits: 2048)).encryptOAEP(Self.wrapped, digest: "SHA1", mask: "SHA1")
        for bad in [
            changed, [], Array(sealed.dropLast()), sealed + [0], [0] + sealed, foreign,
            Self.maker.encryptPKCS1(Self.wrapped), [UInt8](repeating: 0, count: 256),
            [UInt8](repeating: 255, count: 256),
        ] {
            #expect(open(bad) == nil)
        }
    }

    @Test("an elliptic key unwraps nothing and has no RSA bits")
    func elliptic() throws {
        let key = try PrivateKey.generateP256()
        #expect(key.rsaBits == nil)
        #expect(key.decryptOAEP([UInt8](repeating: 1, count: 256), digest: .sha1, mask: .sha1, label: []) == nil)
        #expect(try PrivateKey(pem: Self.maker.privatePEM).rsaBits == 2048)
    }
}
