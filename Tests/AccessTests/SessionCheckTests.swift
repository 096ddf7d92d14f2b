import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Session check: tokens, rules, revocation")
struct SessionCheckTests {
    @Test(
        "what is no token is never looked up",
        arguments: [
            "", "x", String(repeating: "a", count: 42), String(repeating: "a", count: 44),
            String(repeating: "a", count: 42) + ".", String(repeating: "a", count: 42) + "=",
            String(repeating: "a", count: 41) + "\u{e9}", String(repeating: "a", count: 40) + "\u{212A}",
            String(repeating: " ", count: 43),
        ])
    func malformed(token: String) async throws {
        #expect(!SessionCheck.isToken(token))
        let fixture = try await AccessFixture()
        // A store that answers nothing shows that it is not asked.
        try await fixture.database.close()
        #expect(try await fixture.check.session(token: token) == nil)
    }

    @Test("a token that nobody has")
    func unknown() async throws {
        let fixture = try await AccessFixture()
        _ = try await fixture.signIn()
        #expect(try await fixture.liveSession(RandomSource.system.token()) == nil)
    }

    @Test("a store that fails is an error, never a session")
    func storeFails() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        try await fixture.database.close()
        await #expect(throws: SQLError.self) { try await fixture.liveSession(session.token) }
    }

    @Test("new rules change roles at the next check")
    func newRules() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        #expect(try await fixture.check.session(token: session.token)?.roles == ["admin"])
        fixture.check.replaceRules(
            AccessFixture.rules(AccessFixture.realm("infraon", roles: [("infraon-admins", "reader")])))
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.check.session(token: session.token)?.roles == ["reader"])
        fixture.check.replaceRules(AccessFixture.rules(AccessFixture.realm("infraon", roles: [("others", "admin")])))
        let without = try #require(try await fixture.check.session(token: session.token))
        #expect(without.roles == [])
        #expect(
            AccessPolicy.decide(AccessQuestion(realm: "infraon"), session: without, now: fixture.clock.now)
                == .deny(.noRole))
    }

    @Test("a session ends with its realm, and with its provider's place in it")
    func removedFromRules() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        #expect(try await fixture.liveSession(session.token) == session.id)
        let others = [
            AccessFixture.rules(AccessFixture.portal),
            AccessFixture.rules(AccessFixture.realm("infraon", providers: ["other"], roles: [("*", "admin")])),
        ]
        for rules in others {
            fixture.check.replaceRules(rules)
            #expect(try await fixture.liveSession(session.token) == nil)
        }
        fixture.check.replaceRules(AccessFixture.rules(AccessFixture.infraon))
        #expect(try await fixture.liveSession(session.token) == session.id)
    }

    @Test("a revocation is seen at the very next check")
    func revocation() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        let other = try await fixture.signIn(AccessFixture.identity(subject: "00u2", email: "colin@acme.example"))
        for token in [session.token, other.token] { _ = try await fixture.liveSession(token) }
        #expect(
            try await fixture.sessions.end(.session(id: session.id), reason: .revokedByAdministrator) == [session.id])
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == nil)
        #expect(try await fixture.liveSession(other.token) == other.id)
    }

    @Test("what is read before a revocation is not kept after it")
    func raceOfLoadAndRevocation() async throws {
        let gate = Gate()
        let isHeld = Signal()
        let fixture = try await AccessFixture { PausingDatabase($0, gate: gate, isHeld: isHeld) }
        let session = try await fixture.signIn()
        isHeld.raise()
        async let seen = fixture.liveSession(session.token)
        await gate.arrivals(1)
        // The row is read, and not yet kept.
        try await fixture.sessions.end(.session(id: session.id), reason: .revokedByAdministrator)
        await gate.open()
        _ = try await seen
        #expect(fixture.cache.count == 0)
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == nil)
    }

    @Test("what is read under old rules is not kept under new ones")
    func raceOfLoadAndRules() async throws {
        let gate = Gate()
        let isHeld = Signal()
        let fixture = try await AccessFixture { PausingDatabase($0, gate: gate, isHeld: isHeld) }
        let session = try await fixture.signIn()
        isHeld.raise()
        async let seen = fixture.liveSession(session.token)
        await gate.arrivals(1)
        fixture.check.replaceRules(
            AccessFixture.rules(AccessFixture.realm("infraon", roles: [("infraon-admins", "reader")])))
        await gate.open()
        _ = try await seen
        #expect(try await fixture.check.session(token: session.token)?.roles == ["reader"])
    }

    @Test("many checks of one session at once")
    func crowd() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        let answers = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { try await fixture.liveSession(session.token) } }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(answers == [session.id])
        #expect(fixture.cache.count == 1)
    }

    @Test("memory has a bound")
    func capacity() async throws {
        let fixture = try await AccessFixture(capacity: 64)
        for _ in 0..<200 {
            let session = try await fixture.signIn()
            #expect(try await fixture.liveSession(session.token) == session.id)
            #expect(fixture.cache.count <= 64)
        }
    }
}

/// Holds readers back after they have read, once the signal is raised.
struct PausingDatabase: Database {
    let base: any Database
    let gate: Gate
    let isHeld: Signal

    init(_ base: any Database, gate: Gate, isHeld: Signal) {
        (self.base, self.gate, self.isHeld) = (base, gate, isHeld)
    }

    func transaction<Result: Sendable>(
        _ access: DatabaseAccess, _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
    ) async throws -> Result {
        let result = try await base.transaction(access, body)
        if access == .readOnly, isHeld.isRaised { await gate.pass() }
        return result
    }

    var changes: StoreChanges { base.changes }

    func close() async throws { try await base.close() }
}
