import Testing

@testable import Identity

@Suite("Time")
struct UnixTimeTests {
    @Test(
        "is written and read as RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_341_171_000, "2026-11-22T09:52:51.000Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func rfc3339(milliseconds: Int64, text: String) {
        #expect(UnixTime(milliseconds: milliseconds).description == text)
        #expect(UnixTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test("every day of 400 years is written and read alike")
    func everyDay() {
        for day in 0..<146_097 {
            let time = UnixTime(seconds: Int64(day) * 86400 + 3)
            #expect(UnixTime(rfc3339: time.description) == time)
        }
    }

    @Test(
        "reads offsets, fractions and lower case",
        arguments: [
            "2026-11-22T10:52:51+01:00", "2026-11-22t09:52:51z", "2026-11-22 09:52:51Z", "2026-11-21T23:22:51-10:30",
            "2026-11-22T09:52:51.0Z", "2026-11-22T09:52:51.000000001Z", "2026-11-22T09:52:51-00:00",
        ])
    func spellings(text: String) {
        #expect(UnixTime(rfc3339: text)?.milliseconds == 1_795_341_171_000)
    }

    @Test(
        "keeps milliseconds of a fraction",
        arguments: [(".5", 500), (".25", 250), (".123", 123), (".1239", 123), (".009", 9)])
    func fractions(fraction: String, milliseconds: Int64) {
        #expect(UnixTime(rfc3339: "1970-01-01T00:00:00\(fraction)Z")?.milliseconds == milliseconds)
    }

    @Test(
        "refuses what is no RFC 3339",
        arguments: [
            "", "2026-11-22", "2026-11-22T09:52:51", "2026-11-22T09:52Z", "2026-13-22T09:52:51Z",
            "2026-00-22T09:52:51Z",
            "2026-02-29T09:52:51Z", "2026-11-31T09:52:51Z", "2026-11-00T09:52:51Z", "2026-11-22T24:00:00Z",
            "2026-11-22T09:60:51Z", "2026-11-22T09:52:61Z", "2026-11-22T09:52:51.Z", "2026-11-22T09:52:51+0100",
            "2026-11-22T09:52:51+24:00", "2026-11-22T09:52:51+01:60", "2026-11-22T09:52:51Z ", " 2026-11-22T09:52:51Z",
            "26-11-22T09:52:51Z", "2026-11-22T09:52:51ZZ", "1795341171", "2026-11-22T9:52:51Z",
            "2026-11-2\u{0662}T09:52:51Z",
            "+026-11-22T09:52:51Z",
        ])
    func malformed(text: String) {
        #expect(UnixTime(rfc3339: text) == nil)
    }

    @Test("adds, subtracts and compares")
    func arithmetic() {
        let time = UnixTime(seconds: 100)
        #expect((time + .milliseconds(1)).milliseconds == 100_001)
        #expect((time - .seconds(101)).milliseconds == -1000)
        #expect(UnixTime(seconds: 103) - time == .seconds(3))
        #expect(time < time + .milliseconds(1))
        #expect(!(time < time))
    }

    @Test(
        "seconds round down",
        arguments: [(999, 0), (1000, 1), (0, 0), (-1, -1), (-1000, -1), (-1001, -2)] as [(Int64, Int64)])
    func seconds(milliseconds: Int64, seconds: Int64) {
        #expect(UnixTime(milliseconds: milliseconds).seconds == seconds)
    }

    @Test("the machine's clock runs")
    func system() {
        #expect(WallClock.system.now > UnixTime(seconds: 1_700_000_000))
        #expect(WallClock { UnixTime(seconds: 5) }.now == UnixTime(seconds: 5))
    }

    @Test(
        "is written as HTTP wants it (RFC 9110 §5.6.7)",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"), (1_795_341_171, "Sun, 22 Nov 2026 09:52:51 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] as [(Int64, String)])
    func httpDate(seconds: Int64, text: String) {
        #expect(UnixTime(seconds: seconds).httpDate == text)
    }
}
