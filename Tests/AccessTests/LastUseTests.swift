import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Sessions: last use")
struct LastUseTests {
    private func lastSeen(_ fixture: AccessFixture, _ id: String) async throws -> UnixTime? {
        try await fixture.sessions.session(id: id)?.lastSeenAt
    }

    @Test("last use is saved once it lags by a twentieth of the idle time, at most 30 s")
    func saving() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        _ = try await fixture.liveSession(session.token)
        fixture.clock.advance(.seconds(4))
        _ = try await fixture.liveSession(session.token)
        try await fixture.sessions.saveLastSeen()
        #expect(try await lastSeen(fixture, session.id) == TestClock.start)
        try await fixture.sessions.saveLastSeen(everything: true)
        #expect(try await lastSeen(fixture, session.id) == fixture.clock.now)
        fixture.clock.advance(.seconds(30))
        _ = try await fixture.liveSession(session.token)
        try await fixture.sessions.saveLastSeen()
        #expect(try await lastSeen(fixture, session.id) == fixture.clock.now - .seconds(30))
        fixture.clock.advance(.milliseconds(1))
        _ = try await fixture.liveSession(session.token)
        try await fixture.sessions.saveLastSeen()
        #expect(try await lastSeen(fixture, session.id) == fixture.clock.now)
    }

    @Test("a save brings no ended session back, and sets no later use back")
    func savingAfterTheEnd() async throws {
        let fixture = try await AccessFixture()
        let ended = try await fixture.signIn()
        let other = try await fixture.signIn()
        for token in [ended.token, other.token] { _ = try await fixture.liveSession(token) }
        fixture.clock.advance(.seconds(2))
        for token in [ended.token, other.token] { _ = try await fixture.liveSession(token) }
        let later = fixture.clock.now + .seconds(100)
        try await fixture.database.transaction { tx in
            try tx.execute("DELETE FROM sessions WHERE id = $1", .text(ended.id))
            try tx.execute("UPDATE sessions SET last_seen_at = $1", SQLValue(later))
        }
        try await fixture.sessions.saveLastSeen(everything: true)
        #expect(try await fixture.sessionRows == 1)
        #expect(try await lastSeen(fixture, other.id) == later)
    }

    @Test("a save that fails is made up for by the next")
    func savingFails() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        _ = try await fixture.liveSession(session.token)
        fixture.clock.advance(.seconds(3))
        _ = try await fixture.liveSession(session.token)
        try await fixture.database.transaction { try $0.execute("ALTER TABLE sessions RENAME TO away") }
        await #expect(throws: SQLError.self) { try await fixture.sessions.saveLastSeen(everything: true) }
        try await fixture.database.transaction { try $0.execute("ALTER TABLE away RENAME TO sessions") }
        try await fixture.sessions.saveLastSeen(everything: true)
        #expect(try await lastSeen(fixture, session.id) == fixture.clock.now)
    }

    @Test("a use that memory knows of counts, though the store has not heard of it")
    func unsavedUse() async throws {
        let realm = AccessFixture.realm(
            "short", idle: .seconds(4), absolute: .seconds(100), roles: [], defaultRole: "user")
        let fixture = try await AccessFixture(rules: AccessFixture.rules(realm))
        let session = try await fixture.signIn(realm: realm)
        // Used every second; the entry in memory gets too old at 6 s, when the store still knows of the login only.
        for second in 1...20 {
            fixture.clock.advance(.seconds(1))
            #expect(try await fixture.liveSession(session.token) == session.id, "after \(second) s")
        }
        fixture.clock.advance(.seconds(4))
        #expect(try await fixture.liveSession(session.token) == nil)
    }
}
