import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Sessions: which ones end")
struct SessionEndingTests {
    let fixture: AccessFixture
    /// Name by session id: `ada` and `colin` at Acme's Okta; `ada-other` is the same person through another of our providers;
    /// `stranger` has Ada's subject, e-mail address and provider session at another issuer.
    let names: [String: String]
    let ids: [String: String]

    init() async throws {
        fixture = try await AccessFixture(rules: AccessFixture.rules(AccessFixture.revalidated, AccessFixture.portal))
        let foreign = "https://other.okta.com"
        let people: [(String, VerifiedIdentity, RealmRules)] = [
            ("ada", AccessFixture.identity(providerSession: "s1"), AccessFixture.revalidated),
            ("ada-portal", AccessFixture.identity(providerSession: "s2"), AccessFixture.portal),
            ("ada-other", AccessFixture.identity(provider: "other", providerSession: "s1"), AccessFixture.revalidated),
            (
                "colin", AccessFixture.identity(subject: "00u2", email: "Colin@acme.example", providerSession: "s1"),
                AccessFixture.revalidated
            ),
            (
                "nameless", AccessFixture.identity(subject: "00u3", email: nil, providerSession: nil),
                AccessFixture.revalidated
            ),
            (
                "stranger", AccessFixture.identity(issuer: foreign, provider: "third", providerSession: "s1"),
                AccessFixture.portal
            ),
        ]
        var ids: [String: String] = [:]
        for (name, identity, realm) in people { ids[name] = try await fixture.signIn(identity, realm: realm).id }
        self.ids = ids
        names = Dictionary(uniqueKeysWithValues: ids.map { ($0.value, $0.key) })
    }

    private static let acme = "https://acme.okta.com"

    private func expect(
        _ selection: SessionSelection, ends expected: Set<String>, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let ended = try await fixture.sessions.end(selection, reason: .universalLogout, actor: "okta")
        #expect(Set(ended.compactMap { names[$0] }) == expected, sourceLocation: sourceLocation)
        #expect(ended.count == expected.count, sourceLocation: sourceLocation)
        let left = try await fixture.list().compactMap { names[$0.id] }
        #expect(Set(left) == Set(names.values).subtracting(expected), sourceLocation: sourceLocation)
        let events = try await fixture.trail().filter { $0.kind == .sessionEnded }
        #expect(Set(events.compactMap(\.session)) == Set(ended), sourceLocation: sourceLocation)
        #expect(
            events.allSatisfy { $0.reason == "universal_logout" && $0.actor == "okta" }, sourceLocation: sourceLocation)
    }

    private func id(_ name: String) throws -> String { try #require(ids[name]) }

    private func user(_ name: String) async throws -> String {
        try #require(try await fixture.sessions.session(id: id(name))).userID
    }

    @Test("one by its id") func session() async throws { try await expect(.session(id: id("ada")), ends: ["ada"]) }

    @Test("one of one's own, and nobody else's")
    func own() async throws {
        try await expect(.own(id: id("colin"), userID: try await user("ada")), ends: [])
        try await expect(.own(id: id("ada-portal"), userID: try await user("ada")), ends: ["ada-portal"])
    }

    @Test("everybody's with an e-mail address, at whatever issuer")
    func email() async throws {
        try await expect(.email("ADA@acme.example"), ends: ["ada", "ada-portal", "ada-other", "stranger"])
    }

    @Test(
        "an e-mail address that nobody has, or that is a pattern", arguments: ["", "%", "nobody@acme.example", "ada"])
    func nobody(email: String) async throws {
        try await expect(.email(email), ends: [])
        try await expect(.emailAt(issuer: Self.acme, email: email), ends: [])
    }

    @Test("by the provider's name of the session")
    func providerSession() async throws {
        try await expect(.providerSession("Okta", id: "s1", issuer: Self.acme, subject: nil), ends: [])
        try await expect(.providerSession("okta", id: "s1", issuer: Self.acme, subject: nil), ends: ["ada", "colin"])
    }

    @Test("by the provider's name of the session, where issuer and subject fit too")
    func providerSessionAndSubject() async throws {
        for (id, issuer, subject) in [
            ("s1", Self.acme, "00u9"), ("S1", Self.acme, "00u1"), ("", Self.acme, "00u3"),
            ("s1", "https://other.okta.com", "00u1"), ("s1", Self.acme, ""),
        ] {
            try await expect(.providerSession("okta", id: id, issuer: issuer, subject: subject), ends: [])
        }
        try await expect(.providerSession("okta", id: "s1", issuer: Self.acme, subject: "00u1"), ends: ["ada"])
    }

    @Test("by issuer and subject, through whichever of our providers, in all realms")
    func subject() async throws {
        try await expect(.subject(issuer: Self.acme, subject: "00U1"), ends: [])
        try await expect(.subject(issuer: Self.acme, subject: "00u1"), ends: ["ada", "ada-portal", "ada-other"])
    }

    @Test("by subject at one provider")
    func subjectAt() async throws {
        try await expect(.subjectAt("okta", issuer: "https://other.okta.com", subject: "00u1"), ends: [])
        try await expect(.subjectAt("third", issuer: Self.acme, subject: "00u1"), ends: [])
        try await expect(.subjectAt("okta", issuer: Self.acme, subject: "00u1"), ends: ["ada", "ada-portal"])
    }

    @Test("by e-mail address at one issuer")
    func emailAt() async throws {
        try await expect(
            .emailAt(issuer: Self.acme, email: "Ada@ACME.example"), ends: ["ada", "ada-portal", "ada-other"])
    }

    @Test("who is known: by issuer and subject, and by issuer and e-mail address, also after the last session")
    func known() async throws {
        let sessions = fixture.sessions
        for _ in 0..<2 {
            #expect(try await sessions.knows(issuer: Self.acme, subject: "00u1"))
            #expect(try await sessions.knows(issuer: Self.acme, email: "ADA@acme.example"))
            for (issuer, subject) in [(Self.acme, "00u9"), (Self.acme + "/", "00u1"), ("", "00u1"), (Self.acme, "")] {
                #expect(try await !sessions.knows(issuer: issuer, subject: subject))
            }
            #expect(try await !sessions.knows(issuer: "https://other.okta.com", email: "colin@acme.example"))
            #expect(try await !sessions.knows(issuer: Self.acme, email: ""))
            try await sessions.end(.email("ada@acme.example"), reason: .universalLogout)
        }
    }
}

@Suite("One-time tokens")
struct OneTimeTokenTests {
    static func token(
        _ id: String = "jti-1", issuer: String = "https://acme.okta.com",
        until: UnixTime = TestClock.start + .seconds(300)
    ) -> OneTimeToken { OneTimeToken(issuer: issuer, id: id, until: until) }

    private func end(_ fixture: AccessFixture, _ id: String, _ token: OneTimeToken) async throws -> [String] {
        try await fixture.sessions.end(.session(id: id), reason: .backchannelLogout, using: token)
    }

    @Test("a token ends once; of another issuer or id it is another token")
    func replay() async throws {
        let fixture = try await AccessFixture()
        let other = try await AccessFixture(besides: fixture)
        let first = try await fixture.signIn()
        let second = try await fixture.signIn()
        #expect(try await end(fixture, first.id, Self.token()) == [first.id])
        for instance in [fixture, other] {
            await #expect(throws: TokenReplayed.self) { try await end(instance, second.id, Self.token()) }
        }
        #expect(try await fixture.liveSession(second.token) == second.id)
        #expect(try await end(fixture, "ses_none", Self.token("JTI-1")) == [])
        #expect(try await end(fixture, "ses_none", Self.token(issuer: "https://other.okta.com")) == [])
        #expect(try await end(fixture, second.id, Self.token("jti-2")) == [second.id])
        // A token that ended nobody is used up all the same.
        await #expect(throws: TokenReplayed.self) { try await end(fixture, "ses_none", Self.token("JTI-1")) }
    }

    @Test("an end that fails leaves its token good")
    func failure() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        try await fixture.database.transaction { try $0.execute("ALTER TABLE audit_events RENAME TO away") }
        await #expect(throws: SQLError.self) { try await end(fixture, session.id, Self.token()) }
        #expect(try await fixture.liveSession(session.token) == session.id)
        try await fixture.database.transaction { try $0.execute("ALTER TABLE away RENAME TO audit_events") }
        #expect(try await end(fixture, session.id, Self.token()) == [session.id])
        await #expect(throws: TokenReplayed.self) { try await end(fixture, session.id, Self.token()) }
    }

    @Test("of 20 uses at once one counts")
    func concurrently() async throws {
        let fixture = try await AccessFixture()
        let used = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await end(fixture, "ses_none", Self.token())
                        return true
                    } catch is TokenReplayed {
                        return false
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(used == 1)
    }

    @Test("is remembered until the token itself is past its end, and no longer")
    func expiry() async throws {
        let fixture = try await AccessFixture()
        let used = UsedTokens(database: fixture.database, clock: fixture.clock.wallClock)
        _ = try await end(fixture, "ses_none", Self.token())
        fixture.clock.advance(.seconds(300) - .milliseconds(1))
        try await used.removeExpired()
        await #expect(throws: TokenReplayed.self) { try await end(fixture, "ses_none", Self.token()) }
        fixture.clock.advance(.milliseconds(1))
        try await used.removeExpired()
        #expect(try await fixture.count("SELECT token_id FROM used_tokens") == 0)
    }
}
