import SAMLTestSupport
import Testing

@testable import Cryptography

@Suite("Signatures of XML")
struct XMLSignatureTests {
    static let message = Array("<SignedInfo></SignedInfo>".utf8)
    static let rsa = CertificateMaker(.rsa(bits: 2048))
    static let curves: [(String, Int32)] = [("P-256", 32), ("P-384", 48), ("P-521", 66)]
    static let digests: [(String, XMLSignatureAlgorithm, XMLSignatureAlgorithm)] = [
        ("SHA256", .rsaSHA256, .ecdsaSHA256), ("SHA384", .rsaSHA384, .ecdsaSHA384),
        ("SHA512", .rsaSHA512, .ecdsaSHA512),
    ]

    static func publicKey(_ maker: CertificateMaker) throws -> PublicKey {
        try Certificate(der: maker.certificate()).publicKey
    }

    @Test("RSA with each hash verifies as itself and as nothing else")
    func rsaHashes() throws {
        let key = try Self.publicKey(Self.rsa)
        for (digest, algorithm, _) in Self.digests + [("SHA1", .insecureRSASHA1, .insecureRSASHA1)] {
            let signature = Self.rsa.sign(Self.message, digest: digest)
            for other in XMLSignatureAlgorithm.allCases {
                #expect(key.verifies(signature, over: Self.message, xml: other) == (other == algorithm))
            }
            #expect(!key.verifies(signature, over: Self.message + [0x20], xml: algorithm))
            #expect(!key.verifies(Array(signature.dropLast()), over: Self.message, xml: algorithm))
            #expect(!key.verifies(signature + [0], over: Self.message, xml: algorithm))
            #expect(!key.verifies([], over: Self.message, xml: algorithm))
            #expect(!key.verifies([0] + signature, over: Self.message, xml: algorithm))
        }
        #expect(
            try !Self.publicKey(CertificateMaker(.rsa(bits: 2048))).verifies(
                Self.rsa.sign(Self.message, digest: "SHA256"), over: Self.message, xml: .rsaSHA256))
    }

    @Test("each curve with each hash, as two full numbers and never as DER", arguments: curves)
    func ecdsa(curve: String, length: Int32) throws {
        let maker = CertificateMaker(.elliptic(curve))
        let key = try Self.publicKey(maker)
        for (digest, _, algorithm) in Self.digests {
            let der = maker.sign(Self.message, digest: digest)
            let halves = CertificateMaker.halves(ofDER: der, length: length)
            for other in XMLSignatureAlgorithm.allCases {
                #expect(key.verifies(halves, over: Self.message, xml: other) == (other == algorithm))
            }
            let zeros = [UInt8](repeating: 0, count: halves.count)
            let wider = CertificateMaker.halves(ofDER: der, length: length + 1)
            let swapped = Array(halves.suffix(Int(length)) + halves.prefix(Int(length)))
            for bad in [
                der, [], zeros, wider, swapped, Array(halves.dropLast()), halves + [0], Array(halves.dropLast(2)),
            ] {
                #expect(!key.verifies(bad, over: Self.message, xml: algorithm))
            }
            #expect(!key.verifies(halves, over: [], xml: algorithm))
        }
    }

    @Test("an Ed25519 key verifies nothing")
    func ed25519() throws {
        let key = try Self.publicKey(CertificateMaker(.named("ED25519")))
        for algorithm in XMLSignatureAlgorithm.allCases {
            #expect(!key.verifies([UInt8](repeating: 1, count: 64), over: Self.message, xml: algorithm))
        }
    }

    @Test("a private key says what it signs with, and its certificate verifies that")
    func ownSignatures() throws {
        let expected: [(CertificateMaker.Kind, XMLSignatureAlgorithm)] = [
            (.rsa(bits: 2048), .rsaSHA256), (.elliptic("P-256"), .ecdsaSHA256), (.elliptic("P-384"), .ecdsaSHA384),
            (.elliptic("P-521"), .ecdsaSHA512),
        ]
        for (kind, algorithm) in expected {
            let maker = CertificateMaker(kind)
            let key = try PrivateKey(pem: maker.privatePEM)
            #expect(key.xmlAlgorithm == algorithm)
            #expect(
                try Self.publicKey(maker).verifies(key.sign(Self.message), over: Self.message, xml: algorithm))
        }
        #expect(try PrivateKey(pem: CertificateMaker(.named("ED25519")).privatePEM).xmlAlgorithm == nil)
    }

    /// FIPS 180-4: the digests of "abc".
    @Test("the digests are those of the standard")
    func digests() {
        let abc = Array("abc".utf8)
        func hex(_ algorithm: XMLDigestAlgorithm) -> String {
            algorithm.hash(abc).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(hex(.insecureSHA1) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex(.sha256) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hex(.sha384)
                == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")
        #expect(
            hex(.sha512)
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
        #expect(XMLDigestAlgorithm.sha256.hash([]).prefix(4) == [0xE3, 0xB0, 0xC4, 0x42])
    }
}
