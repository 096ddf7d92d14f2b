import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Session check: time")
struct SessionTimeTests {
    @Test("an unused session ends at its idle time, to the millisecond", arguments: [false, true])
    func idle(isHot: Bool) async throws {
        let fixture = try await AccessFixture()
        let early = try await fixture.signIn()
        let late = try await fixture.signIn()
        fixture.clock.advance(.seconds(1800) - .milliseconds(1))
        if !isHot { fixture.cache.distrustAll() }
        #expect(try await fixture.liveSession(early.token) == early.id)
        fixture.clock.advance(.milliseconds(1))
        #expect(try await fixture.liveSession(late.token) == nil)
        #expect(try await fixture.liveSession(early.token) == early.id)
    }

    @Test("use keeps a session alive, until its absolute end to the millisecond")
    func absolute() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        for _ in 0..<(12 * 3600 / 1000) {
            fixture.clock.advance(.seconds(1000))
            #expect(try await fixture.liveSession(session.token) == session.id)
            try await fixture.sessions.saveLastSeen()
        }
        fixture.clock.now = session.endsAt - .milliseconds(1)
        #expect(try await fixture.liveSession(session.token) == session.id)
        fixture.clock.now = session.endsAt
        #expect(try await fixture.liveSession(session.token) == nil)
        fixture.cache.distrustAll()
        #expect(try await fixture.liveSession(session.token) == nil)
    }

    @Test("a clock that is set back revives nothing that was believed from memory")
    func clockSetBack() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        #expect(try await fixture.liveSession(session.token) == session.id)
        try await fixture.database.transaction { try $0.execute("DELETE FROM sessions") }
        fixture.clock.advance(.seconds(-3600))
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == nil)
    }

    @Test("memory is believed for its lifetime, to the millisecond")
    func cacheLifetime() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        #expect(try await fixture.liveSession(session.token) == session.id)
        // Somebody else, another replica say, removes the row.
        try await fixture.database.transaction { try $0.execute("DELETE FROM sessions") }
        fixture.clock.advance(SessionCache.lifetime - .milliseconds(1))
        #expect(fixture.check.hotSession(token: session.token)?.id == session.id)
        #expect(try await fixture.liveSession(session.token) == session.id)
        fixture.clock.advance(.milliseconds(1))
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == nil)
    }

    @Test("the shorter of the two ends counts when the absolute time is changed")
    func shorterAbsolute() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        let short = AccessFixture.realm(
            "infraon", idle: .seconds(1800), absolute: .seconds(3600), roles: [("*", "admin")])
        fixture.check.replaceRules(AccessFixture.rules(short))
        #expect(try await fixture.check.session(token: session.token)?.endsAt == fixture.clock.now + .seconds(3600))
        let long = AccessFixture.realm(
            "infraon", idle: .seconds(1800), absolute: .seconds(90_000), roles: [("*", "admin")])
        fixture.check.replaceRules(AccessFixture.rules(long))
        #expect(try await fixture.check.session(token: session.token)?.endsAt == session.endsAt)
    }
}
