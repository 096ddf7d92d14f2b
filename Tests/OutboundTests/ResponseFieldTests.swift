import Identity
import Testing

@testable import Outbound

@Suite("Fields of an answer")
struct ResponseFieldTests {
    static let now = UnixTime(seconds: 1_795_341_171)

    private static func response(_ fields: (String, String)...) -> OutboundResponse {
        OutboundResponse(status: 200, headers: fields.map { (name: $0.0, value: $0.1) }, body: [])
    }

    @Test(
        "a date is read in the form that HTTP asks to send (RFC 9110 §5.6.7), and written back the same",
        arguments: [
            "Sun, 22 Nov 2026 09:52:51 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
            "Tue, 29 Feb 2028 23:59:59 GMT", "Fri, 31 Dec 2100 10:00:00 GMT",
        ])
    func dates(text: String) throws {
        #expect(try #require(UnixTime(httpDate: text)).httpDate == text)
        #expect(Self.response(("date", text)).date?.httpDate == text)
    }

    @Test(
        "what is no such date",
        arguments: [
            "", "now", "Mon, 22 Nov 2026 09:52:51 GMT", "Sun, 22 Nov 2026 09:52:51 UTC",
            "Sun, 22 Nov 2026 09:52:51 +0000", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "Sun, 22 nov 2026 09:52:51 GMT", "Sun, 31 Nov 2026 09:52:51 GMT", "Sun, 22 Nov 2026 24:52:51 GMT",
            "Sun, 22 Nov 2026 09:52:51 GMT ", "Sun,  2 Nov 2026 09:52:51 GMT", "22 Nov 2026 09:52:51 GMT",
            "Sun, 22 Nov 2026 09:52:51.5 GMT",
        ])
    func noDates(text: String) {
        #expect(UnixTime(httpDate: text) == nil)
    }

    @Test(
        "how long to wait: seconds or a date, from now to a day (RFC 9110 §10.2.3)",
        arguments: [
            ("0", .zero), ("7", .seconds(7)), ("86400", .seconds(86400)), ("86401", .seconds(86400)),
            ("9223372036854775808", .seconds(86400)), ("Sun, 22 Nov 2026 09:53:51 GMT", .seconds(60)),
            ("Sun, 22 Nov 2026 09:51:51 GMT", .zero), ("Fri, 31 Dec 2100 10:00:00 GMT", .seconds(86400)),
            ("", nil), ("-1", nil), ("1.5", nil), ("7 ", nil), ("soon", nil), ("\u{0667}", nil),
        ] as [(String, Duration?)])
    func retryAfter(text: String, expected: Duration?) {
        #expect(Self.response(("retry-after", text)).retryAfter(now: Self.now) == expected)
        #expect(Self.response().retryAfter(now: Self.now) == nil)
    }

    @Test("of a field that comes twice the first counts")
    func twice() {
        #expect(Self.response(("a", "1"), ("a", "2")).header("a") == "1")
        #expect(Self.response().header("a") == nil)
    }
}
