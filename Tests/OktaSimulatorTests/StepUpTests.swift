import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Step-up, max_age and prompt")
struct StepUpTests {
    static let two = "urn:okta:loa:2fa:any"
    static let one = "urn:okta:loa:1fa:any"

    @Test("Single sign-on satisfies the default level only; a higher one is remembered once it was reached")
    func stepUp() async throws {
        try await SimulatorHarness.run { simulator in
            let (tokens, cookie) = try await simulator.signIn()
            #expect(try tokens.claims("id_token")["acr"] == nil)
            #expect(try await simulator.identity(["acr_values": Self.one], cookie: cookie)["acr"] == .string(Self.one))
            let page = try await simulator.authorize(["acr_values": Self.two], cookie: cookie)
            #expect(page.status == .ok)
            #expect(String(buffer: page.body).contains(Self.two))
            _ = simulator.organization.clock.advance(bySeconds: 60)
            let stepped = try await simulator.choose("ada@acme.example", on: page, cookie: cookie)
            let claims = try await simulator.identity(stepped)
            #expect(claims["acr"] == .string(Self.two))
            #expect(claims["auth_time"] == 1_800_000_060)
            #expect(claims["amr"] == ["mfa", "otp", "pwd"])
            #expect(try claims["sid"] == tokens.claims("id_token")["sid"])
            #expect(try await simulator.identity(["acr_values": Self.two], cookie: cookie)["acr"] == .string(Self.two))
            // A later plain sign-in does not weaken the session.
            let again = try await simulator.authorize(["prompt": "login"], cookie: cookie)
            _ = try await simulator.choose("ada@acme.example", on: again, cookie: cookie)
            #expect(try await simulator.authorize(["acr_values": Self.two], cookie: cookie).status == .found)
        }
    }

    @Test("Any one of several levels suffices, and the claim says which")
    func several() async throws {
        try await SimulatorHarness.run { simulator in
            let (_, cookie) = try await simulator.signIn(["acr_values": Self.two])
            #expect(
                try await simulator.identity(["acr_values": "phr \(Self.two)"], cookie: cookie)["acr"]?.string
                    == Self.two)
            #expect(try await simulator.authorize(["acr_values": "phr phrh"], cookie: cookie).status == .ok)
        }
    }

    @Test("Who cannot reach the level is denied; if possible, it is not needed")
    func means() async throws {
        try await SimulatorHarness.run { simulator in
            let limited = try await simulator.client.execute(
                uri: "/simulator/people/ada@acme.example", method: .patch,
                body: ByteBuffer(string: #"{"highest_acr": "\#(Self.one)"}"#))
            #expect(try limited.json()["highest_acr"]?.string == Self.one)
            let page = try await simulator.authorize(["acr_values": Self.two])
            let denied = try await SimulatorHarness.parameters(of: simulator.choose("ada@acme.example", on: page))
            #expect(denied["error"] == "access_denied")
            let possible = Self.two + ":ifpossible"
            let (tokens, cookie) = try await simulator.signIn(["acr_values": possible])
            #expect(try tokens.claims("id_token")["acr"]?.string == possible)
            #expect(try await simulator.authorize(["acr_values": possible], cookie: cookie).status == .found)
        }
    }

    @Test("With prompt=none the answer says what is missing")
    func silent() async throws {
        try await SimulatorHarness.run { simulator in
            func error(_ changes: [String: String], cookie: String?) async throws -> String? {
                let answer = try await simulator.authorize(changes.merging(["prompt": "none"]) { $1 }, cookie: cookie)
                return try SimulatorHarness.parameters(of: answer)["error"]
            }
            #expect(try await error([:], cookie: nil) == "login_required")
            let (_, cookie) = try await simulator.signIn()
            #expect(try await error([:], cookie: cookie) == nil)
            #expect(try await error(["acr_values": Self.two], cookie: cookie) == "interaction_required")
            #expect(try await error(["max_age": "0"], cookie: cookie) == "login_required")
            _ = simulator.organization.clock.advance(bySeconds: 61)
            #expect(try await error(["max_age": "60"], cookie: cookie) == "login_required")
            #expect(try await error(["max_age": "61"], cookie: cookie) == nil)
        }
    }

    @Test("max_age=0 asks even whoever signed in this second")
    func maxAgeZero() async throws {
        try await SimulatorHarness.run { simulator in
            let (_, cookie) = try await simulator.signIn()
            #expect(try await simulator.authorize(["max_age": "0"], cookie: cookie).status == .ok)
        }
    }

    @Test("Choosing the account again is no authentication; signing in again, or as someone else, is")
    func selectAccount() async throws {
        try await SimulatorHarness.run { simulator in
            let (tokens, cookie) = try await simulator.signIn()
            _ = simulator.organization.clock.advance(bySeconds: 10)
            func time(_ prompt: String, _ email: String) async throws -> JSONValue {
                let page = try await simulator.authorize(["prompt": prompt], cookie: cookie)
                #expect(page.status == .ok)
                return try await simulator.identity(simulator.choose(email, on: page, cookie: cookie))
            }
            #expect(try await time("select_account", "ada@acme.example")["auth_time"] == 1_800_000_000)
            #expect(try await time("login", "ada@acme.example")["auth_time"] == 1_800_000_010)
            let other = try await time("select_account", "marcus@acme.example")
            #expect(other["auth_time"] == 1_800_000_010)
            #expect(try other["sid"] != tokens.claims("id_token")["sid"])
        }
    }

    @Test("Consent is asked for, given and denied, and is no authentication")
    func consent() async throws {
        try await SimulatorHarness.run { simulator in
            let (_, cookie) = try await simulator.signIn()
            _ = simulator.organization.clock.advance(bySeconds: 10)
            let page = try await simulator.authorize(["prompt": "consent"], cookie: cookie)
            #expect(page.status == .ok)
            let allowed = try await simulator.decide("allow", on: page, cookie: cookie)
            #expect(try await simulator.identity(allowed)["auth_time"] == 1_800_000_000)
            #expect(try await simulator.decide("allow", on: page, cookie: cookie).status == .gone)
            let second = try await simulator.authorize(["prompt": "consent"], cookie: cookie)
            #expect(try await simulator.decide("allow", on: second, cookie: nil).status == .gone)
            let denied = try await simulator.decide("deny", on: second, cookie: cookie)
            #expect(try SimulatorHarness.parameters(of: denied)["error"] == "access_denied")
            // Without a session the sign-in comes first.
            let signIn = try await simulator.authorize(["prompt": "consent"])
            let asked = try await simulator.choose("ada@acme.example", on: signIn)
            #expect(String(buffer: asked.body).contains("Allow access"))
        }
    }

    @Test("The claim can be left out, or be another")
    func claim() async throws {
        try await SimulatorHarness.run { simulator in
            for (setting, claim) in [("absent", nil), ("urn:other", "urn:other"), ("satisfied", Self.two)] {
                _ = try await simulator.set(#"{"acr_claim": "\#(setting)"}"#)
                let (tokens, _) = try await simulator.signIn(["acr_values": Self.two])
                #expect(try tokens.claims("id_token")["acr"]?.string == claim)
                let refreshed = try await simulator.refresh(tokens.text("refresh_token")).json()
                #expect(try refreshed.claims("id_token")["acr"]?.string == claim)
            }
        }
    }
}

extension SimulatorHarness {
    /// The claims of the ID token that single sign-on gives.
    fileprivate func identity(_ changes: [String: String?], cookie: String) async throws -> JSONValue {
        try await identity(authorize(changes, cookie: cookie))
    }

    fileprivate func identity(_ redirect: TestResponse) async throws -> JSONValue {
        let code = try #require(Self.parameters(of: redirect)["code"])
        return try await redeem(code).json().claims("id_token")
    }

    fileprivate func decide(_ decision: String, on page: TestResponse, cookie: String?) async throws -> TestResponse {
        let action = try #require(String(buffer: page.body).firstMatch(of: /action="([^"]+)"/)).1
        return try await client.execute(
            uri: String(action), method: .post, headers: cookie.map { [.cookie: $0] } ?? [:],
            body: ByteBuffer(string: "decision=\(decision)"))
    }
}
