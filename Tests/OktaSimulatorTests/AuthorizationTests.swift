import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("The authorization endpoint")
struct AuthorizationTests {
    @Test("A good request shows the sign-in page, and a choice leads back with code, state and iss")
    func goodRequest() async throws {
        try await SimulatorHarness.run { simulator in
            let page = try await simulator.authorize()
            #expect(page.status == .ok)
            #expect(String(buffer: page.body).contains("R&amp;D, Zürich"))
            let answer = try await simulator.choose("ada@acme.example", on: page)
            let parameters = try SimulatorHarness.parameters(of: answer)
            #expect(parameters["state"] == "a state")
            #expect(parameters["iss"] == "http://localhost:8302")
            #expect(parameters["code"] != nil)
        }
    }

    @Test(
        "A redirect URI that is not exactly a registered one gets a page and no redirect",
        arguments: [
            "http://localhost:8300/login/callback/", "http://localhost:8300/login/callback?x=1",
            "http://localhost:8300/login/Callback", "http://localhost:8300", "https://localhost:8300/login/callback",
            "http://localhost:8300/login/callback#f", "",
        ])
    func redirectURI(_ uri: String) async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.authorize(["redirect_uri": uri])
            #expect(answer.status == .badRequest)
            #expect(answer.headers[.location] == nil)
        }
    }

    @Test("An unknown client gets a page and no redirect")
    func unknownClient() async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.authorize(["client_id": "0oa1other"])
            #expect(answer.status == .badRequest)
            #expect(answer.headers[.location] == nil)
        }
    }

    @Test(
        "Each fault of a request goes back to the client as an error",
        arguments: [
            ("code_challenge", nil, "invalid_request"), ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge", "short", "invalid_request"), ("response_type", "token", "unsupported_response_type"),
            ("response_mode", "fragment", "unsupported_response_mode"), ("scope", "profile", "invalid_scope"),
            ("scope", "openid everything", "invalid_scope"), ("prompt", "none login", "invalid_request"),
            ("prompt", "none", "login_required"), ("max_age", "-1", "invalid_request"),
            ("acr_values", "urn:unknown", "invalid_request"), ("state", nil, "invalid_request"),
        ] as [(String, String?, String)])
    func faults(_ name: String, _ value: String?, _ error: String) async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.authorize([name: value])
            #expect(answer.status == .found)
            let parameters = try SimulatorHarness.parameters(of: answer)
            #expect(parameters["error"] == error)
            #expect(parameters["iss"] == "http://localhost:8302")
        }
    }

    @Test("Someone without the application is denied with Okta's words")
    func notAssigned() async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.choose("colin@acme.example", on: simulator.authorize())
            let parameters = try SimulatorHarness.parameters(of: answer)
            #expect(parameters["error"] == "access_denied")
            #expect(parameters["error_description"] == "User is not assigned to the client application.")
        }
    }

    @Test("A suspended person stays on the sign-in page")
    func suspended() async throws {
        try await SimulatorHarness.run { simulator in
            let page = try await simulator.authorize()
            _ = simulator.organization.people.change("ada@acme.example") { $0.status = .suspended }
            let answer = try await simulator.choose("ada@acme.example", on: page)
            #expect(answer.status == .forbidden)
            #expect(String(buffer: answer.body).contains("Unable to sign in"))
        }
    }

    @Test("The session signs in again without a page, unless login or max_age ask for one")
    func singleSignOn() async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.choose("ada@acme.example", on: simulator.authorize())
            let cookie = try #require(answer.headers[.setCookie]?.split(separator: ";").first).description
            #expect(try await simulator.authorize(cookie: cookie).status == .found)
            #expect(try await simulator.authorize(["prompt": "none"], cookie: cookie).status == .found)
            #expect(try await simulator.authorize(["prompt": "login"], cookie: cookie).status == .ok)
            _ = simulator.organization.clock.advance(bySeconds: 61)
            #expect(try await simulator.authorize(["max_age": "60"], cookie: cookie).status == .ok)
            #expect(try await simulator.authorize(["max_age": "62"], cookie: cookie).status == .found)
            _ = simulator.organization.clock.advance(bySeconds: 2 * 3600)
            #expect(try await simulator.authorize(cookie: cookie).status == .ok)
        }
    }

    @Test("The page answers once")
    func onePageOneAnswer() async throws {
        try await SimulatorHarness.run { simulator in
            let page = try await simulator.authorize()
            #expect(try await simulator.choose("ada@acme.example", on: page).status == .seeOther)
            #expect(try await simulator.choose("ada@acme.example", on: page).status == .gone)
        }
    }
}
