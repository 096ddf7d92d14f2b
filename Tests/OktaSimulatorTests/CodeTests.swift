import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Authorization codes")
struct CodeTests {
    @Test("A code buys tokens of Okta's shape")
    func redemption() async throws {
        try await SimulatorHarness.run { simulator in
            let tokens = try await simulator.tokens()
            let claims = try tokens.claims("id_token")
            #expect(claims["iss"] == "http://localhost:8302")
            #expect(claims["aud"] == "0oa1test")
            #expect(claims["nonce"] == "a nonce")
            #expect(claims["groups"] == ["Everyone", "R&D, Zürich"])
            #expect(try claims.text("sub").hasPrefix("00u"))
            #expect(try await simulator.userInfo(tokens).json()["sub"] == claims["sub"])
        }
    }

    @Test("A second use is refused and revokes what the first one gave")
    func reuse() async throws {
        try await SimulatorHarness.run { simulator in
            let code = try await simulator.code()
            let tokens = try await simulator.redeem(code).json()
            #expect(try await simulator.userInfo(tokens).status == .ok)
            let again = try await simulator.redeem(code)
            #expect(again.status == .badRequest)
            #expect(try again.json()["error"] == "invalid_grant")
            #expect(try await simulator.userInfo(tokens).status == .unauthorized)
            #expect(try await simulator.refresh(tokens.text("refresh_token")).status == .badRequest)
        }
    }

    @Test("A code lives for 60 seconds")
    func expiry() async throws {
        try await SimulatorHarness.run { simulator in
            let timely = try await simulator.code()
            let late = try await simulator.code()
            _ = simulator.organization.clock.advance(bySeconds: 60)
            #expect(try await simulator.redeem(timely).status == .ok)
            _ = simulator.organization.clock.advance(bySeconds: 1)
            #expect(try await simulator.redeem(late).status == .badRequest)
        }
    }

    @Test("A wrong verifier and a wrong redirect URI are refused")
    func binding() async throws {
        try await SimulatorHarness.run { simulator in
            let wrongVerifier = try await simulator.redeem(
                simulator.code(), verifier: String(repeating: "x", count: 43))
            #expect(try wrongVerifier.json()["error_description"] == "PKCE verification failed.")
            let wrongURI = try await simulator.token([
                ("grant_type", "authorization_code"), ("code", simulator.code()),
                ("redirect_uri", "http://localhost:8301"), ("code_verifier", SimulatorHarness.verifier),
            ])
            #expect(try wrongURI.json()["error"] == "invalid_grant")
        }
    }

    @Test("With a hundred groups or more the ID token has none and userinfo has all")
    func manyGroups() async throws {
        try await SimulatorHarness.run { simulator in
            let tokens = try await simulator.tokens(for: "marcus@acme.example")
            #expect(try tokens.claims("id_token")["groups"] == nil)
            #expect(try await simulator.userInfo(tokens).json()["groups"]?.array?.count == 250)
        }
    }

    @Test("A wrong secret answers 401 invalid_client")
    func wrongSecret() async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.client.execute(
                uri: "/oauth2/v1/token", method: .post,
                body: ByteBuffer(string: "grant_type=authorization_code&client_id=0oa1test&client_secret=wrong"))
            #expect(answer.status == .unauthorized)
            #expect(try answer.json()["error"] == "invalid_client")
        }
    }
}
