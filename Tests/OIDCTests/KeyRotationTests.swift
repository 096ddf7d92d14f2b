import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Key rotation at the provider")
struct KeyRotationTests {
    let provider = ProviderFixture()

    private var fetches: Int { provider.transport.requests("jwks").count }

    private func publish(_ keys: JSON...) {
        provider.transport.on("jwks", JSON.object(JSONObject([("keys", .array(keys))])))
    }

    @Test("keys are kept for an hour")
    func freshness() async throws {
        let party = provider.party()
        for _ in 0..<5 { try await provider.redeem(party) }
        provider.clock.advance(.seconds(3600) - .milliseconds(1))
        try await provider.redeem(party)
        #expect(fetches == 1)
        provider.clock.advance(.milliseconds(1))
        try await provider.redeem(party)
        #expect(fetches == 2)
    }

    @Test("a key that is new just before signing is fetched, and the sign-in works")
    func justBeforeSigning() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        publish(TestKey.otherP256.jwk(kid: "k2"))
        provider.answer(by: .otherP256, kid: "k2")
        #expect(try await provider.failure(party) == nil)
        #expect(fetches == 2)
    }

    @Test("a new key under the old kid, and one without a kid, are fetched too")
    func sameID() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        publish(TestKey.otherP256.jwk(kid: "k1"))
        provider.answer(by: .otherP256, kid: "k1")
        #expect(try await provider.failure(party) == nil)
        provider.clock.advance(.seconds(60))
        publish(TestKey.p256.jwk())
        provider.answer(by: .p256, kid: nil)
        #expect(try await provider.failure(party) == nil)
        #expect(fetches == 3)
    }

    @Test("an old key that is no longer published is refused after the refetch")
    func withdrawn() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        publish(TestKey.otherP256.jwk(kid: "k2"))
        provider.clock.advance(.seconds(3600))
        #expect(try await provider.failure(party)?.reason == "key_unknown")
    }

    @Test("unknown keys ask at most once a minute")
    func onceAMinute() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        provider.answer(by: .otherP256, kid: "forged")
        for _ in 0..<10 { #expect(try await provider.failure(party) == Failure("key_unknown", .answer)) }
        #expect(fetches == 2)
        provider.clock.advance(.seconds(60) - .milliseconds(1))
        _ = try await provider.failure(party)
        #expect(fetches == 2)
        provider.clock.advance(.milliseconds(1))
        _ = try await provider.failure(party)
        _ = try await provider.failure(party)
        #expect(fetches == 3)
        // Forged tokens lock nobody out.
        provider.answer()
        #expect(try await provider.failure(party) == nil)
    }

    @Test(
        "a token that new keys cannot cure asks for none",
        arguments: [("nonce", "other"), ("aud", "other"), ("exp", 1)] as [(String, JSON)])
    func incurable(name: String, value: JSON) async throws {
        provider.answer([(name, value)])
        _ = try await provider.failure()
        #expect(fetches == 1)
    }

    @Test("20 sign-ins with an unknown key make exactly one fetch")
    func singleFlight() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        let gate = Gate()
        let document = keySet(TestKey.otherP256.jwk(kid: "k2"))
        provider.transport.on("jwks") { _ throws(OutboundError) in
            await gate.pass()
            return OutboundResponse(status: 200, headers: [], body: document)
        }
        provider.answer(by: .otherP256, kid: "k2")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await provider.redeem(party) } }
            await gate.arrivals(1)
            await gate.open()
            try await group.waitForAll()
        }
        #expect(fetches == 2)
    }

    @Test("whoever comes just after a refetch finds the new keys, in every interleaving")
    func lateComers() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        for round in 1...60 {
            let kid = "round-\(round)"
            let key = round % 2 == 0 ? TestKey.p256 : .otherP256
            publish(key.jwk(kid: kid))
            provider.answer(by: key, kid: kid)
            provider.clock.advance(.seconds(60))
            let before = fetches
            let failures = try await withThrowingTaskGroup(of: Failure?.self) { group in
                for _ in 0..<20 { group.addTask { try await provider.failure(party) } }
                return try await group.reduce(into: [Failure]()) { if let error = $1 { $0.append(error) } }
            }
            #expect(failures.isEmpty)
            #expect(fetches == before + 1)
        }
    }

    @Test("a refetch that fails says so, and the next minute may try again")
    func failingRefetch() async throws {
        let party = provider.party()
        try await provider.redeem(party)
        provider.transport.on("jwks", fails: .timedOut)
        provider.answer(by: .otherP256, kid: "k2")
        #expect(try await provider.failure(party) == Failure("provider_timed_out", .providerTimedOut))
        // The kept keys still serve those that they can.
        provider.answer()
        #expect(try await provider.failure(party) == nil)
        provider.clock.advance(.seconds(60))
        publish(TestKey.otherP256.jwk(kid: "k2"))
        provider.answer(by: .otherP256, kid: "k2")
        #expect(try await provider.failure(party) == nil)
    }

    @Test("a key set that is none", arguments: ["", "<html>", "{}", "{\"keys\":1}"])
    func malformed(text: String) async throws {
        provider.transport.on("jwks", bytes: Array(text.utf8))
        #expect(try await provider.failure() == Failure("key_set_malformed", .provider))
    }

    @Test("a key set that is not there", arguments: [301, 404, 500])
    func statuses(status: Int) async throws {
        provider.transport.on("jwks", status: status, ["keys": []])
        #expect(try await provider.failure() == Failure("jwks_failed", .provider))
    }
}
