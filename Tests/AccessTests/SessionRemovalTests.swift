import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Sessions: removal of what is over")
struct SessionRemovalTests {
    @Test("what is over is removed and audited by its reason, what is not stays")
    func removal() async throws {
        let fixture = try await AccessFixture()
        let rules = fixture.check.currentRules
        let idle = try await fixture.signIn()
        fixture.clock.advance(.seconds(100))
        let live = try await fixture.signIn()
        // A minute beyond the idle time, as the store lags behind memory.
        fixture.clock.now = TestClock.start + .seconds(1800 + 60) - .milliseconds(1)
        try await fixture.sessions.removeExpired(rules: rules)
        #expect(try await fixture.sessionRows == 2)
        fixture.clock.advance(.milliseconds(1))
        try await fixture.sessions.removeExpired(rules: rules)
        #expect(try await fixture.list().map(\.id) == [live.id])
        let event = try await fixture.trail().first { $0.kind == .sessionEnded }
        #expect(event?.session == idle.id && event?.reason == "idle_timeout" && event?.realm == "infraon")
        fixture.clock.now = live.endsAt
        try await fixture.sessions.removeExpired(rules: rules)
        #expect(try await fixture.sessionRows == 0)
        #expect(
            try await fixture.events().filter { $0.hasPrefix("session.ended") } == [
                "session.ended absolute_timeout", "session.ended idle_timeout",
            ])
    }

    @Test("each realm has its own times")
    func realms() async throws {
        let fixture = try await AccessFixture()
        _ = try await fixture.signIn()
        let portal = try await fixture.signIn(realm: AccessFixture.portal)
        fixture.clock.advance(.seconds(1900))
        try await fixture.sessions.removeExpired(rules: fixture.check.currentRules)
        #expect(try await fixture.list().map(\.id) == [portal.id])
    }

    @Test("a session of a realm that is no longer configured goes when its end has come")
    func removedRealm() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        let rules = AccessFixture.rules(AccessFixture.portal)
        fixture.check.replaceRules(rules)
        try await fixture.sessions.removeExpired(rules: rules)
        #expect(try await fixture.sessionRows == 1)
        fixture.clock.now = session.endsAt
        try await fixture.sessions.removeExpired(rules: rules)
        #expect(try await fixture.sessionRows == 0)
    }

    @Test("an absolute time that was made shorter counts at once")
    func shorterAbsolute() async throws {
        let fixture = try await AccessFixture()
        _ = try await fixture.signIn()
        let short = AccessFixture.rules(
            AccessFixture.realm("infraon", idle: .seconds(600), absolute: .seconds(600), roles: [("*", "admin")]))
        fixture.clock.advance(.seconds(600) - .milliseconds(1))
        try await fixture.sessions.removeExpired(rules: short)
        #expect(try await fixture.sessionRows == 1)
        fixture.clock.advance(.milliseconds(1))
        try await fixture.sessions.removeExpired(rules: short)
        #expect(try await fixture.sessionRows == 0)
        #expect(try await fixture.events().first == "session.ended absolute_timeout")
    }
}
