import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Discovery: keeping")
struct DiscoveryKeepingTests {
    let provider = ProviderFixture()

    private var fetches: Int { provider.transport.requests("discovery").count }

    @Test("kept for an hour, and fetched again after it")
    func freshness() async throws {
        let party = provider.party()
        for _ in 0..<5 { try await provider.redeem(party) }
        provider.clock.advance(.seconds(3600) - .milliseconds(1))
        try await provider.redeem(party)
        #expect(fetches == 1)
        provider.clock.advance(.milliseconds(1))
        try await provider.redeem(party)
        #expect(fetches == 2)
        try await provider.redeem(party)
        #expect(fetches == 2)
    }

    @Test("a new document counts")
    func newDocument() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        provider.clock.advance(.seconds(3600))
        provider.discover([("token_endpoint", "https://acme.okta.com/v2/token")])
        try await provider.redeem(party)
        #expect(
            provider.transport.requests("token").map(\.url) == [
                "https://acme.okta.com/v1/token", "https://acme.okta.com/v2/token",
            ])
    }

    @Test("when fetching again fails the old one serves, for up to a day")
    func covering() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        for reason in [OutboundError.Reason.unreachable, .timedOut] {
            provider.transport.on("discovery", fails: reason)
            provider.transport.on("jwks", fails: reason)
            provider.clock.advance(.seconds(3600))
            #expect(try await provider.failure(party) == nil)
        }
        provider.transport.on("discovery", bytes: Array("<html>maintenance".utf8))
        provider.transport.on("jwks", status: 503, [:])
        #expect(try await provider.failure(party) == nil)
        provider.clock.advance(.seconds(22 * 3600) - .milliseconds(1))
        #expect(try await provider.failure(party) == nil)
        provider.clock.advance(.milliseconds(1))
        #expect(try await provider.failure(party) == Failure("discovery_malformed", .provider))
    }

    @Test("a provider that now names another issuer is not covered for")
    func changedIssuer() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        provider.clock.advance(.seconds(3600))
        provider.discover([("issuer", "https://evil.example")])
        #expect(try await provider.failure(party)?.reason == "discovery_issuer_mismatch")
    }

    @Test("a failure is not kept")
    func failureThenSuccess() async throws {
        let party = provider.party()
        provider.transport.on("discovery", fails: .unreachable)
        #expect(try await provider.failure(party) != nil)
        provider.discover([])
        #expect(try await provider.failure(party) == nil)
    }

    @Test("many at once make one fetch")
    func singleFlight() async throws {
        let gate = Gate()
        provider.transport.on("discovery") { _ throws(OutboundError) in
            await gate.pass()
            return OutboundResponse(
                status: 200, headers: [], body: JSON.object(JSONObject(ProviderFixture.discovery)).serialized())
        }
        let party = provider.party()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await party.prepare(deadline: ProviderFixture.soon) } }
            await gate.arrivals(1)
            await gate.open()
            try await group.waitForAll()
        }
        #expect(fetches == 1)
        #expect(provider.transport.requests("jwks").count == 1)
    }

    @Test("a provider that does not answer is left alone for a minute while what is kept will do")
    func backOff() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        provider.transport.on("discovery", fails: .unreachable)
        provider.transport.on("jwks", fails: .unreachable)
        provider.clock.advance(.seconds(3600))
        for _ in 0..<5 { #expect(try await provider.failure(party) == nil) }
        #expect(fetches == 2)
        provider.clock.advance(.seconds(60) - .milliseconds(1))
        #expect(try await provider.failure(party) == nil)
        #expect(fetches == 2)
        provider.clock.advance(.milliseconds(1))
        #expect(try await provider.failure(party) == nil)
        #expect(fetches == 3)
        // Once it answers, an hour is an hour again.
        provider.discover([])
        provider.transport.on("jwks", bytes: keySet(TestKey.p256.jwk(kid: "k1")))
        provider.clock.advance(.seconds(60))
        for _ in 0..<3 { try await provider.redeem(party) }
        #expect(fetches == 4)
    }

    @Test("a configuration that is read again keeps the documents of the same issuer, and no others")
    func reload() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        let again = RelyingParty(
            settings: party.settings, transport: provider.transport, random: .system, clock: provider.clock.wallClock,
            configuredHosts: ["acme.okta.com"], earlier: party)
        try await provider.redeem(again)
        #expect(fetches == 1)
        let otherHosts = RelyingParty(
            settings: party.settings, transport: provider.transport, random: .system, clock: provider.clock.wallClock,
            configuredHosts: ["other.example"], earlier: party)
        try await provider.redeem(otherHosts)
        #expect(fetches == 2)
        let other = provider.party(issuer: "https://other.okta.com")
        let changed = RelyingParty(
            settings: other.settings, transport: provider.transport, random: .system, clock: provider.clock.wallClock,
            configuredHosts: ["acme.okta.com"], earlier: party)
        #expect(try await provider.failure(changed)?.reason == "discovery_issuer_mismatch")
        #expect(fetches == 3)
    }

    @Test("one who gives up does not stop the fetch that others wait for")
    func givingUp() async throws {
        let gate = Gate()
        provider.transport.on("discovery") { _ throws(OutboundError) in
            await gate.pass()
            return OutboundResponse(
                status: 200, headers: [], body: JSON.object(JSONObject(ProviderFixture.discovery)).serialized())
        }
        let party = provider.party()
        let patient = Task { try await party.prepare(deadline: ProviderFixture.soon) }
        await gate.arrivals(1)
        let cancelled = Task { try await party.prepare(deadline: ProviderFixture.soon) }
        cancelled.cancel()
        await #expect(throws: SignInError.self) { try await cancelled.value }
        let late = await #expect(throws: SignInError.self) { try await party.prepare(deadline: .now) }
        #expect(late?.reason == "provider_timed_out" && late?.fault == .providerTimedOut)
        await gate.open()
        try await patient.value
        #expect(fetches == 1)
    }
}
