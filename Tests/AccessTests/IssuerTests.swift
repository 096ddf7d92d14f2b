import Cryptography
import Identity
import SQL
import StrictJSON
import TestSupport
import Testing

@testable import Access

@Suite("A provider's name and who it is")
struct IssuerTests {
    static let acme = "https://acme.okta.com"

    private static func rules(okta issuer: String?) -> AccessRules {
        AccessRules(
            origin: "https://sso.example.com", realms: ["infraon": AccessFixture.revalidated], administrators: nil,
            issuers: issuer.map { ["okta": $0] } ?? [:])
    }

    @Test("a session of another issuer under the same name is worth nothing, and lives again when the name is back")
    func otherIssuer() async throws {
        let fixture = try await AccessFixture(rules: Self.rules(okta: Self.acme))
        let session = try await fixture.signInRefreshably()
        #expect(try await fixture.liveSession(session.token) == session.id)
        for issuer in ["https://other.okta.com", Self.acme + "/", "https://ACME.okta.com"] {
            fixture.check.replaceRules(Self.rules(okta: issuer))
            #expect(fixture.check.hotSession(token: session.token) == nil)
            #expect(try await fixture.liveSession(session.token) == nil)
            #expect(try await fixture.check.sessionToRevalidate(token: session.token) == nil)
        }
        for issuer in [nil, Self.acme] {
            fixture.check.replaceRules(Self.rules(okta: issuer))
            #expect(try await fixture.liveSession(session.token) == session.id)
        }
    }

    @Test("a lease and a token to revoke say whose token it is")
    func named() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let lease = try await fixture.lease(session)
        #expect(lease.issuer == Self.acme)
        try await fixture.revalidations.end(lease, reason: .providerChanged, detail: "x")
        let token = try #require(try await fixture.revocations.takeDue(limit: 9).first)
        #expect(token.id == session.id && token.issuer == Self.acme && token.provider == "okta")
    }

    @Test("a provider of the store takes its sessions and its key along; a new one of that name finds none")
    func storedProvider() async throws {
        let fixture = try await AccessFixture.revalidating()
        let providers = StoredProviders(
            database: fixture.database, audit: fixture.audit, keyring: fixture.keyring, random: .system)
        let keys = ProofKeys(database: fixture.database, keyring: fixture.keyring, random: .system)
        func add() async throws -> Bool {
            let provider = StoredProvider(
                name: "other", settings: JSONObject(), clientSecret: Secret("s"), createdAt: fixture.clock.now,
                createdBy: "adm_1")
            return try await providers.add(provider, address: nil)
        }
        let leftOver = try await fixture.signInRefreshably(AccessFixture.identity(provider: "other"))
        let kept = try await fixture.signInRefreshably()
        for token in [leftOver.token, kept.token] { #expect(try await fixture.liveSession(token) != nil) }
        #expect(try await add())
        #expect(try await fixture.liveSession(leftOver.token) == nil)
        let own = try await fixture.signInRefreshably(AccessFixture.identity(provider: "other"))
        let pem = try await keys.key(of: "other").pem.reveal()
        #expect(try await fixture.liveSession(own.token) == own.id)
        #expect(try await providers.remove("other", actor: "adm_1", address: nil, at: fixture.clock.now))
        #expect(try await fixture.liveSession(own.token) == nil)
        #expect(try await fixture.liveSession(kept.token) == kept.id)
        #expect(try await Set(fixture.tokensToRevoke().keys) == [leftOver.id, own.id])
        #expect(try await keys.key(of: "other").pem.reveal() != pem)
        let reasons = try await fixture.events().filter { $0.hasPrefix("session.ended") }
        #expect(reasons == ["session.ended provider_removed", "session.ended provider_removed"])
    }
}

@Suite("What a provider says of a person counts for all of their sessions")
struct PersonalSessionTests {
    let fixture: AccessFixture

    init() async throws { fixture = try await AccessFixture.revalidating() }

    private func identity(_ groups: [GroupName], name: String = "Ada Berger") -> VerifiedIdentity {
        AccessFixture.identity(groups: groups, name: name)
    }

    private func succeed(_ lease: SessionLease, _ identity: VerifiedIdentity) async throws {
        try await fixture.revalidations.succeed(
            lease, identity: identity, idToken: nil, realm: AccessFixture.revalidated)
    }

    @Test("whoever signs in with fewer groups has fewer everywhere, at once and in every process")
    func signIn() async throws {
        let other = try await AccessFixture.revalidating(besides: fixture)
        let older = try await fixture.signInRefreshably(identity(["infraon-admins"]))
        for instance in [fixture, other] { #expect(try await instance.roles(older) == ["admin"]) }
        fixture.clock.advance(.seconds(1))
        _ = try await fixture.signInRefreshably(identity(["infraon-tech-1"]))
        for instance in [fixture, other] { #expect(try await instance.roles(older) == ["technician"]) }
    }

    @Test("a session without a refresh token follows what is told to another one of the person's")
    func withoutRefreshToken() async throws {
        let silent = try await fixture.signIn(identity(["infraon-admins"]), realm: AccessFixture.revalidated)
        let asked = try await fixture.signInRefreshably(identity(["infraon-admins"]))
        fixture.clock.advance(.seconds(1))
        try await succeed(try await fixture.lease(asked), identity(["infraon-tech-1"]))
        #expect(try await fixture.roles(silent) == ["technician"])
    }

    @Test("an older answer that comes late gives no groups back that a newer one took")
    func lateAnswer() async throws {
        let first = try await fixture.signInRefreshably(identity(["infraon-admins"]))
        let second = try await fixture.signInRefreshably(identity(["infraon-admins"]))
        fixture.clock.advance(.seconds(1))
        let slow = try await fixture.lease(first)
        fixture.clock.advance(.seconds(1))
        try await succeed(try await fixture.lease(second), identity(["infraon-tech-1"]))
        #expect(try await fixture.roles(first) == ["technician"])
        fixture.clock.advance(.seconds(1))
        try await succeed(slow, identity(["infraon-admins"]))
        #expect(try await fixture.roles(second) == ["technician"])
    }

    @Test("a name that changed is shown with all of the person's sessions")
    func profile() async throws {
        let (first, second) = (try await fixture.signInRefreshably(), try await fixture.signInRefreshably())
        for session in [first, second] { _ = try await fixture.liveSession(session.token) }
        try await succeed(try await fixture.lease(first), AccessFixture.identity(name: "Ada Meyer"))
        for session in [first, second] {
            #expect(try await fixture.check.session(token: session.token)?.name == "Ada Meyer")
        }
    }

    @Test("a change of groups does not make a session look unused")
    func lastUse() async throws {
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.seconds(1000))
        #expect(try await fixture.liveSession(session.token) == session.id)
        for groups in [["infraon-tech-1"], ["infraon-tech-1"]] as [[GroupName]] {
            try await succeed(try await fixture.lease(session), identity(groups))
        }
        fixture.check.replaceRules(fixture.check.currentRules)
        // The store knows of the login only, which is more than half an hour ago.
        fixture.clock.advance(.seconds(1000))
        #expect(try await fixture.sessions.session(id: session.id)?.lastSeenAt == TestClock.start)
        #expect(try await fixture.liveSession(session.token) == session.id)
    }

    @Test("a device's approval leaves both addresses, the browser's and the machine's")
    func addresses() async throws {
        let ticket = try await fixture.devices.begin(realm: "infraon", host: nil, address: "198.51.100.7")
        let code = try #require(DeviceLogins.normalized(userCode: ticket.userCode))
        let login = try #require(try await fixture.devices.pending(userCode: code))
        let outcome = try await fixture.admission.admit(
            AccessFixture.identity(), tokens: AccessFixture.refreshable, realm: AccessFixture.revalidated,
            arrival: Arrival(
                address: "198.51.100.7", signInAddress: "192.0.2.9", userAgent: nil, previousToken: nil,
                kind: .commandLine, delivery: .device(id: login.id)))
        guard case .admitted(let session) = outcome else { throw AccessFixture.Refused() }
        let trail = try await fixture.trail()
        func address(_ kind: AuditEvent.Kind) -> String? { trail.first { $0.kind == kind }?.address }
        #expect(address(.signedIn) == "192.0.2.9" && address(.deviceApproved) == "192.0.2.9")
        #expect(address(.sessionCreated) == "198.51.100.7")
        #expect(try await fixture.sessions.session(id: session.id)?.address == "198.51.100.7")
    }
}
