import Testing

@testable import Identity

@Suite("Text that is cheap to compare")
struct StreamSafeTextTests {
    @Test("thirty marks in a row pass, one more does not; a letter between begins anew")
    func limit() {
        let marks = String(repeating: "\u{301}", count: 30)
        #expect(StreamSafeText.isSafe("a" + marks))
        #expect(StreamSafeText.isSafe("a" + marks + "b" + marks))
        #expect(!StreamSafeText.isSafe("a" + marks + "\u{316}"))
        #expect(!StreamSafeText.isSafe(marks + "\u{301}"))
    }

    @Test(
        "marks are marks whatever their class, also those that only decompose into some",
        arguments: [
            "\u{301}", "\u{316}", "\u{345}", "\u{591}", "\u{F71}", "\u{F73}", "\u{F75}", "\u{F81}", "\u{344}",
        ])
    func marks(mark: String) {
        #expect(!StreamSafeText.isSafe("a" + String(repeating: mark, count: 31)))
    }

    @Test(
        "what people write passes",
        arguments: ["", "Zürich", "Đặng Thị Ánh", "שָׁלוֹם", "प्रिया", "한국어", "👩🏽‍🚒", "e\u{301}\u{323}"])
    func words(text: String) {
        #expect(StreamSafeText.isSafe(text))
    }

    @Test("forms and queries with more are not read, in names and in values")
    func forms() {
        let marks = String(repeating: "%CC%81", count: 31)
        #expect(FormEncoding.decode("a=b\(marks)") == nil)
        #expect(FormEncoding.decode("a\(marks)=b") == nil)
        #expect(FormEncoding.decode("a=b" + String(repeating: "%CC%81", count: 30)) != nil)
        #expect(FormEncoding.percentDecode("a\(marks)") == nil)
    }

    @Test("a thousand fields are read, and no more")
    func fields() {
        let fields = Array(repeating: "a=b", count: 1000).joined(separator: "&")
        #expect(FormEncoding.decode(fields)?.count == 1000)
        #expect(FormEncoding.decode(fields + "&a=b") == nil)
    }
}
