import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Times of a response")
struct ResponseTimeTests {
    private typealias Fixture = ResponseFixture

    /// Signed in so long ago that the times of the Conditions alone decide.
    private static var earlier: ResponseText {
        Fixture.good.changed { $0.authnStatement = ResponseText.authnStatementElement(at: "2026-11-22T09:50:00.000Z") }
    }

    @Test(
        "NotBefore counts from the moment on, NotOnOrAfter up to it, both with the skew",
        arguments: [
            (-360_001, "not_yet_valid"), (-360_000, nil), (0, nil), (359_999, nil), (360_000, "expired"),
        ])
    func conditions(milliseconds: Int, code: String?) throws {
        let now = Fixture.now + .milliseconds(milliseconds)
        #expect(try Fixture.code(Self.earlier, now: now) == code)
    }

    @Test("without a skew")
    func noSkew() throws {
        let expectation = try Fixture.expectation(clockSkew: .zero)
        for (milliseconds, code) in [
            (-300_001, "not_yet_valid"), (-300_000, nil), (299_999, nil), (300_000, "expired"),
        ] {
            let now = Fixture.now + .milliseconds(milliseconds)
            #expect(try Fixture.code(Self.earlier, by: expectation, now: now) == code)
        }
    }

    @Test("a replay is remembered until the assertion is refused for its age")
    func expiresAt() throws {
        for (conditions, confirmation) in [("10:05", "10:05"), ("10:05", "10:03"), ("10:03", "10:05")] {
            let response = Fixture.good.changed {
                $0.conditions = ResponseText.conditionsElement(notOnOrAfter: "2026-11-22T\(conditions):00.000Z")
                $0.confirmation = ResponseText.confirmationElement([
                    ("NotOnOrAfter", "2026-11-22T\(confirmation):00.000Z")
                ])
            }
            let end = try Fixture.accepted(response).expiresAt
            #expect(try Fixture.code(response, now: end - .milliseconds(1)) == nil)
            #expect(try Fixture.code(response, now: end) != nil)
        }
    }

    @Test("the session ends by the first end of all statements, and that may lie an hour away")
    func sessionEnd() throws {
        let response = Fixture.good.changed {
            $0.authnStatement =
                ResponseText.authnStatementElement(sessionEnd: "2026-11-22T12:00:00.000Z")
                + ResponseText.authnStatementElement(sessionEnd: "2026-11-22T11:00:00.000Z")
        }
        #expect(try Fixture.accepted(response).sessionEndsBy == Fixture.now + .seconds(3600))
    }

    @Test(
        "an end that has passed by our clock and not by the skew's is the skew later, or the session were over at once")
    func sessionEndWithinSkew() throws {
        for (end, ours) in [("09:59:00.001", 1), ("09:59:30.000", 30_000), ("10:00:00.000", 60_000)] {
            let response = Fixture.good.changed {
                $0.authnStatement = ResponseText.authnStatementElement(sessionEnd: "2026-11-22T\(end)Z")
            }
            #expect(try Fixture.accepted(response).sessionEndsBy == Fixture.now + .milliseconds(ours))
        }
        let ahead = Fixture.good.changed {
            $0.authnStatement = ResponseText.authnStatementElement(sessionEnd: "2026-11-22T10:00:00.001Z")
        }
        #expect(try Fixture.accepted(ahead).sessionEndsBy == Fixture.now + .milliseconds(1))
    }

    @Test(
        "who was to authenticate anew has done so since, but for the skew",
        arguments: [
            (0, nil), (30_000, nil), (90_000, nil), (90_001, "authentication_too_old"),
            (3_600_000, "authentication_too_old"),
        ])
    func forcedAuthentication(milliseconds: Int, code: String?) throws {
        let expectation = try Fixture.expectation(authenticatedAfter: Fixture.now - .seconds(30))
        let response = Fixture.good.changed {
            $0.authnStatement = ResponseText.authnStatementElement(
                at: (Fixture.now - .milliseconds(milliseconds)).description)
        }
        #expect(try Fixture.code(response, by: expectation) == code)
        #expect(try Fixture.code(response) == nil)
    }

    @Test("the age of the sign-in", arguments: [(0, nil), (960, nil), (961, "authentication_too_old")])
    func maximumAge(seconds: Int, code: String?) throws {
        let expectation = try Fixture.expectation(maximumAge: .seconds(900))
        let response = Fixture.good.changed {
            $0.authnStatement = ResponseText.authnStatementElement(at: (Fixture.now - .seconds(seconds)).description)
        }
        #expect(try Fixture.code(response, by: expectation) == code)
    }

    @Test(
        "a provider's clock that is a little ahead makes no sign-in younger than now, one that is far ahead is refused")
    func clockAhead() throws {
        let ahead = { (time: String) in
            Fixture.good.changed { $0.authnStatement = ResponseText.authnStatementElement(at: "2026-11-22T\(time)Z") }
        }
        #expect(try Fixture.accepted(ahead("10:01:00.000")).authenticatedAt == Fixture.now)
        #expect(try Fixture.code(ahead("10:01:00.001")) == "not_yet_valid")
    }

    @Test(
        "only UTC as XML Schema writes it is a time",
        arguments: [
            "2026-11-22T10:05:00", "2026-11-22 10:05:00Z", "2026-11-22T10:05:00z", "2026-11-22T10:05:00+00:00", "",
            "2026-11-22",
            "2026-02-30T10:05:00Z", "tomorrow", " 2026-11-22T10:05:00Z", "99999-11-22T10:05:00Z",
            "2026-11-22T10:05:00.\(String(repeating: "0", count: 100))Z",
        ])
    func forms(text: String) throws {
        #expect(
            try Fixture.code { $0.conditions = ResponseText.conditionsElement(notOnOrAfter: text) } == "time_malformed")
    }
}
