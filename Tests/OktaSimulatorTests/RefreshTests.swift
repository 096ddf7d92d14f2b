import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Refresh tokens")
struct RefreshTests {
    @Test("A refresh rotates the token, keeps the subject and drops the nonce")
    func rotation() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            #expect(try second.text("refresh_token") != first.text("refresh_token"))
            let claims = try second.claims("id_token")
            #expect(try claims["sub"] == first.claims("id_token")["sub"])
            #expect(claims["nonce"] == nil)
        }
    }

    @Test("Within the grace period the old token yields the newest one")
    func grace() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            _ = simulator.organization.clock.advance(bySeconds: 30)
            let repeated = try await simulator.refresh(first.text("refresh_token"))
            #expect(repeated.status == .ok)
            #expect(try repeated.json()["refresh_token"] == second["refresh_token"])
        }
    }

    @Test("After the grace period a reuse ends the whole family")
    func reuseDetection() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            let second = try await simulator.refresh(first.text("refresh_token")).json()
            _ = simulator.organization.clock.advance(bySeconds: 31)
            let reuse = try await simulator.refresh(first.text("refresh_token"))
            #expect(reuse.status == .badRequest)
            #expect(try reuse.json()["error"] == "invalid_grant")
            #expect(try await simulator.refresh(second.text("refresh_token")).status == .badRequest)
            #expect(try await simulator.userInfo(second).status == .unauthorized)
        }
    }

    @Test("Scopes can be narrowed and not widened")
    func scopes() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            let narrowed = try await simulator.refresh(first.text("refresh_token"), scope: "openid email").json()
            #expect(narrowed["scope"] == "openid email")
            #expect(try narrowed.claims("id_token")["groups"] == nil)
            let widened = try await simulator.refresh(narrowed.text("refresh_token"), scope: "openid phone")
            #expect(try widened.json()["error"] == "invalid_scope")
        }
    }

    @Test("Without offline_access there is no refresh token")
    func withoutOfflineAccess() async throws {
        try await SimulatorHarness.run { simulator in
            let page = try await simulator.authorize(["scope": "openid"])
            let answer = try await simulator.choose("ada@acme.example", on: page)
            let code = try #require(SimulatorHarness.parameters(of: answer)["code"])
            let tokens = try await simulator.redeem(code).json()
            #expect(tokens["refresh_token"] == nil)
            #expect(try tokens.claims("id_token")["email"] == nil)
        }
    }

    @Test("Who was suspended gets no new tokens")
    func suspended() async throws {
        try await SimulatorHarness.run { simulator in
            let tokens = try await simulator.tokens()
            _ = simulator.organization.people.change("ada@acme.example") { $0.status = .suspended }
            #expect(try await simulator.refresh(tokens.text("refresh_token")).status == .badRequest)
            #expect(try await simulator.userInfo(tokens).status == .unauthorized)
        }
    }
}
