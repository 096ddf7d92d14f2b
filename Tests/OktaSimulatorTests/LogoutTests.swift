import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("RP-initiated logout")
struct LogoutTests {
    static let landing = "http://localhost:8300/logout/callback"

    @Test("The session ends, and the browser goes back with the state")
    func logout() async throws {
        try await SimulatorHarness.run { simulator in
            let (tokens, cookie) = try await simulator.signIn()
            #expect(try await simulator.authorize(["prompt": "none"], cookie: cookie).status == .found)
            let answer = try await simulator.logout([
                "id_token_hint": tokens.text("id_token"), "post_logout_redirect_uri": Self.landing, "state": "s &=",
            ])
            #expect(answer.headers[.location] == Self.landing + "?state=s%20%26%3D")
            let silent = try SimulatorHarness.parameters(
                of: await simulator.authorize(["prompt": "none"], cookie: cookie))
            #expect(silent["error"] == "login_required")
        }
    }

    @Test(
        "An address that is not exactly a registered one gets a page, and the session stays",
        arguments: [landing + "/", landing + "?x", "http://localhost:8300/", "https://localhost:8300/logout/callback"])
    func unregistered(_ address: String) async throws {
        try await SimulatorHarness.run { simulator in
            let (tokens, cookie) = try await simulator.signIn()
            let answer = try await simulator.logout([
                "id_token_hint": tokens.text("id_token"), "post_logout_redirect_uri": address,
            ])
            #expect(answer.status == .badRequest)
            #expect(answer.headers[.location] == nil)
            #expect(String(buffer: answer.body).contains("Logout redirect URI"))
            #expect(try await simulator.authorize(["prompt": "none"], cookie: cookie).status == .found)
        }
    }

    @Test("Without a hint, with a forged one and with another client's there is a page")
    func hints() async throws {
        try await SimulatorHarness.run { simulator in
            let hint = try await simulator.tokens().text("id_token")
            for parameters in [
                ["post_logout_redirect_uri": Self.landing], ["id_token_hint": hint + "A"],
                ["id_token_hint": hint, "client_id": "0oa1other"],
            ] {
                #expect(try await simulator.logout(parameters).status == .badRequest)
            }
        }
    }

    @Test("The applications with a front-channel address are framed before the way back")
    func frontchannel() async throws {
        try await SimulatorHarness.run { simulator in
            let (tokens, _) = try await simulator.signIn()
            _ = try await simulator.change(#"{"frontchannel_logout_uri": "http://localhost:9/front?a=b"}"#)
            let answer = try await simulator.logout([
                "id_token_hint": tokens.text("id_token"), "post_logout_redirect_uri": Self.landing, "state": "s",
            ])
            #expect(answer.status == .ok)
            let sid = try tokens.claims("id_token").text("sid")
            let page = String(buffer: answer.body)
            #expect(
                page.contains(
                    "<iframe src=\"http://localhost:9/front?a=b&amp;iss=http%3A%2F%2Flocalhost%3A8302&amp;sid=\(sid)\"")
            )
            #expect(page.contains("url=\(Self.landing)?state=s\""))
            let policy = try #require(answer.headers[.contentSecurityPolicy])
            #expect(policy.contains("frame-src http://localhost:9;"))
        }
    }
}

extension SimulatorHarness {
    /// Tokens and the cookie of the browser that signed in.
    func signIn(_ changes: [String: String?] = [:]) async throws -> (tokens: JSONValue, cookie: String) {
        let answer = try await choose("ada@acme.example", on: authorize(changes))
        let cookie = try #require(answer.headers[.setCookie]?.split(separator: ";").first).description
        let code = try #require(Self.parameters(of: answer)["code"])
        return (try await redeem(code).json(), cookie)
    }

    func logout(_ parameters: [String: String]) async throws -> TestResponse {
        let query = formEncoded(parameters.map { ($0.key, $0.value) })
        return try await client.execute(uri: "/oauth2/v1/logout?\(query)", method: .get)
    }
}
