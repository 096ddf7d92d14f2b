import Testing
import XMLTree

/// What may stand in text, in an attribute and in a name, byte by byte (XML 1.0 §2.2, RFC 3629 §3 and §4).
@Suite struct EncodingTests {
    static let good: [[UInt8]] = [
        [0x09], [0x0A], [0x0D], [0x20], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xEC, 0xBF, 0xBF],
        [0xED, 0x80, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBD], [0xEF, 0xBB, 0xBF],
        [0xEF, 0xBE, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x80], [0xF3, 0xBF, 0xBF, 0xBF],
        [0xF4, 0x8F, 0xBF, 0xBF],
    ]

    static let bad: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC2], [0xE0, 0x80, 0x80],
        [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
        [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    @Test(arguments: good)
    func charactersThatPass(_ bytes: [UInt8]) throws {
        #expect(refusal(try Change("text", bytes: bytes).apply()) == nil)
        #expect(refusal(try Change(#"c="d""#, bytes: Array("c='".utf8) + bytes + Array("'".utf8)).apply()) == nil)
    }

    @Test(arguments: bad)
    func bytesThatAreNotUTF8(_ bytes: [UInt8]) throws {
        #expect(refusal(try Change("text", bytes: bytes).apply()) == .notUTF8)
        #expect(refusal(try Change(#"c="d""#, bytes: Array("c='".utf8) + bytes + Array("'".utf8)).apply()) == .notUTF8)
        #expect(refusal(try Change("<c/>", bytes: Array("<c".utf8) + bytes + Array("/>".utf8)).apply()) == .notUTF8)
        #expect(refusal(try Change("</r>", bytes: Array("</r>".utf8) + bytes).apply()) == .notUTF8)
        // Cut off in the middle of the document there is still a character cut short.
        #expect(refusal(Array("<r>".utf8) + bytes) == .notUTF8)
    }

    static let controls: [[UInt8]] =
        (0..<0x20).filter { ![0x09, 0x0A, 0x0D].contains($0) }.map { [$0] } + [
            [0xEF, 0xBF, 0xBE], [0xEF, 0xBF, 0xBF],
        ]

    @Test(arguments: controls)
    func charactersThatXMLForbids(_ bytes: [UInt8]) throws {
        #expect(refusal(try Change("text", bytes: bytes).apply()) == .controlCharacter)
        let quoted = Array("c='".utf8) + bytes + Array("'".utf8)
        #expect(refusal(try Change(#"c="d""#, bytes: quoted).apply()) == .controlCharacter)
        #expect(
            refusal(try Change("<c/>", bytes: Array("<c".utf8) + bytes + Array("/>".utf8)).apply()) == .controlCharacter
        )
        #expect(
            refusal(try Change("</a:b>", bytes: Array("</a:b".utf8) + bytes + Array(">".utf8)).apply())
                == .controlCharacter)
        #expect(refusal(try Change("</r>", bytes: Array("</r>".utf8) + bytes).apply()) == .controlCharacter)
        #expect(refusal(bytes + Array(Change.good.utf8)) == .controlCharacter)
    }

    /// Encodings that a parser might find out by itself (XML 1.0 appendix F).
    @Test func otherEncodings() {
        let text = Array("<r/>".utf8)
        #expect(refusal(text.flatMap { [0, $0] }) == .controlCharacter)
        #expect(refusal(text.flatMap { [$0, 0] }) == .controlCharacter)
        #expect(refusal([0xFE, 0xFF] + text.flatMap { [0, $0] }) == .notUTF8)
        #expect(refusal([0xFF, 0xFE] + text.flatMap { [$0, 0] }) == .notUTF8)
        #expect(refusal(text.flatMap { [0, 0, 0, $0] }) == .controlCharacter)
        #expect(refusal([0xEF, 0xBB, 0xBF] + text) == .notUTF8)
        #expect(refusal([0x4C, 0x6F, 0xA7, 0x94]) == .malformed)
        #expect(refusal("+ADw-r/+AD4-") == .malformed)
    }

    @Test(arguments: ["", " ", "\n\t\r\n", #"<?xml version="1.0"?>"#, #"<?xml version="1.0"?>"# + "\n"])
    func nothingAtAll(_ text: String) {
        #expect(refusal(text) == .empty)
    }

    /// Every beginning of a good document is refused, and nothing traps.
    @Test func everyBeginning() {
        let bytes = Array(Change.good.utf8)
        for length in 0..<bytes.count - 1 {
            #expect(refusal(Array(bytes[..<length])) != nil, "\(length)")
        }
        #expect(refusal(Array(bytes[..<(bytes.count - 1)])) == nil)
    }
}
