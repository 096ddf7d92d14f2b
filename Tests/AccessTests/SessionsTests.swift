import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Sessions: listing and ending")
struct SessionsTests {
    static let colin = AccessFixture.identity(subject: "00u2", email: "Colin@Acme.example", name: "Colin")

    @Test("lists what is asked for, the newest first")
    func listing() async throws {
        let fixture = try await AccessFixture()
        let first = try await fixture.signIn(userAgent: "Firefox")
        fixture.clock.advance(.seconds(1))
        let second = try await fixture.signIn(realm: AccessFixture.portal)
        fixture.clock.advance(.seconds(1))
        let third = try await fixture.signIn(Self.colin)
        func ids(_ change: (inout SessionQuery) -> Void) async throws -> [String] {
            var query = SessionQuery()
            change(&query)
            return try await fixture.list(query).map(\.id)
        }
        #expect(try await ids { _ in } == [third.id, second.id, first.id])
        #expect(try await fixture.sessions.session(id: second.id)?.id == second.id)
        #expect(try await fixture.sessions.session(id: "ses_none") == nil)
        #expect(try await ids { $0.email = "ADA@acme.example" } == [second.id, first.id])
        #expect(try await ids { $0.email = "colin@acme.example" } == [third.id])
        #expect(try await ids { $0.email = "%" } == [])
        #expect(try await ids { $0.email = "" } == [])
        #expect(try await ids { $0.realm = "ssp" } == [second.id])
        #expect(try await ids { $0.realm = "SSP" } == [])
        #expect(try await ids { $0.provider = "okta" } == [third.id, second.id, first.id])
        #expect(try await ids { $0.provider = "other" } == [])
        let summary = try #require(try await fixture.sessions.session(id: first.id))
        #expect(summary.email == "ada@acme.example" && summary.name == "Ada Berger" && summary.realm == "infraon")
        #expect(summary.provider == "okta" && summary.address == "192.0.2.1" && summary.userAgent == "Firefox")
        #expect(summary.createdAt == TestClock.start && summary.endsAt == first.endsAt)
        #expect(summary.validatedAt == TestClock.start && summary.kind == .browser && summary.host == nil)
        #expect(try await ids { $0.userID = summary.userID } == [second.id, first.id])
        #expect(
            try await ids {
                $0.userID = summary.userID
                $0.realm = "infraon"
            } == [first.id])
        #expect(
            try await ids {
                $0.userID = summary.userID
                $0.email = "colin@acme.example"
            } == [])
    }

    @Test("e-mail addresses compare without case, in every script")
    func emails() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(AccessFixture.identity(email: "\u{c4}da.\u{416}@Acme.example"))
        for email in ["\u{e4}DA.\u{436}@acme.EXAMPLE", "\u{c4}da.\u{416}@Acme.example"] {
            #expect(try await fixture.list(email: email).map(\.id) == [session.id])
        }
        #expect(try await fixture.list(email: "Ada.\u{416}@acme.example").isEmpty)
        #expect(
            try await fixture.sessions.end(.email("\u{e4}da.\u{436}@acme.example"), reason: .signedOutRemotely) == [
                session.id
            ])
    }

    @Test("what is past its absolute end is not listed")
    func pastEnd() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        fixture.clock.now = session.endsAt - .milliseconds(1)
        #expect(try await fixture.list().count == 1)
        fixture.clock.now = session.endsAt
        #expect(try await fixture.list().isEmpty)
    }

    @Test("ends what is meant, and nothing else, each with its audit event")
    func ending() async throws {
        let fixture = try await AccessFixture()
        let mine = [try await fixture.signIn(), try await fixture.signIn(realm: AccessFixture.portal)]
        let colins = try await fixture.signIn(Self.colin)
        let user = try #require(try await fixture.check.session(token: mine[0].token)).userID
        #expect(try await fixture.sessions.end(.own(id: colins.id, userID: user), reason: .signedOutRemotely) == [])
        #expect(try await fixture.sessions.end(.session(id: "ses_none"), reason: .signedOutRemotely) == [])
        #expect(try await fixture.sessions.end(.email("nobody@acme.example"), reason: .signedOutRemotely) == [])
        #expect(try await fixture.liveSession(colins.token) == colins.id)
        let ended = try await fixture.sessions.end(
            .email("ADA@ACME.example"), reason: .revokedByAdministrator, actor: "adm_1", address: "192.0.2.7")
        #expect(Set(ended) == Set(mine.map(\.id)))
        for session in mine { #expect(try await fixture.liveSession(session.token) == nil) }
        #expect(try await fixture.liveSession(colins.token) == colins.id)
        let events = try await fixture.trail().filter { $0.kind == .sessionEnded }
        #expect(Set(events.compactMap(\.session)) == Set(mine.map(\.id)))
        for event in events {
            #expect(
                event.reason == "revoked_by_administrator" && event.actor == "adm_1" && event.address == "192.0.2.7"
                    && event.user == user)
        }
        #expect(try await fixture.sessions.end(.email("ADA@ACME.example"), reason: .signedOutRemotely) == [])
        #expect(try await fixture.sessions.end(.email("colin@acme.example"), reason: .signedOutRemotely) == [colins.id])
    }

    @Test("a token ends its own session in its own realm")
    func byToken() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(
            tokens: ProviderTokens(refreshToken: nil, logoutHint: Secret("an-id-token")))
        _ = try await fixture.liveSession(session.token)
        func end(_ token: String, _ realm: RealmName) async throws -> ProviderLogout? {
            try await fixture.sessions.end(
                token: token, realm: realm, reason: .signedOut, address: nil, vault: fixture.vault,
                rules: fixture.check.currentRules)
        }
        #expect(try await end(session.token, "ssp") == nil)
        #expect(try await fixture.liveSession(session.token) == session.id)
        #expect(try await end(RandomSource.system.token(), "infraon") == nil)
        #expect(try await fixture.liveSession(session.token) == session.id)
        let logout = try #require(try await end(session.token, "infraon"))
        #expect(logout.provider == "okta" && logout.hint?.reveal() == "an-id-token")
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == nil)
        #expect(try await fixture.events().filter { $0.hasPrefix("session.ended") } == ["session.ended signed_out"])
    }

    @Test("an end that cannot be audited does not happen")
    func auditFails() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        try await fixture.database.transaction { try $0.execute("DROP TABLE audit_events") }
        await #expect(throws: SQLError.self) {
            try await fixture.sessions.end(.email("ada@acme.example"), reason: .revokedByAdministrator)
        }
        await #expect(throws: SQLError.self) {
            try await fixture.sessions.end(
                token: session.token, realm: "infraon", reason: .signedOut, address: nil, vault: fixture.vault,
                rules: fixture.check.currentRules)
        }
        #expect(try await fixture.liveSession(session.token) == session.id)
    }
}
