import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Refusals, as Okta words them")
struct RefusalTests {
    @Test(
        "A wrong client or redirect URI is a page that names the error, even with prompt=none",
        arguments: [
            (["client_id": "0oa1other"], "invalid_client"), (["client_id": nil], "invalid_client"),
            (["redirect_uri": "http://localhost:1/"], "invalid_request"), (["redirect_uri": nil], "invalid_request"),
            (["redirect_uri": "http://localhost:1/", "prompt": "none"], "invalid_request"),
        ] as [([String: String?], String)])
    func page(_ changes: [String: String?], _ error: String) async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.authorize(changes)
            #expect(answer.status == .badRequest)
            #expect(answer.headers[.location] == nil)
            #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
            #expect(String(buffer: answer.body).contains("<code>\(error)</code>"))
        }
    }

    @Test("A bogus code of the right client is invalid_grant, of a wrong one invalid_client")
    func code() async throws {
        try await SimulatorHarness.run { simulator in
            let bogus = try await simulator.redeem("bogus")
            #expect(bogus.status == .badRequest)
            #expect(try bogus.json()["error"] == "invalid_grant")
            let code = try await simulator.code()
            let stranger = try await simulator.client.execute(
                uri: "/oauth2/v1/token", method: .post,
                body: ByteBuffer(
                    string: "grant_type=authorization_code&client_id=0oa1other&client_secret=x&code=\(code)"))
            #expect(stranger.status == .unauthorized)
            #expect(try stranger.json()["error"] == "invalid_client")
        }
    }

    @Test("A code and a refresh token are good for the client they were given to only")
    func otherClient() async throws {
        try await SimulatorHarness.run { simulator in
            let added = try await simulator.client.execute(
                uri: "/simulator/clients", method: .post,
                body: ByteBuffer(
                    string: """
                        {"client_id": "0oa2", "client_secret": "s", "redirect_uris": ["\(SimulatorHarness.redirectURI)"]}
                        """))
            #expect(added.status == .created)
            func token(_ parameters: [(String, String)]) async throws -> TestResponse {
                try await simulator.client.execute(
                    uri: "/oauth2/v1/token", method: .post,
                    body: ByteBuffer(string: formEncoded([("client_id", "0oa2"), ("client_secret", "s")] + parameters)))
            }
            let code = try await simulator.code()
            let stolen = try await token([
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", SimulatorHarness.redirectURI),
                ("code_verifier", SimulatorHarness.verifier),
            ])
            #expect(try stolen.json()["error"] == "invalid_grant")
            let tokens = try await simulator.redeem(code).json()
            let refresh = try await token([
                ("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token")),
            ])
            #expect(try refresh.json()["error"] == "invalid_grant")
            #expect(try await simulator.refresh(tokens.text("refresh_token")).status == .ok)
        }
    }
}
