import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Revalidation: times")
struct RevalidationTimeTests {
    @Test(
        "the next time is the interval, less at most a tenth",
        arguments: [
            (Duration.seconds(900), [0, 0, 0, 0], Duration.seconds(900)),
            (.seconds(900), [0, 0, 0, 1], .milliseconds(899_999)),
            (.seconds(900), [0, 1, 0x5F, 0x8F], .milliseconds(810_001)),
            (.seconds(900), [0, 1, 0x5F, 0x90], .seconds(900)),
            (.seconds(1), [0, 0, 0, 99], .milliseconds(901)), (.seconds(1), [0, 0, 0, 100], .seconds(1)),
            (.milliseconds(1), [255, 255, 255, 255], .milliseconds(1)),
        ] as [(Duration, [UInt8], Duration)])
    func jitter(interval: Duration, bytes: [UInt8], expected: Duration) {
        let rules = RevalidationRules(interval: interval, grace: interval * 2)
        let next = rules.nextTime(after: TestClock.start, random: RandomSource { _ in bytes })
        #expect(next - TestClock.start == expected)
    }

    @Test("times spread, and never leave their bounds")
    func spread() {
        let rules = RevalidationRules(interval: .seconds(900), grace: .seconds(1800))
        let times = (0..<2000).map { _ in rules.nextTime(after: TestClock.start, random: .system) - TestClock.start }
        #expect(times.allSatisfy { $0 > .seconds(810) && $0 <= .seconds(900) })
        #expect(Set(times).count > 1900)
        for tenth in 0..<10 {
            let (low, high) = (Duration.seconds(810 + tenth * 9), Duration.seconds(819 + tenth * 9))
            #expect((100...300).contains(times.count { $0 > low && $0 <= high }), "\(low)")
        }
    }

    @Test("a session that nobody could ask for is not live from the end of grace on, to the millisecond")
    func overdue() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.seconds(1700))
        #expect(try await fixture.liveSession(session.token) == session.id)
        fixture.clock.now = TestClock.start + .milliseconds(1_799_999)
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == session.id)
        #expect(fixture.check.hotSession(token: session.token)?.id == session.id)
        fixture.clock.advance(.milliseconds(1))
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == nil)
        // It opens nothing, and is still there to be asked for.
        #expect(try await fixture.check.sessionToRevalidate(token: session.token)?.id == session.id)
        #expect(try await fixture.sessions.session(id: session.id) != nil)
    }

    @Test("an overdue session comes back when the provider answers")
    func comesBack() async throws {
        let fixture = try await AccessFixture.revalidating()
        let other = try await AccessFixture.revalidating(besides: fixture)
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.seconds(1799))
        for instance in [fixture, other] { #expect(try await instance.liveSession(session.token) == session.id) }
        fixture.clock.advance(.seconds(1))
        for instance in [fixture, other] { #expect(try await instance.liveSession(session.token) == nil) }
        try await fixture.revalidations.succeed(
            try await fixture.lease(session), identity: nil, idToken: nil, realm: AccessFixture.revalidated)
        for instance in [fixture, other] {
            let back = try #require(try await instance.check.session(token: session.token))
            #expect(back.id == session.id && back.believedUntil == fixture.clock.now + .seconds(1800))
        }
    }

    @Test("asking for a session is no use of it: its idle time goes on")
    func idleEnd() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.milliseconds(1_799_999))
        #expect(try await fixture.check.sessionToRevalidate(token: session.token) != nil)
        fixture.clock.advance(.milliseconds(1))
        // Both at once: unused for 30 minutes, and not asked for as long.
        #expect(try await fixture.check.sessionToRevalidate(token: session.token) == nil)
        try await fixture.revalidations.succeed(
            try await fixture.lease(session), identity: nil, idToken: nil, realm: AccessFixture.revalidated)
        #expect(try await fixture.liveSession(session.token) == nil)
    }

    @Test("no answer of the provider's outlasts the absolute end")
    func absoluteEnd() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        while fixture.clock.now + .seconds(900) < session.endsAt {
            fixture.clock.advance(.seconds(900))
            #expect(try await fixture.liveSession(session.token) == session.id)
            try await fixture.sessions.saveLastSeen(everything: true)
            try await fixture.revalidations.succeed(
                try await fixture.lease(session), identity: nil, idToken: nil, realm: AccessFixture.revalidated)
        }
        fixture.clock.now = session.endsAt - .milliseconds(1)
        #expect(try await fixture.liveSession(session.token) == session.id)
        fixture.clock.now = session.endsAt
        #expect(try await fixture.liveSession(session.token) == nil)
        #expect(try await fixture.check.sessionToRevalidate(token: session.token) == nil)
    }

    @Test("without a refresh token, or in a realm that does not ask, nothing gets overdue")
    func neverOverdue() async throws {
        let realm = AccessFixture.realm(
            "infraon", idle: .seconds(40_000), revalidation: AccessFixture.revalidated.revalidation,
            roles: [("infraon-admins", "admin")])
        let fixture = try await AccessFixture(rules: AccessFixture.rules(realm, AccessFixture.portal))
        let without = try await fixture.signIn(realm: realm)
        let with = try await fixture.signIn(realm: realm, tokens: AccessFixture.refreshable)
        fixture.clock.advance(.seconds(1800))
        #expect(try await fixture.liveSession(with.token) == nil)
        #expect(try await fixture.liveSession(without.token) == without.id)
        #expect(try await fixture.check.session(token: without.token)?.believedUntil == nil)
        let silent = AccessFixture.realm("infraon", idle: .seconds(40_000), roles: [("infraon-admins", "admin")])
        fixture.check.replaceRules(AccessFixture.rules(silent))
        #expect(try await fixture.liveSession(with.token) == with.id)
    }

    @Test("tokens for applications end when the provider's word does")
    func applicationTokens() async throws {
        let fixture = try await AccessFixture.revalidating()
        try await fixture.signingKeys.refresh()
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.seconds(1740))
        let hot = try #require(try await fixture.check.session(token: session.token))
        let token = try ApplicationTokens(keys: fixture.signingKeys, clock: fixture.clock.wallClock)
            .token(for: hot, audience: "app.example.com", issuer: "https://sso.example.com")
        let claims = try #require(OpenedToken(token ?? "")).claims
        #expect(claims["exp"] == .integer((TestClock.start + .seconds(1800)).seconds))
    }

    @Test("new rules bring the times of older sessions in line, earlier only")
    func align() async throws {
        let fixture = try await AccessFixture()
        let asked = try await fixture.signIn(tokens: AccessFixture.refreshable)
        let without = try await fixture.signIn()
        let failing = try await fixture.signInRefreshably()
        try await fixture.revalidations.postpone(try await fixture.lease(failing), by: .seconds(5000))
        func next(_ session: AccessFixture.Admitted) async throws -> Duration? {
            try await fixture.row(session.id)?.optionalTime("revalidate_at").map { $0 - TestClock.start }
        }
        #expect(try await next(asked) == nil)
        func align(_ interval: Duration) async throws {
            let realm = AccessFixture.realm(
                "infraon", revalidation: RevalidationRules(interval: interval, grace: interval * 2), roles: [])
            try await fixture.revalidations.align(with: AccessFixture.rules(realm, AccessFixture.portal))
        }
        fixture.clock.advance(.seconds(60))
        try await align(.seconds(900))
        #expect(try await next(asked) == .seconds(900))
        try await align(.seconds(300))
        #expect(try await next(asked) == .seconds(300))
        try await align(.seconds(900))
        #expect(try await next(asked) == .seconds(300))
        #expect(try await next(without) == nil)
        #expect(try await next(failing) == .seconds(5000))
        try await fixture.revalidations.align(with: AccessFixture.rules(AccessFixture.portal))
        #expect(try await next(asked) == .seconds(300))
    }

    @Test("the command line's sessions have their own life-times")
    func commandLine() async throws {
        let realm = AccessFixture.realm(
            "infraon", idle: .seconds(60), absolute: .seconds(600),
            commandLineSession: SessionLifetime(idle: .seconds(3600), absolute: .seconds(7200)),
            roles: [("infraon-admins", "admin")])
        let fixture = try await AccessFixture(rules: AccessFixture.rules(realm))
        let browser = try await fixture.signIn(realm: realm)
        let cli = try await fixture.signIn(realm: realm, kind: .commandLine, host: "build-7")
        #expect(browser.endsAt == TestClock.start + .seconds(600) && cli.endsAt == TestClock.start + .seconds(7200))
        let hot = try #require(try await fixture.check.session(token: cli.token))
        #expect(hot.kind == .commandLine && hot.host == "build-7" && hot.idle == .seconds(3600))
        fixture.clock.advance(.milliseconds(3_599_999))
        try await fixture.sessions.removeExpired(rules: fixture.check.currentRules)
        #expect(try await fixture.liveSession(browser.token) == nil)
        #expect(try await fixture.liveSession(cli.token) == cli.id)
        #expect(try await fixture.list().map(\.host) == ["build-7"])
        #expect(try await fixture.events().first == "session.ended absolute_timeout")
        fixture.clock.advance(.seconds(3600))
        #expect(try await fixture.liveSession(cli.token) == nil)
    }
}
