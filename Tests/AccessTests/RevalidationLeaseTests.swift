import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Revalidation: who asks")
struct RevalidationLeaseTests {
    @Test("a session is due after the interval, at most a tenth of it early")
    func due() async throws {
        let fixture = try await AccessFixture.revalidating()
        var ids: Set<String> = []
        for _ in 0..<20 { ids.insert(try await fixture.signInRefreshably().id) }
        fixture.clock.advance(.seconds(810))
        #expect(try await fixture.takeDue().isEmpty)
        fixture.clock.advance(.seconds(90))
        #expect(Set(try await fixture.takeDue().map(\.sessionID)) == ids)
    }

    @Test("a lease says whom to ask for, with what, and shows no token")
    func content() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.seconds(900))
        let lease = try #require(try await fixture.takeDue().first)
        #expect(lease.sessionID == session.id && lease.realm == "infraon" && lease.provider == "okta")
        #expect(lease.subject == "00u1" && lease.userID.hasPrefix("usr_") && lease.failures == 0)
        #expect(lease.refreshToken.reveal() == "first-token")
        var dumped = ""
        dump(lease, to: &dumped)
        #expect(!"\(lease)".contains("first-token") && !dumped.contains("first-token"))
    }

    @Test("nothing is due without a refresh token, at another provider, or in a realm that does not ask")
    func notDue() async throws {
        let fixture = try await AccessFixture.revalidating()
        let without = try await fixture.signIn(realm: AccessFixture.revalidated)
        let elsewhere = try await fixture.signIn(realm: AccessFixture.portal, tokens: AccessFixture.refreshable)
        let other = try await fixture.signInRefreshably(AccessFixture.identity(provider: "other"))
        fixture.clock.advance(.seconds(10_000))
        #expect(try await fixture.takeDue().isEmpty)
        #expect(
            try await fixture.revalidations.takeDue(realm: AccessFixture.portal, provider: "okta", limit: 9).isEmpty)
        #expect(
            try await fixture.revalidations.takeDue(realm: AccessFixture.revalidated, provider: "other", limit: 0)
                .isEmpty)
        let leases = try await fixture.revalidations.takeDue(
            realm: AccessFixture.revalidated, provider: "other", limit: 9)
        #expect(leases.map(\.sessionID) == [other.id])
        #expect(try await fixture.revalidations.take(sessionID: without.id) == nil)
        #expect(try await fixture.revalidations.take(sessionID: "ses_none") == nil)
        // Whoever asks for this one session may do so.
        #expect(try await fixture.revalidations.take(sessionID: elsewhere.id) != nil)
    }

    @Test("the longest due come first, and no more than wanted")
    func order() async throws {
        let fixture = try await AccessFixture.revalidating()
        var ids: [String] = []
        for _ in 0..<5 {
            ids.append(try await fixture.signInRefreshably().id)
            // More than the tenth by which one may come early.
            fixture.clock.advance(.seconds(91))
        }
        fixture.clock.advance(.seconds(900))
        #expect(Set(try await fixture.takeDue(limit: 2).map(\.sessionID)) == Set(ids[0...1]))
        #expect(Set(try await fixture.takeDue(limit: 2).map(\.sessionID)) == Set(ids[2...3]))
        #expect(try await fixture.takeDue(limit: 2).map(\.sessionID) == [ids[4]])
        #expect(try await fixture.takeDue(limit: 2).isEmpty)
    }

    @Test("while one asks nobody else does, whether due or wanted, in any process")
    func exclusive() async throws {
        let fixture = try await AccessFixture.revalidating()
        let other = try await AccessFixture.revalidating(besides: fixture)
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.seconds(900))
        #expect(try await fixture.takeDue().count == 1)
        for fixture in [fixture, other] {
            #expect(try await fixture.takeDue().isEmpty)
            #expect(try await fixture.revalidations.take(sessionID: session.id) == nil)
        }
    }

    @Test("a lease is six seconds, to the millisecond; whoever renews it has six more")
    func leaseLength() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let first = try await fixture.lease(session)
        fixture.clock.advance(.milliseconds(5_999))
        #expect(try await fixture.revalidations.take(sessionID: session.id) == nil)
        #expect(try await fixture.revalidations.renew(first))
        fixture.clock.advance(.milliseconds(5_999))
        #expect(try await fixture.revalidations.take(sessionID: session.id) == nil)
        fixture.clock.advance(.milliseconds(1))
        let second = try #require(try await fixture.revalidations.take(sessionID: session.id))
        #expect(try await !fixture.revalidations.renew(first))
        #expect(try await fixture.revalidations.renew(second))
        // The provider's grace for a used token is 30 s: a killed process must be followed before that.
        #expect(
            Revalidations.leaseLength < .seconds(15) && Revalidations.renewalInterval * 2 < Revalidations.leaseLength)
    }

    @Test("a lease that ran out, and that nobody took, may still be renewed")
    func lateRenewal() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let lease = try await fixture.lease(session)
        fixture.clock.advance(.seconds(60))
        #expect(try await fixture.revalidations.renew(lease))
        #expect(try await fixture.revalidations.take(sessionID: session.id) == nil)
    }

    @Test("whoever lost the lease changes nothing any more")
    func lost() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let lost = try await fixture.lease(session)
        fixture.clock.advance(.seconds(6))
        let held = try await fixture.lease(session)
        let before = "\(try #require(try await fixture.row(session.id)))"
        let revalidations = fixture.revalidations
        #expect(try await !revalidations.renew(lost))
        #expect(try await !revalidations.store(rotated: Secret("stale"), for: lost))
        try await revalidations.succeed(
            lost, identity: AccessFixture.identity(groups: ["other"]), idToken: Secret("stale"),
            realm: AccessFixture.revalidated)
        try await revalidations.postpone(lost, by: .seconds(60))
        try await revalidations.end(lost, reason: .refreshRefused, detail: "stale")
        #expect("\(try #require(try await fixture.row(session.id)))" == before)
        #expect(try await fixture.tokensToRevoke().isEmpty)
        #expect(try await fixture.events().allSatisfy { !$0.hasPrefix("session.ended") && !$0.contains("revalidated") })
        // The holder still can.
        #expect(try await revalidations.store(rotated: Secret("second-token"), for: held))
        try await revalidations.end(held, reason: .refreshRefused, detail: "over")
        #expect(try await fixture.sessionRows == 0)
    }

    @Test("of 40 who ask at once, in two processes, each session gets one")
    func crowd() async throws {
        let fixture = try await AccessFixture.revalidating()
        let other = try await AccessFixture.revalidating(besides: fixture)
        for _ in 0..<10 { _ = try await fixture.signInRefreshably() }
        fixture.clock.advance(.seconds(900))
        let taken = try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<40 {
                let instance = number.isMultiple(of: 2) ? fixture : other
                group.addTask { try await instance.takeDue(limit: 3).map(\.sessionID) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(taken.count == 10 && Set(taken).count == 10)
    }

    @Test("a token that no configured key opens is not asked with, and is there when the key comes back")
    func otherMasterKey() async throws {
        let fixture = try await AccessFixture.revalidating()
        let session = try await fixture.signInRefreshably()
        let keyring = try Keyring(masterKeys: [AccessFixture.otherMasterKey])
        let vault = ProviderTokenVault(database: fixture.database, keyring: keyring, random: .system)
        let without = Revalidations(
            database: fixture.database, audit: fixture.audit, vault: vault, cache: fixture.cache, random: .system,
            clock: fixture.clock.wallClock)
        #expect(try await without.take(sessionID: session.id) == nil)
        fixture.clock.advance(.seconds(6))
        #expect(try await fixture.lease(session).refreshToken.reveal() == "first-token")
    }
}
