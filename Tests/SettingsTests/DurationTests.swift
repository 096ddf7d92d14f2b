import Testing

@testable import Settings

@Suite("Durations of the configuration")
struct DurationTests {
    @Test(
        "has a unit",
        arguments: [
            ("1s", 1), ("90s", 90), ("15m", 900), ("12h", 43200), ("30d", 2_592_000), ("007m", 420),
            ("3650d", 315_360_000), ("315360000s", 315_360_000),
        ] as [(String, Int64)])
    func good(text: String, seconds: Int64) {
        #expect(Duration(configured: text) == .seconds(seconds))
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "s", "0s", "0d", "00m", "1", "90", "1.5h", "1,5h", "-1s", "+1s", "1 s", " 1s", "1s ", "1ms", "1S", "1M",
            "1w", "1y", "1h30m", "one hour", "3651d", "315360001s", "99999999999999999999d", "9223372036854775807d",
            "1\u{0661}s", "\u{0661}s", "1\u{17F}", "1s\u{301}", "0x1s", "1e3s", "PT1H",
        ])
    func bad(text: String) {
        #expect(Duration(configured: text) == nil)
    }
}
