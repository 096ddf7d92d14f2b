import Testing

@testable import Identity

@Suite("Form encoding")
struct FormEncodingTests {
    @Test(
        "encodes everything but letters, digits and four marks",
        arguments: [
            ("abcXYZ019-._~", "abcXYZ019-._~"), (" ", "%20"), ("+", "%2B"), ("&=?#/:%", "%26%3D%3F%23%2F%3A%25"),
            ("\u{e9}", "%C3%A9"), ("\u{1F600}", "%F0%9F%98%80"), ("\r\n\u{0}", "%0D%0A%00"),
            ("*'()!", "%2A%27%28%29%21"),
            ("", ""),
        ])
    func encoding(text: String, encoded: String) {
        #expect(FormEncoding.encode(text) == encoded)
    }

    @Test("joins fields in their order")
    func fields() {
        #expect(FormEncoding.encode([("a", "1 2"), ("b&", ""), ("a", "=")]) == "a=1%202&b%26=&a=%3D")
        #expect(FormEncoding.encode([(String, String)]()) == "")
    }

    @Test(
        "decodes",
        arguments: [
            ("", []), ("&", []), ("a=1", [["a", "1"]]), ("a=1&b=2", [["a", "1"], ["b", "2"]]), ("a", [["a", ""]]),
            ("a=", [["a", ""]]), ("=a", [["", "a"]]), ("a=1&&b=2", [["a", "1"], ["b", "2"]]),
            ("a=b=c", [["a", "b=c"]]),
            ("a+b=c+d", [["a b", "c d"]]), ("a%20b=%2B", [["a b", "+"]]), ("%C3%a9=%c3%A9", [["\u{e9}", "\u{e9}"]]),
            ("a=1&a=2", [["a", "1"], ["a", "2"]]), ("a;b=1", [["a;b", "1"]]), ("a=%26%3D", [["a", "&="]]),
        ] as [(String, [[String]])])
    func decoding(text: String, fields: [[String]]) throws {
        let decoded = try #require(FormEncoding.decode(text))
        #expect(decoded.map { [$0.name, $0.value] } == fields)
    }

    @Test(
        "refuses broken escapes, invalid UTF-8 and NUL",
        arguments: [
            "a=%", "a=%2", "a=%2G", "a=%GG", "%=a", "a=%C3", "a=%C3%28", "a=%FF", "a=%00", "a=\u{0}", "a=1&b=%",
            "a=%u0041", "a=%ED%A0%80", "a=%+1",
        ])
    func malformed(text: String) {
        #expect(FormEncoding.decode(text) == nil)
    }

    @Test("plain percent-decoding keeps a plus sign")
    func percentDecoding() {
        #expect(FormEncoding.percentDecode("a+b%2Cc") == "a+b,c")
        #expect(FormEncoding.percentDecode("50% off") == nil)
        #expect(FormEncoding.percentDecode("%00") == nil)
    }

    @Test("what is encoded decodes to the same")
    func roundTrip() throws {
        // A letter before each: a long run of combining marks is refused.
        let scalars = (1...0x2FFF).compactMap { Unicode.Scalar(UInt32($0)) }.flatMap { scalar -> [Unicode.Scalar] in
            ["a", scalar]
        }
        let text = String(String.UnicodeScalarView(scalars))
        let decoded = try #require(FormEncoding.decode(FormEncoding.encode([(text, text)])))
        #expect(decoded.count == 1)
        #expect(decoded[0].name.isIdentical(to: text) && decoded[0].value.isIdentical(to: text))
    }
}
