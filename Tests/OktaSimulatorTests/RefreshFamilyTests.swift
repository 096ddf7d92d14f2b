import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Families of refresh tokens")
struct RefreshFamilyTests {
    @Test("A family counts its refreshes and the repeats within the grace period")
    func counts() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            _ = try await simulator.refresh(first.text("refresh_token"))
            _ = try await simulator.refresh(second.text("refresh_token"))
            let family = try await simulator.family()
            #expect(family["refreshes"] == 3)
            #expect(family["repeats"] == 1)
            #expect(family["person"] == "ada@acme.example")
            #expect(family["client_id"] == "0oa1test")
            #expect(family["alive"] == true)
            #expect(family["reason"] == .null)
        }
    }

    @Test("Within the grace period even a grandparent yields the newest token of the same family")
    func grandparent() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            let third = try await simulator.refresh(second.text("refresh_token")).json()
            let repeated = try await simulator.refresh(first.text("refresh_token")).json()
            #expect(repeated["refresh_token"] == third["refresh_token"])
            #expect(try await simulator.refresh(third.text("refresh_token")).status == .ok)
        }
    }

    @Test("Without a grace period the first repetition ends the family")
    func noGrace() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            #expect(try await simulator.change(#"{"refresh_grace": 0}"#).status == .ok)
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            #expect(try await simulator.refresh(first.text("refresh_token")).status == .badRequest)
            #expect(try await simulator.refresh(second.text("refresh_token")).status == .badRequest)
            let family = try await simulator.family()
            #expect(family["alive"] == false)
            #expect(family["reason"] == "reuse_detected")
        }
    }

    @Test("Each end has its reason")
    func reasons() async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.tokens()
            _ = try await simulator.order("revoke-grants", #"{"email": "ada@acme.example"}"#)
            #expect(try await simulator.family()["reason"] == "revoked_by_administrator")
        }
        try await SimulatorHarness.run { simulator in
            let code = try await simulator.code()
            _ = try await simulator.redeem(code)
            _ = try await simulator.redeem(code)
            #expect(try await simulator.family()["reason"] == "code_reused")
        }
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.tokens()
            _ = simulator.organization.clock.advance(bySeconds: 7 * 24 * 3600 + 1)
            #expect(try await simulator.family()["reason"] == "idle_expired")
        }
    }

    @Test("Rotation, ID token and refresh token of the answer can be switched off at run time")
    func switches() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            _ = try await simulator.change(#"{"refresh_rotation": false, "refresh_id_token": false}"#)
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            #expect(second["refresh_token"] == first["refresh_token"])
            #expect(second["id_token"] == nil)
            _ = try await simulator.change(#"{"refresh_tokens": false}"#)
            let refused = try await simulator.refresh(first.text("refresh_token"))
            #expect(refused.status == .badRequest)
            #expect(try refused.json()["error"] == "unauthorized_client")
            #expect(try await simulator.tokens()["refresh_token"] == nil)
        }
    }

    @Test("Tampering ordered for refreshes leaves the sign-in alone")
    func tampering() async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.order(
                "tampering",
                #"{"target": "id_token", "members": {"sub": "00uother", "nonce": "x"}, "grant_type": "refresh_token"}"#)
            let first = try await simulator.tokens()
            #expect(try first.claims("id_token")["sub"] != "00uother")
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            #expect(try second.claims("id_token")["sub"] == "00uother")
            #expect(try second.claims("id_token")["nonce"] == "x")
            let third = try await simulator.refresh(second.text("refresh_token")).json()
            #expect(try third.claims("id_token")["sub"] != "00uother")
        }
    }

    @Test("An answer that got lost costs no family within the grace period")
    func lostAnswer() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            _ = try await simulator.order("faults", #"{"endpoint": "token", "mode": "answer-lost"}"#)
            #expect(try await simulator.refresh(first.text("refresh_token")).status == .internalServerError)
            #expect(try await simulator.refresh(first.text("refresh_token")).status == .ok)
            #expect(try await simulator.family()["repeats"] == 1)
        }
    }
}

extension SimulatorHarness {
    /// The newest family, as the control endpoint shows it.
    fileprivate func family() async throws -> JSONValue {
        let answer = try await client.execute(uri: "/simulator/families", method: .get)
        return try #require(answer.json()["families"]?.array?.last)
    }
}
