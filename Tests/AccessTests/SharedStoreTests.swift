import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Two processes on one store")
struct SharedStoreTests {
    @Test("what one ends is over at the other's very next look, however it ended")
    func endings() async throws {
        let here = try await AccessFixture()
        let there = try await AccessFixture(besides: here)
        let ends: [@Sendable (AccessFixture.Admitted) async throws -> Void] = [
            { try await there.sessions.end(.session(id: $0.id), reason: .revokedByAdministrator) },
            { _ in try await there.sessions.end(.email("ada@acme.example"), reason: .revokedByAdministrator) },
            {
                try await there.sessions.end(
                    token: $0.token, realm: "infraon", reason: .signedOut, address: nil, vault: there.vault,
                    rules: there.check.currentRules)
            },
            { _ = try await there.signIn(AccessFixture.identity(subject: "00u9"), previousToken: $0.token) },
        ]
        for end in ends {
            let session = try await here.signIn()
            #expect(try await here.liveSession(session.token) == session.id)
            #expect(here.check.hotSession(token: session.token) != nil)
            try await end(session)
            #expect(here.check.hotSession(token: session.token) == nil)
            #expect(try await here.liveSession(session.token) == nil)
        }
    }

    @Test("an end of one's own takes nothing else from memory; another's makes all be read again")
    func ownAndForeign() async throws {
        let here = try await AccessFixture()
        let there = try await AccessFixture(besides: here)
        let kept = try await here.signIn()
        let mine = try await here.signIn()
        let theirs = try await here.signIn()
        for instance in [here, there] { #expect(try await instance.liveSession(kept.token) == kept.id) }
        try await here.sessions.end(.session(id: mine.id), reason: .signedOut)
        #expect(here.check.hotSession(token: kept.token)?.id == kept.id)
        #expect(there.check.hotSession(token: kept.token) == nil)
        #expect(try await there.liveSession(kept.token) == kept.id)
        #expect(there.check.hotSession(token: kept.token)?.id == kept.id)
        try await there.sessions.end(.session(id: theirs.id), reason: .signedOut)
        #expect(there.check.hotSession(token: kept.token)?.id == kept.id)
        #expect(here.check.hotSession(token: kept.token) == nil)
        #expect(try await here.liveSession(kept.token) == kept.id)
        // Nothing that is selected is nothing to announce.
        try await there.sessions.end(.session(id: "ses_none"), reason: .signedOut)
        #expect(here.check.hotSession(token: kept.token)?.id == kept.id)
    }

    @Test("another's end is heeded also when one's own follows before the next look, and the other way round")
    func interleaved() async throws {
        let here = try await AccessFixture()
        let there = try await AccessFixture(besides: here)
        for isForeignFirst in [true, false] {
            let victim = try await here.signIn()
            let mine = try await here.signIn()
            #expect(try await here.liveSession(victim.token) == victim.id)
            if isForeignFirst { try await there.sessions.end(.session(id: victim.id), reason: .signedOut) }
            try await here.sessions.end(.session(id: mine.id), reason: .signedOut)
            if !isForeignFirst { try await there.sessions.end(.session(id: victim.id), reason: .signedOut) }
            #expect(here.check.hotSession(token: victim.token) == nil)
            #expect(try await here.liveSession(victim.token) == nil)
        }
    }

    @Test("what is read before another's end is not kept after it")
    func raceOfLoadAndForeignEnd() async throws {
        let (gate, isHeld) = (Gate(), Signal())
        let here = try await AccessFixture { PausingDatabase($0, gate: gate, isHeld: isHeld) }
        let there = try await AccessFixture(besides: here)
        let session = try await here.signIn()
        isHeld.raise()
        async let seen = here.liveSession(session.token)
        await gate.arrivals(1)
        // The row is read, and not yet kept.
        try await there.sessions.end(.session(id: session.id), reason: .signedOut)
        await gate.open()
        _ = try await seen
        #expect(here.check.hotSession(token: session.token) == nil)
        #expect(try await here.liveSession(session.token) == nil)
    }

    @Test("another's change does not make a session look unused: memory still knows its last use")
    func lastSeen() async throws {
        let realm = AccessFixture.realm(
            "short", idle: .seconds(40), absolute: .seconds(1000), roles: [], defaultRole: "user")
        let here = try await AccessFixture(rules: AccessFixture.rules(realm))
        let there = try await AccessFixture(rules: AccessFixture.rules(realm), besides: here)
        let session = try await here.signIn(realm: realm)
        // The store knows of the login only: that would be too long ago from 40 s on.
        for second in 1...20 {
            here.clock.advance(.seconds(4))
            #expect(try await here.liveSession(session.token) == session.id, "after \(second * 4) s")
            let other = try await there.signIn(realm: realm)
            try await there.sessions.end(.session(id: other.id), reason: .signedOut)
        }
        #expect(try await here.sessions.session(id: session.id)?.lastSeenAt == TestClock.start)
        try await here.sessions.saveLastSeen()
        #expect(try await there.liveSession(session.token) == session.id)
        here.clock.advance(.seconds(40))
        #expect(try await here.liveSession(session.token) == nil)
    }

    @Test("signed tokens survive another's change while they say the same, and not when they do not")
    func applicationTokens() async throws {
        let here = try await AccessFixture.revalidating()
        let there = try await AccessFixture.revalidating(besides: here)
        try await here.signingKeys.refresh()
        let tokens = ApplicationTokens(keys: here.signingKeys, clock: here.clock.wallClock)
        let session = try await here.signInRefreshably()
        func token() async throws -> String? {
            let hot = try #require(try await here.check.session(token: session.token))
            return try tokens.token(for: hot, audience: "a", issuer: "https://sso.example.com")
        }
        let first = try await token()
        let other = try await there.signIn()
        try await there.sessions.end(.session(id: other.id), reason: .signedOut)
        #expect(here.check.hotSession(token: session.token) == nil)
        #expect(try await token() == first)
        try await there.revalidations.succeed(
            try await there.lease(session), identity: AccessFixture.identity(groups: ["infraon-tech-1"]), idToken: nil,
            realm: AccessFixture.revalidated)
        let second = try #require(try await token())
        #expect(second != first)
        #expect(OpenedToken(second)?.claims["roles"] == ["technician"])
    }
}
