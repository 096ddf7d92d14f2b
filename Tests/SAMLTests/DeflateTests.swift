import Testing

@testable import SAML

@Suite("DEFLATE")
struct DeflateTests {
    static let limit = 1 << 20

    func code(_ bytes: [UInt8], limit: Int = limit) -> String? {
        samlCode { () throws(SAMLRejection) in _ = try Deflate.inflate(bytes, limit: limit) }
    }

    @Test("what is compressed comes back", arguments: [0, 1, 100, 16_383, 16_384, 16_385, 200_000])
    func roundTrip(count: Int) throws {
        // Hardly compressible, so that output and input both need several steps.
        var state: UInt32 = 1
        let bytes = (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        #expect(try Deflate.inflate(Deflate.compress(bytes), limit: Self.limit) == bytes)
        #expect(try Deflate.inflate(Deflate.compress(bytes), limit: count) == bytes)
    }

    /// RFC 1951 §3.2.4 and §3.2.6, by hand: a stored block, and "abc" in the fixed code.
    @Test("reads streams that no compressor of ours made")
    func foreignStreams() throws {
        #expect(try Deflate.inflate([1, 3, 0, 0xFC, 0xFF, 0x61, 0x62, 0x63], limit: 10) == Array("abc".utf8))
        #expect(try Deflate.inflate([0x4B, 0x4C, 0x4A, 0x06, 0x00], limit: 10) == Array("abc".utf8))
        // Several blocks.
        #expect(
            try Deflate.inflate([0, 1, 0, 0xFE, 0xFF, 0x61, 1, 1, 0, 0xFE, 0xFF, 0x62], limit: 10) == Array("ab".utf8))
    }

    @Test("a stream that does not end is refused, wherever it is cut")
    func cut() {
        let whole = Deflate.compress(Array("<samlp:LogoutRequest></samlp:LogoutRequest>".utf8))
        #expect(code(whole) == nil)
        for count in 0..<whole.count { #expect(code(Array(whole.prefix(count))) == "deflate_malformed") }
    }

    @Test("bytes after the end are refused")
    func trailing() {
        let whole = Deflate.compress(Array("message".utf8))
        #expect(code(whole + [0]) == "deflate_trailing_bytes")
        #expect(code(whole + whole) == "deflate_trailing_bytes")
    }

    @Test("what is no raw DEFLATE is refused")
    func foreign() {
        let message = Array("<samlp:LogoutRequest></samlp:LogoutRequest>".utf8)
        let raw = Deflate.compress(message)
        // With the headers of zlib (RFC 1950) and gzip (RFC 1952), and plain XML.
        for bytes in [[0x78, 0x9C] + raw + [0, 0, 0, 0], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + raw, message] {
            #expect(code(bytes) == "deflate_malformed")
        }
        // A block of the reserved type; a copy from before the beginning.
        #expect(code([0x07]) == "deflate_malformed")
        #expect(code([0x4B, 0x04, 0x7E, 0x00]) == "deflate_malformed")
    }

    @Test("what inflates beyond the limit is refused, and what is exactly as long is not")
    func limits() {
        // Hardly compressible, so that it is the size and not the ratio.
        let bytes = Array((0..<60_000).map { "\($0 &* 7919)" }.joined().utf8.prefix(200_000))
        let compressed = Deflate.compress(bytes)
        #expect(code(compressed, limit: 200_000) == nil)
        #expect(code(compressed, limit: 199_999) == "inflated_too_large")
    }

    @Test("a bomb is refused before it is unpacked, and a small one is none")
    func bombs() {
        #expect(code(Deflate.compress([UInt8](repeating: 0x20, count: 1 << 16))) == nil)
        #expect(code(Deflate.compress([UInt8](repeating: 0x20, count: 1 << 20))) == "inflated_too_much")
        #expect(code(Deflate.compress([UInt8](repeating: 0x20, count: 1 << 26))) == "inflated_too_large")
    }

    @Test("a million empty blocks are work for their own length only")
    func emptyBlocks() {
        let empty: [UInt8] = [0, 0, 0, 0xFF, 0xFF]
        let bytes = Array(repeatElement(empty, count: 50_000).joined())
        #expect(code(bytes) == "deflate_malformed")
        #expect(code(bytes + [1, 1, 0, 0xFE, 0xFF, 0x61]) == nil)
    }
}
