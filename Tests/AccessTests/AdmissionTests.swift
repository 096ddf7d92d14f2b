import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Admission")
struct AdmissionTests {
    @Test("somebody with a role gets a session, audited, until the realm's absolute end")
    func admitted() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(userAgent: "Mozilla/5.0")
        #expect(SessionCheck.isToken(session.token) && session.id.hasPrefix("ses_"))
        let hot = try #require(try await fixture.check.session(token: session.token))
        #expect(
            hot.id == session.id && hot.roles == ["admin"] && hot.groups == ["infraon-admins"] && hot.realm == "infraon"
        )
        #expect(hot.email == "ada@acme.example" && hot.name == "Ada Berger" && hot.preferredUsername == "ada")
        #expect(hot.userID.hasPrefix("usr_") && hot.provider == "okta" && hot.createdAt == fixture.clock.now)
        #expect(hot.endsAt == fixture.clock.now + .seconds(12 * 3600))
        let events = try await fixture.trail()
        #expect(Set(events.map(\.kind)) == [.signedIn, .sessionCreated])
        for event in events {
            #expect(
                event.session == session.id && event.user == hot.userID && event.realm == "infraon"
                    && event.provider == "okta")
            #expect(event.address == "192.0.2.1" && event.at == fixture.clock.now)
        }
    }

    @Test("somebody without a role is refused: an audit event with a reference, nothing else")
    func refused() async throws {
        let fixture = try await AccessFixture()
        let outcome = try await fixture.admission.admit(
            AccessFixture.identity(groups: ["others"]), tokens: ProviderTokens(refreshToken: nil, logoutHint: nil),
            realm: AccessFixture.infraon, arrival: Arrival(address: "192.0.2.9", userAgent: nil, previousToken: nil))
        guard case .refused(let reference) = outcome else { throw AccessFixture.Refused() }
        #expect(reference.utf8.count == 8)
        #expect(try await fixture.sessionRows == 0)
        #expect(try await fixture.userRows == 0)
        let events = try await fixture.trail(reference: reference)
        #expect(events.count == 1)
        #expect(
            events.first?.kind == .signInRefused && events.first?.reason == "no_role"
                && events.first?.address == "192.0.2.9")
        #expect(try await fixture.events().count == 1)
        // One change: a group that a rule names.
        _ = try await fixture.signIn(AccessFixture.identity(groups: ["others", "infraon-tech-7"]))
    }

    @Test("a default role admits everybody whom the provider vouches for")
    func defaultRole() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(AccessFixture.identity(groups: []), realm: AccessFixture.portal)
        #expect(try await fixture.check.session(token: session.token)?.roles == ["requester"])
    }

    @Test("each login has a new token; the session that the browser had ends")
    func renewal() async throws {
        let fixture = try await AccessFixture()
        let first = try await fixture.signIn()
        #expect(try await fixture.liveSession(first.token) == first.id)
        let second = try await fixture.signIn(previousToken: first.token)
        #expect(first.token != second.token && first.id != second.id)
        #expect(try await fixture.liveSession(first.token) == nil)
        #expect(try await fixture.liveSession(second.token) == second.id)
        #expect(try await fixture.sessionRows == 1)
        #expect(try await fixture.events().filter { $0 == "session.ended replaced_by_new_login" }.count == 1)
    }

    @Test("a planted token is worth nothing after the login, and another browser's session goes on")
    func fixation() async throws {
        let fixture = try await AccessFixture()
        let planted = RandomSource.system.token()
        let elsewhere = try await fixture.signIn()
        let session = try await fixture.signIn(previousToken: planted)
        #expect(session.token != planted)
        #expect(try await fixture.liveSession(planted) == nil)
        #expect(try await fixture.liveSession(elsewhere.token) == elsewhere.id)
    }

    @Test("a session of another realm is not ended")
    func otherRealm() async throws {
        let fixture = try await AccessFixture()
        let portal = try await fixture.signIn(realm: AccessFixture.portal)
        _ = try await fixture.signIn(realm: AccessFixture.infraon, previousToken: portal.token)
        #expect(try await fixture.liveSession(portal.token) == portal.id)
    }

    @Test("without its audit event there is no session, and the old one stays")
    func auditFails() async throws {
        let fixture = try await AccessFixture()
        let old = try await fixture.signIn()
        try await fixture.database.transaction { try $0.execute("ALTER TABLE audit_events RENAME TO away") }
        await #expect(throws: SQLError.self) { try await fixture.signIn(previousToken: old.token) }
        await #expect(throws: SQLError.self) { try await fixture.signIn(AccessFixture.identity(subject: "00u2")) }
        #expect(try await fixture.sessionRows == 1)
        #expect(try await fixture.userRows == 1)
        #expect(try await fixture.liveSession(old.token) == old.id)
        try await fixture.database.transaction { try $0.execute("ALTER TABLE away RENAME TO audit_events") }
        _ = try await fixture.signIn(previousToken: old.token)
        #expect(try await fixture.liveSession(old.token) == nil)
    }

    @Test("a refusal that cannot be audited is an error, not a refusal")
    func auditOfRefusalFails() async throws {
        let fixture = try await AccessFixture()
        try await fixture.database.transaction { try $0.execute("DROP TABLE audit_events") }
        await #expect(throws: SQLError.self) { try await fixture.signIn(AccessFixture.identity(groups: [])) }
    }

    @Test("a user is issuer and subject, byte by byte; e-mail and name are what the provider says today")
    func users() async throws {
        let fixture = try await AccessFixture()
        func user(_ identity: VerifiedIdentity) async throws -> String {
            try #require(try await fixture.check.session(token: try await fixture.signIn(identity).token)).userID
        }
        let first = try await user(AccessFixture.identity(subject: "00uK"))
        #expect(
            try await user(AccessFixture.identity(subject: "00uK", email: "new@acme.example", name: "New")) == first)
        #expect(try await user(AccessFixture.identity(subject: "00u\u{212A}")) != first)
        #expect(try await user(AccessFixture.identity(subject: "00uk")) != first)
        #expect(try await user(AccessFixture.identity(subject: "00uK", issuer: "https://other.okta.com")) != first)
        #expect(try await fixture.userRows == 4)
        let emails = try await fixture.list(user: first).map(\.email)
        #expect(emails == ["new@acme.example", "new@acme.example"])
        #expect(try await user(AccessFixture.identity(subject: "00uK", email: nil, name: nil)) == first)
        #expect(try await fixture.list(user: first).first?.email == nil)
    }

    @Test("the store holds no token in clear")
    func atRest() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(
            tokens: ProviderTokens(refreshToken: Secret("a-refresh-token"), logoutHint: Secret("an-id-token")))
        let row = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM sessions")[0] }
        for text in [session.token, "a-refresh-token", "an-id-token"] { #expect(!"\(row)".contains(text)) }
        #expect(try row.text("token_hash") == SHA256Digest(of: session.token).base64URL)
        #expect(
            try fixture.keyring.open(row.text("refresh_token"), for: "sessions/\(session.id)/refresh_token")
                == "a-refresh-token")
        #expect(try fixture.keyring.open(row.text("id_token"), for: "sessions/\(session.id)/id_token") == "an-id-token")
        #expect(throws: CryptographyError.self) {
            try fixture.keyring.open(row.text("id_token"), for: "sessions/\(session.id)/refresh_token")
        }
        let plain = try await fixture.signIn()
        let second = try await fixture.database.transaction(.readOnly) {
            try $0.rows("SELECT * FROM sessions WHERE id = $1", .text(plain.id))[0]
        }
        #expect(try second.optionalText("refresh_token") == nil)
        #expect(try second.optionalText("id_token") == nil)
    }

    @Test("a User-Agent is kept up to 300 bytes", arguments: ["x", "\u{301}", "\u{1F600}"])
    func userAgent(letter: String) async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(userAgent: "x" + String(repeating: letter, count: 16_000))
        let kept = try #require(try await fixture.sessions.session(id: session.id)?.userAgent)
        #expect(kept.utf8.count <= 303 && kept.utf8.count > 290 && kept.hasSuffix("…"))
        let short = try await fixture.signIn(userAgent: "Mozilla/5.0")
        #expect(try await fixture.sessions.session(id: short.id)?.userAgent == "Mozilla/5.0")
    }
}
