import Testing

@testable import Cryptography

@Suite("Digests and message authentication")
struct DigestTests {
    @Test("hashes as FIPS 180-4 says")
    func hashes() {
        #expect(
            hex(HashFunction.sha256.hash("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hex(HashFunction.sha384.hash("abc".utf8))
                == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")
        #expect(
            hex(HashFunction.sha512.hash("abc".utf8))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        )
    }

    @Test("hashes nothing", arguments: HashFunction.allCases)
    func empty(function: HashFunction) {
        #expect(function.hash([]).count == function.byteCount)
    }

    @Test("a digest as a key is the digest of the text's bytes")
    func digestKey() {
        for text in ["", "abc", "\u{e9}", String(repeating: "x", count: 1000)] {
            #expect(SHA256Digest(of: text).bytes == HashFunction.sha256.hash(text.utf8))
            #expect(SHA256Digest(of: text).base64URL == Base64URL.encode(HashFunction.sha256.hash(text.utf8)))
            #expect(SHA256Digest(of: text) == SHA256Digest(of: text))
            #expect(SHA256Digest(of: text).hashValue == SHA256Digest(of: text).hashValue)
        }
        #expect(SHA256Digest(of: "K") != SHA256Digest(of: "\u{212A}"))
        // A text that is a slice of another has bytes of its own.
        #expect(SHA256Digest(of: String("xabcx".dropFirst().dropLast())) == SHA256Digest(of: "abc"))
    }

    @Test("HMAC as RFC 4231 says")
    func hmac() {
        #expect(
            hex(hmacSHA256(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            hex(
                hmacSHA256(
                    key: [UInt8](repeating: 0xAA, count: 131),
                    message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        #expect(hmacSHA256(key: [1], message: []).count == 32)
    }

    @Test("compares in constant time, by bytes")
    func constantTime() {
        #expect(equalInConstantTime("", ""))
        #expect(equalInConstantTime("abc", "abc"))
        #expect(!equalInConstantTime("abc", "abd"))
        #expect(!equalInConstantTime("abc", "ab"))
        #expect(!equalInConstantTime("", "a"))
        #expect(!equalInConstantTime("K", "\u{212A}"))
        #expect(!equalInConstantTime("\u{e9}", "e\u{301}"))
        #expect(equalInConstantTime([1, 2] as [UInt8], [1, 2] as [UInt8]))
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
