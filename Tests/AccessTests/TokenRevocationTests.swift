import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Refresh tokens that outlive their sessions")
struct TokenRevocationTests {
    @Test(
        "every end but the provider's own notes the token, in the same transaction",
        arguments: SessionEndReason.allCases)
    func reasons(reason: SessionEndReason) async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: AccessFixture.refreshable)
        let without = try await fixture.signIn(
            tokens: ProviderTokens(refreshToken: nil, logoutHint: Secret("an-id-token")))
        for id in [session.id, without.id] { try await fixture.sessions.end(.session(id: id), reason: reason) }
        #expect(
            try await fixture.tokensToRevoke() == (reason == .refreshRefused ? [:] : [session.id: "first-token"]))
    }

    @Test("whichever way a session ends")
    func ways() async throws {
        let fixture = try await AccessFixture()
        func signIn() async throws -> AccessFixture.Admitted {
            try await fixture.signIn(tokens: AccessFixture.refreshable)
        }
        let byToken = try await signIn()
        try await fixture.sessions.end(
            token: byToken.token, realm: "infraon", reason: .signedOut, address: nil, vault: fixture.vault,
            rules: fixture.check.currentRules)
        let replaced = try await signIn()
        _ = try await fixture.signIn(previousToken: replaced.token)
        let expired = try await signIn()
        let removedRealm = try await fixture.signIn(
            realm: AccessFixture.portal, tokens: AccessFixture.refreshable)
        fixture.clock.advance(.seconds(24 * 3600))
        try await fixture.sessions.removeExpired(rules: AccessFixture.rules(AccessFixture.infraon))
        let ids = [byToken, replaced, expired, removedRealm].map(\.id)
        #expect(try await Set(fixture.tokensToRevoke().keys) == Set(ids))
    }

    @Test("without its audit event no token is noted, and the session stays")
    func atomic() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: AccessFixture.refreshable)
        try await fixture.database.transaction { try $0.execute("ALTER TABLE token_revocations RENAME TO away") }
        await #expect(throws: SQLError.self) {
            try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        }
        #expect(try await fixture.liveSession(session.token) == session.id)
        #expect(try await !fixture.events().contains { $0.hasPrefix("session.ended") })
    }

    @Test("what was taken comes again after a pause that doubles up to an hour, until it is done")
    func pauses() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: AccessFixture.refreshable)
        try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        for (attempts, pause) in [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600].enumerated() {
            let due = try await fixture.revocations.takeDue(limit: 10)
            #expect(due.map(\.attempts) == [attempts] && due.first?.provider == "okta")
            #expect(!"\(due)".contains("first-token"))
            fixture.clock.advance(.seconds(Int64(pause)) - .milliseconds(1))
            #expect(try await fixture.revocations.takeDue(limit: 10).isEmpty, "\(pause)")
            fixture.clock.advance(.milliseconds(1))
        }
        let due = try #require(try await fixture.revocations.takeDue(limit: 10).first)
        try await fixture.revocations.done(due)
        fixture.clock.advance(.seconds(3600))
        #expect(try await fixture.revocations.takeDue(limit: 10).isEmpty)
        #expect(try await fixture.count("SELECT id FROM token_revocations") == 0)
    }

    @Test("after a week nobody tries any more")
    func expiry() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: AccessFixture.refreshable)
        try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        fixture.clock.advance(.seconds(7 * 24 * 3600) - .milliseconds(1))
        #expect(try await fixture.revocations.takeDue(limit: 10).count == 1)
        fixture.clock.advance(.seconds(3600))
        #expect(try await fixture.revocations.takeDue(limit: 10).isEmpty)
        #expect(try await fixture.count("SELECT id FROM token_revocations") == 0)
    }

    @Test("the longest due come first, and no more than wanted")
    func limit() async throws {
        let fixture = try await AccessFixture()
        var ids: [String] = []
        for _ in 0..<5 {
            let session = try await fixture.signIn(tokens: AccessFixture.refreshable)
            try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
            ids.append(session.id)
            fixture.clock.advance(.seconds(1))
        }
        #expect(try await fixture.revocations.takeDue(limit: 2).map(\.id) == Array(ids[0...1]))
        #expect(try await fixture.revocations.takeDue(limit: 9).map(\.id) == Array(ids[2...4]))
    }

    @Test("what no configured key opens waits for its key")
    func otherMasterKey() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: AccessFixture.refreshable)
        try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        let vault = ProviderTokenVault(
            database: fixture.database, keyring: try Keyring(masterKeys: [AccessFixture.otherMasterKey]),
            random: .system)
        let without = TokenRevocations(database: fixture.database, vault: vault, clock: fixture.clock.wallClock)
        #expect(try await without.takeDue(limit: 10).isEmpty)
        fixture.clock.advance(.seconds(10))
        #expect(try await fixture.tokensToRevoke() == [session.id: "first-token"])
    }

    @Test("the store holds no token in clear")
    func atRest() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: AccessFixture.refreshable)
        try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        let rows = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM token_revocations") }
        #expect(rows.count == 1 && !"\(rows)".contains("first-token"))
    }

    @Test("a token of a sign-in that came to nothing waits as well")
    func withoutSession() async throws {
        let fixture = try await AccessFixture()
        for token in ["a", "b"] {
            try await fixture.revocations.add(
                Secret(token), provider: "okta", issuer: "https://acme.okta.com", random: .system)
        }
        let due = try await fixture.revocations.takeDue(limit: 9)
        #expect(Set(due.map { $0.refreshToken.reveal() }) == ["a", "b"] && due.allSatisfy { $0.attempts == 0 })
    }

    @Test("of one provider only, where that is asked for")
    func oneProvider() async throws {
        let fixture = try await AccessFixture()
        for provider in ["okta", "other"] as [ProviderName] {
            try await fixture.revocations.add(Secret(provider.text), provider: provider, issuer: "i", random: .system)
        }
        #expect(try await fixture.revocations.takeDue(limit: 9, provider: "none").isEmpty)
        let due = try await fixture.revocations.takeDue(limit: 9, provider: "other")
        #expect(due.map { $0.refreshToken.reveal() } == ["other"])
        #expect(try await fixture.revocations.takeDue(limit: 9).map { $0.refreshToken.reveal() } == ["okta"])
    }

    @Test("what is done with an older token does not lose the newer one that took its place")
    func newerToken() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let lease = try await fixture.lease(session)
        try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        let older = try #require(try await fixture.revocations.takeDue(limit: 9).first)
        // A refresh that was under way comes back meanwhile.
        #expect(try await !fixture.revalidations.store(rotated: Secret("second-token"), for: lease))
        try await fixture.revocations.done(older)
        let newer = try #require(try await fixture.revocations.takeDue(limit: 9).first)
        #expect(newer.refreshToken.reveal() == "second-token" && newer.attempts == 0)
        try await fixture.revocations.done(newer)
        #expect(try await fixture.count("SELECT id FROM token_revocations") == 0)
    }
}
