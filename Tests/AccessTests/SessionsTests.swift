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
        func ids(_ selection: SessionSelection) async throws -> [String] {
            try await fixture.sessions.list(selection).map(\.id)
        }
        #expect(try await ids(.all) == [third.id, second.id, first.id])
        #expect(try await ids(.session(id: second.id)) == [second.id])
        #expect(try await ids(.session(id: "ses_none")) == [])
        #expect(try await ids(.email("ADA@acme.example")) == [second.id, first.id])
        #expect(try await ids(.email("colin@acme.example")) == [third.id])
        #expect(try await ids(.email("%")) == [])
        #expect(try await ids(.email("")) == [])
        let summary = try #require(try await fixture.sessions.list(.session(id: first.id)).first)
        #expect(summary.email == "ada@acme.example" && summary.name == "Ada Berger" && summary.realm == "infraon")
        #expect(summary.provider == "okta" && summary.address == "192.0.2.1" && summary.userAgent == "Firefox")
        #expect(summary.createdAt == TestClock.start && summary.endsAt == first.endsAt)
        #expect(try await ids(.user(id: summary.userID)) == [second.id, first.id])
        #expect(try await ids(.own(id: first.id, userID: summary.userID)) == [first.id])
        #expect(try await ids(.own(id: third.id, userID: summary.userID)) == [])
    }

    @Test("e-mail addresses compare without case, in every script")
    func emails() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(AccessFixture.identity(email: "\u{c4}da.\u{416}@Acme.example"))
        for email in ["\u{e4}DA.\u{436}@acme.EXAMPLE", "\u{c4}da.\u{416}@Acme.example"] {
            #expect(try await fixture.sessions.list(.email(email)).map(\.id) == [session.id])
        }
        #expect(try await fixture.sessions.list(.email("Ada.\u{416}@acme.example")).isEmpty)
        #expect(try await fixture.sessions.end(.email("\u{e4}da.\u{436}@acme.example"), reason: "x") == [session.id])
    }

    @Test("what is past its absolute end is not listed")
    func pastEnd() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        fixture.clock.now = session.endsAt - .milliseconds(1)
        #expect(try await fixture.sessions.list(.all).count == 1)
        fixture.clock.now = session.endsAt
        #expect(try await fixture.sessions.list(.all).isEmpty)
    }

    @Test("ends what is meant, and nothing else, each with its audit event")
    func ending() async throws {
        let fixture = try await AccessFixture()
        let mine = [try await fixture.signIn(), try await fixture.signIn(realm: AccessFixture.portal)]
        let colins = try await fixture.signIn(Self.colin)
        let user = try #require(try await fixture.check.session(token: mine[0].token)).userID
        #expect(try await fixture.sessions.end(.own(id: colins.id, userID: user), reason: "x") == [])
        #expect(try await fixture.sessions.end(.session(id: "ses_none"), reason: "x") == [])
        #expect(try await fixture.sessions.end(.email("nobody@acme.example"), reason: "x") == [])
        #expect(try await fixture.liveSession(colins.token) == colins.id)
        let ended = try await fixture.sessions.end(
            .email("ADA@ACME.example"), reason: "revoked_by_administrator", actor: "adm_1", address: "192.0.2.7")
        #expect(Set(ended) == Set(mine.map(\.id)))
        for session in mine { #expect(try await fixture.liveSession(session.token) == nil) }
        #expect(try await fixture.liveSession(colins.token) == colins.id)
        let events = try await fixture.audit.events().filter { $0.kind == .sessionEnded }
        #expect(Set(events.compactMap(\.session)) == Set(mine.map(\.id)))
        for event in events {
            #expect(
                event.reason == "revoked_by_administrator" && event.actor == "adm_1" && event.address == "192.0.2.7"
                    && event.user == user)
        }
        #expect(try await fixture.sessions.end(.user(id: user), reason: "x") == [])
        #expect(try await fixture.sessions.end(.all, reason: "x") == [colins.id])
    }

    @Test("a token ends its own session in its own realm")
    func byToken() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        _ = try await fixture.liveSession(session.token)
        #expect(try await !fixture.sessions.end(token: session.token, realm: "ssp", reason: "signed_out", address: nil))
        #expect(try await fixture.liveSession(session.token) == session.id)
        #expect(
            try await !fixture.sessions.end(
                token: RandomSource.system.token(), realm: "infraon", reason: "signed_out", address: nil))
        #expect(
            try await fixture.sessions.end(token: session.token, realm: "infraon", reason: "signed_out", address: nil))
        #expect(fixture.check.hotSession(token: session.token) == nil)
        #expect(try await fixture.liveSession(session.token) == nil)
        #expect(try await fixture.events().filter { $0.hasPrefix("session.ended") } == ["session.ended signed_out"])
    }

    @Test("an end that cannot be audited does not happen")
    func auditFails() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn()
        try await fixture.database.transaction { try $0.execute("DROP TABLE audit_events") }
        await #expect(throws: SQLError.self) { try await fixture.sessions.end(.all, reason: "x") }
        await #expect(throws: SQLError.self) {
            try await fixture.sessions.end(token: session.token, realm: "infraon", reason: "x", address: nil)
        }
        #expect(try await fixture.liveSession(session.token) == session.id)
    }
}
