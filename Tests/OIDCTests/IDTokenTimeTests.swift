import Identity
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

/// Each rule exactly at its bound and one millisecond beyond. The clock skew is 60 s unless said otherwise.
@Suite("ID token: times")
struct IDTokenTimeTests {
    typealias Fixture = IDTokenFixture
    static let now = Fixture.now
    static let day = Duration.seconds(24 * 3600)

    @Test("expiry: good until the skew after it, and no longer (RFC 7519 §4.1.4)")
    func expiry() throws {
        let exp: [(String, JSON?)] = [("exp", Fixture.seconds(Self.now))]
        #expect(try Fixture.code(exp, now: Self.now - .milliseconds(1)) == nil)
        #expect(try Fixture.code(exp, now: Self.now) == nil)
        #expect(try Fixture.code(exp, now: Self.now + .milliseconds(59_999)) == nil)
        #expect(try Fixture.code(exp, now: Self.now + .seconds(60)) == "expired")
        #expect(try Fixture.code(exp, now: Self.now + .seconds(3600)) == "expired")
        let strict = Fixture.expectation(clockSkew: .zero)
        #expect(try Fixture.code(exp, strict, now: Self.now - .milliseconds(1)) == "issued_in_future")
        #expect(
            try Fixture.code(
                exp + [("iat", Fixture.seconds(Self.now - .seconds(9)))], strict, now: Self.now - .milliseconds(1))
                == nil)
        #expect(try Fixture.code(exp, strict, now: Self.now) == "expired")
        #expect(try Fixture.code([("exp", nil)]) == "expiry_missing")
    }

    @Test("issued in the future: up to the skew")
    func issuedInFuture() throws {
        #expect(try Fixture.code([], now: Self.now - .seconds(60)) == nil)
        #expect(try Fixture.code([], now: Self.now - .milliseconds(60_001)) == "issued_in_future")
        #expect(try Fixture.code([("iat", Fixture.seconds(Self.now + .milliseconds(60_000)))]) == nil)
        #expect(try Fixture.code([("iat", Fixture.seconds(Self.now + .milliseconds(60_001)))]) == "issued_in_future")
        #expect(try Fixture.code([("iat", nil)]) == "issued_at_missing")
    }

    @Test("issued long ago: a day and the skew")
    func issuedLongAgo() throws {
        let bound = Self.now - Self.day - .seconds(60)
        #expect(try Fixture.code([("iat", Fixture.seconds(bound))]) == nil)
        #expect(try Fixture.code([("iat", Fixture.seconds(bound - .milliseconds(1)))]) == "issued_too_long_ago")
        #expect(try Fixture.code([("iat", 0)]) == "issued_too_long_ago")
    }

    @Test("not before: up to the skew")
    func notBefore() throws {
        #expect(try Fixture.code([("nbf", Fixture.seconds(Self.now))]) == nil)
        #expect(try Fixture.code([("nbf", Fixture.seconds(Self.now + .seconds(60)))]) == nil)
        #expect(try Fixture.code([("nbf", Fixture.seconds(Self.now + .milliseconds(60_001)))]) == "not_yet_valid")
    }

    @Test("authentication: within max_age to the millisecond, as session checks have it, and not in the future")
    func authentication() throws {
        let asked = Fixture.expectation(maximumAge: .seconds(900))
        #expect(try Fixture.code([("auth_time", nil)], asked) == "auth_time_missing")
        #expect(try Fixture.code([("auth_time", nil)]) == nil)
        let oldest = Self.now - .seconds(900)
        #expect(try Fixture.code([("auth_time", Fixture.seconds(oldest))], asked) == nil)
        #expect(
            try Fixture.code([("auth_time", Fixture.seconds(oldest - .milliseconds(1)))], asked) == "auth_time_too_old")
        #expect(try Fixture.code([("auth_time", Fixture.seconds(oldest - .milliseconds(1)))]) == nil)
        #expect(try Fixture.code([("auth_time", Fixture.seconds(Self.now + .seconds(60)))], asked) == nil)
        #expect(
            try Fixture.code([("auth_time", Fixture.seconds(Self.now + .milliseconds(60_001)))]) == "claim_malformed")
    }

    @Test("max_age 0 means: just now")
    func maximumAgeZero() throws {
        let asked = Fixture.expectation(maximumAge: .zero)
        #expect(try Fixture.code([("auth_time", Fixture.seconds(Self.now))], asked) == nil)
        #expect(
            try Fixture.code([("auth_time", Fixture.seconds(Self.now - .milliseconds(1)))], asked)
                == "auth_time_too_old")
    }

    @Test("the time of authentication comes out")
    func authenticatedAt() throws {
        let time = Self.now - .seconds(100)
        let token = Fixture.good.claiming([("auth_time", Fixture.seconds(time))]).signed(by: .p256, .es256, kid: "k1")
        #expect(try Fixture.verify(token).authenticatedAt == time)
    }

    @Test(
        "a time is a number of seconds from 1970 to 9999", arguments: ["exp", "iat", "nbf", "auth_time"],
        [
            "1795341171", true, nil, [1], [:], -1, .double(-0.5), .double(1e300), .integer(.max), .integer(.min),
            .integer(253_402_300_800), .double(253_402_300_799.5),
        ] as [JSON])
    func malformed(name: String, value: JSON) throws {
        #expect(try Fixture.code([(name, value)]) == "claim_malformed")
    }

    @Test("the last second of 9999 and fractions of seconds are times")
    func wellFormed() throws {
        #expect(try Fixture.code([("exp", .integer(253_402_300_799))]) == nil)
        #expect(
            try Fixture.code([
                ("exp", .double(Double(Self.now.seconds) + 0.5)), ("iat", .double(Double(Self.now.seconds) - 0.25)),
            ]) == nil)
        #expect(try Fixture.code([("nbf", 0), ("auth_time", 0)]) == nil)
    }
}
