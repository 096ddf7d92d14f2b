import Identity
import TestSupport
import Testing

@testable import Access

@Suite("Assertions that may be used once")
struct OneTimeAssertionTests {
    let fixture: AccessFixture

    init() async throws { fixture = try await AccessFixture() }

    private func assertion(_ id: String = "_a1", provider: String = "okta-saml", lasting: Duration = .seconds(360))
        -> OneTimeToken
    {
        OneTimeToken(
            issuer: "saml \(provider) http://www.okta.com/exk1", id: id, until: fixture.clock.now + lasting)
    }

    private func admit(
        _ assertion: OneTimeToken, groups: [GroupName] = ["infraon-admins"], at other: AccessFixture? = nil
    ) async throws -> AdmissionOutcome {
        try await (other ?? fixture).admission.admit(
            AccessFixture.identity(groups: groups), tokens: ProviderTokens(refreshToken: nil, logoutHint: nil),
            realm: AccessFixture.infraon, arrival: Arrival(address: nil, userAgent: nil, previousToken: nil),
            using: assertion)
    }

    @Test("a second time it is a replay, and nothing happens; another one is none")
    func replay() async throws {
        _ = try await admit(assertion())
        await #expect(throws: TokenReplayed.self) { _ = try await admit(assertion()) }
        #expect(try await fixture.sessionRows == 1)
        let events = try await fixture.events().count
        #expect(events == 2)
        _ = try await admit(assertion("_a2"))
        _ = try await admit(assertion(provider: "other-saml"))
        #expect(try await fixture.sessionRows == 3)
    }

    @Test("also in another process on the store, and after a restart")
    func otherProcess() async throws {
        _ = try await admit(assertion())
        let other = try await AccessFixture(besides: fixture)
        await #expect(throws: TokenReplayed.self) { _ = try await admit(assertion(), at: other) }
        #expect(try await fixture.sessionRows == 1)
    }

    @Test("twenty at the same time, in two processes: one session")
    func concurrent() async throws {
        let other = try await AccessFixture(besides: fixture)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<20 {
                group.addTask {
                    do {
                        _ = try await admit(assertion(), at: index.isMultiple(of: 2) ? fixture : other)
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 1)
        #expect(try await fixture.sessionRows == 1)
    }

    @Test("one that gave nobody a role is used up too")
    func refused() async throws {
        guard case .refused = try await admit(assertion(), groups: ["others"]) else { throw AccessFixture.Refused() }
        await #expect(throws: TokenReplayed.self) { _ = try await admit(assertion()) }
        #expect(try await fixture.sessionRows == 0)
    }

    @Test("it is remembered until its end, and no longer")
    func remembered() async throws {
        let token = assertion(lasting: .seconds(360))
        _ = try await admit(token)
        let used = UsedTokens(database: fixture.database, clock: fixture.clock.wallClock)
        fixture.clock.advance(.seconds(359))
        try await used.removeExpired()
        await #expect(throws: TokenReplayed.self) { _ = try await admit(token) }
        fixture.clock.advance(.seconds(1))
        try await used.removeExpired()
        // By now its own time refuses it; only the row is gone.
        _ = try await admit(token)
    }

    @Test("the provider's end of the session is the session's end, when it is the earlier")
    func endsBy() async throws {
        for (offset, expected) in [(600, 600), (13 * 3600, 12 * 3600)] as [(Int64, Int64)] {
            let identity = VerifiedIdentity(
                provider: "okta", issuer: "http://www.okta.com/exk1", subject: "s\(offset)", email: nil, name: nil,
                preferredUsername: nil, groups: ["infraon-admins"], authenticatedAt: nil, authenticationContext: nil,
                providerSession: nil, sessionEndsBy: fixture.clock.now + .seconds(offset))
            let session = try await fixture.signIn(identity)
            #expect(session.endsAt == fixture.clock.now + .seconds(expected))
        }
    }

    @Test("several sessions of a provider's end together, of the one person only")
    func severalSessions() async throws {
        var ids: [String: String] = [:]
        for (name, subject) in [("i1", "00u1"), ("i2", "00u1"), ("i3", "00u1"), ("i4", "00u2")] {
            ids[name] = try await fixture.signIn(AccessFixture.identity(subject: subject, providerSession: name)).id
        }
        let ended = try await fixture.sessions.end(
            .providerSessions("okta", ids: ["i1", "i2", "i4"], issuer: "https://acme.okta.com", subject: "00u1"),
            reason: .samlLogout)
        #expect(Set(ended) == Set([ids["i1"], ids["i2"]].compactMap(\.self)))
        #expect(try await fixture.sessionRows == 2)
    }
}
