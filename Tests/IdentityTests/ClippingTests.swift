import Testing

@testable import Identity

@Suite("Clipping")
struct ClippingTests {
    @Test(
        "keeps at most so many bytes, and whole scalars",
        arguments: [
            ("", 0, ""), ("abc", 3, "abc"), ("abc", 2, "ab…"), ("abc", 0, "…"), ("\u{e9}\u{e9}", 4, "\u{e9}\u{e9}"),
            ("\u{e9}\u{e9}", 3, "\u{e9}…"), ("\u{1F600}x", 3, "…"), ("\u{1F600}x", 4, "\u{1F600}…"),
        ])
    func clipping(text: String, bytes: Int, clipped: String) {
        #expect(text.clipped(bytes) == clipped)
    }

    @Test("one letter with a hundred thousand marks is clipped too")
    func combiningMarks() {
        let text = "a" + String(repeating: "\u{301}", count: 100_000)
        #expect(text.count == 1)
        #expect(text.clipped(300).utf8.count <= 303)
    }
}
