import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Revalidation: what comes of it")
struct RevalidationOutcomeTests {
    private func succeed(
        _ fixture: AccessFixture, _ lease: SessionLease, _ identity: VerifiedIdentity? = nil, idToken: String? = nil
    ) async throws {
        try await fixture.revalidations.succeed(
            lease, identity: identity, idToken: idToken.map { Secret($0) }, realm: AccessFixture.revalidated)
    }

    @Test("the rotated token is stored, once, by whoever holds the lease")
    func rotated() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let lease = try await fixture.lease(session)
        #expect(try await fixture.revalidations.store(rotated: Secret("second-token"), for: lease))
        #expect(try await fixture.refreshToken(of: session.id) == "second-token")
        // A process that is killed here has lost nothing: the next one asks with the newer token.
        fixture.clock.advance(.seconds(6))
        #expect(try await fixture.lease(session).refreshToken.reveal() == "second-token")
        let row = "\(try #require(try await fixture.row(session.id)))"
        #expect(!row.contains("second-token"))
    }

    @Test("a rotated token whose session ended meanwhile is revoked instead")
    func rotatedTooLate() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let lease = try await fixture.lease(session)
        try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        #expect(try await !fixture.revalidations.store(rotated: Secret("second-token"), for: lease))
        #expect(try await fixture.tokensToRevoke() == [session.id: "second-token"])
        #expect(try await fixture.sessionRows == 0)
    }

    @Test("an answer without news moves the times, and leaves no trace in the trail")
    func unchanged() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let trail = try await fixture.events()
        for identity in [nil, AccessFixture.identity()] {
            fixture.clock.advance(.seconds(900))
            let lease = try #require(try await fixture.takeDue().first)
            try await succeed(fixture, lease, identity)
            #expect(try await fixture.check.session(token: session.token)?.validatedAt == fixture.clock.now)
            #expect(try await fixture.roles(session) == ["admin"])
            #expect(try await fixture.takeDue().isEmpty)
        }
        #expect(try await fixture.events() == trail)
        let row = try #require(try await fixture.row(session.id))
        #expect(try row.optionalText("lease_owner") == nil && row.integer("revalidation_failures") == 0)
        let idToken = try fixture.vault.openLogoutHint(row.text("id_token"), of: session.id)
        #expect(idToken.reveal() == "first-id-token")
        // A new one replaces it, for the provider's logout.
        try await succeed(fixture, try await fixture.lease(session), idToken: "second-id-token")
        let newer = try #require(try await fixture.row(session.id)).text("id_token")
        #expect(try fixture.vault.openLogoutHint(newer, of: session.id).reveal() == "second-id-token")
    }

    @Test("groups change at once in all of the person's sessions at that provider, and in nobody else's")
    func groups() async throws {
        let fixture = try await AccessFixture.revalidating()
        let other = try await AccessFixture.revalidating(besides: fixture)
        let session = try await fixture.signInRefreshably()
        let second = try await fixture.signIn(realm: AccessFixture.revalidated)
        let portal = try await fixture.signIn(realm: AccessFixture.portal)
        let elsewhere = try await fixture.signIn(
            AccessFixture.identity(provider: "other"), realm: AccessFixture.revalidated)
        let colin = try await fixture.signInRefreshably(AccessFixture.identity(subject: "00u2"))
        for instance in [fixture, other] {
            for session in [session, second, elsewhere, colin] {
                #expect(try await instance.roles(session) == ["admin"])
            }
            #expect(try await instance.check.session(token: portal.token)?.groups == ["infraon-admins"])
        }
        let lease = try await fixture.lease(session)
        let groups: [GroupName] = ["infraon-tech-1", "field"]
        try await succeed(fixture, lease, AccessFixture.identity(groups: groups))
        for instance in [fixture, other] {
            for session in [session, second] { #expect(try await instance.roles(session) == ["technician"]) }
            #expect(try await instance.check.session(token: portal.token)?.groups == groups)
            for session in [elsewhere, colin] { #expect(try await instance.roles(session) == ["admin"]) }
        }
        let event = try #require(try await fixture.trail().first)
        #expect(event.kind == .sessionRevalidated && event.detail == "2 groups came, 1 went")
        #expect(event.session == session.id && event.realm == "infraon" && event.provider == "okta")
        #expect(event.user == lease.userID && event.at == fixture.clock.now)
        #expect(try await Users(database: fixture.database).user(id: lease.userID)?.groups == groups)
    }

    @Test("whoever loses the last role keeps the session and may nothing")
    func lastRole() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        try await succeed(fixture, try await fixture.lease(session), AccessFixture.identity(groups: []))
        #expect(try await fixture.roles(session) == [])
        #expect(try await fixture.trail().first?.detail == "0 groups came, 1 went")
        try await succeed(fixture, try await fixture.lease(session), AccessFixture.identity())
        #expect(try await fixture.roles(session) == ["admin"])
    }

    @Test("profile: what the provider says now, and what it does not say stays")
    func profile() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        _ = try await fixture.liveSession(session.token)
        let trail = try await fixture.events()
        let renamed = AccessFixture.identity(email: "Ada@new.example", name: "Ada Meyer")
        try await succeed(fixture, try await fixture.lease(session), renamed)
        for identity in [nil, AccessFixture.identity(email: nil, name: nil)] {
            let hot = try #require(try await fixture.check.session(token: session.token))
            #expect(hot.email == "Ada@new.example" && hot.name == "Ada Meyer" && hot.headerEmail == "Ada@new.example")
            #expect(try await fixture.list(email: "ada@NEW.example").map(\.id) == [session.id])
            try await succeed(fixture, try await fixture.lease(session), identity)
        }
        #expect(try await fixture.events() == trail)
    }

    @Test("what cannot be audited does not happen")
    func auditFails() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let lease = try await fixture.lease(session)
        try await fixture.database.transaction { try $0.execute("ALTER TABLE audit_events RENAME TO away") }
        let before = "\(try #require(try await fixture.row(session.id)))"
        await #expect(throws: SQLError.self) {
            try await succeed(fixture, lease, AccessFixture.identity(groups: ["infraon-tech-1"]))
        }
        await #expect(throws: SQLError.self) {
            try await fixture.revalidations.end(lease, reason: .refreshRefused, detail: "over")
        }
        #expect("\(try #require(try await fixture.row(session.id)))" == before)
        #expect(try await fixture.roles(session) == ["admin"])
    }

    @Test("a question that could not be asked comes again after the pause, and is counted until one succeeds")
    func postponed() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let validatedAt = fixture.clock.now
        fixture.clock.advance(.seconds(900))
        for failures in 0..<3 {
            let lease = try #require(try await fixture.takeDue().first)
            #expect(lease.failures == failures)
            try await fixture.revalidations.postpone(lease, by: .seconds(8))
            fixture.clock.advance(.milliseconds(7_999))
            #expect(try await fixture.takeDue().isEmpty)
            fixture.clock.advance(.milliseconds(1))
        }
        #expect(try await fixture.check.session(token: session.token)?.validatedAt == validatedAt)
        let lease = try #require(try await fixture.takeDue().first)
        try await succeed(fixture, lease)
        fixture.clock.advance(.seconds(900))
        #expect(try await fixture.takeDue().first?.failures == 0)
    }

    @Test(
        "the end by a provider's word: audited with its words; a token that the provider did not end itself is revoked",
        arguments: [
            (SessionEndReason.refreshRefused, false), (.refreshIssuerMismatch, true), (.refreshSubjectMismatch, true),
            (.refreshAudienceMismatch, true),
        ])
    func ended(reason: SessionEndReason, revokes: Bool) async throws {
        let fixture = try await AccessFixture.revalidating()
        let other = try await AccessFixture.revalidating(besides: fixture)
        let session = try await fixture.signInRefreshably()
        let neighbour = try await fixture.signInRefreshably()
        for instance in [fixture, other] { #expect(try await instance.liveSession(session.token) == session.id) }
        let lease = try await fixture.lease(session)
        #expect(try await fixture.revalidations.store(rotated: Secret("second-token"), for: lease))
        try await fixture.revalidations.end(lease, reason: reason, detail: "the grant was revoked")
        for instance in [fixture, other] {
            #expect(instance.check.hotSession(token: session.token) == nil)
            #expect(try await instance.liveSession(session.token) == nil)
            #expect(try await instance.liveSession(neighbour.token) == neighbour.id)
        }
        let event = try #require(try await fixture.trail().first)
        #expect(event.kind == .sessionEnded && event.reason == reason.rawValue && event.session == session.id)
        #expect(event.detail == "the grant was revoked" && event.user == lease.userID)
        #expect(try await fixture.tokensToRevoke() == (revokes ? [session.id: "second-token"] : [:]))
    }
}
