import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Applications at run time")
struct ClientControlTests {
    @Test("An added client signs in with its own redirect URI, and its secret is not shown")
    func addition() async throws {
        try await SimulatorHarness.run { simulator in
            let added = try await simulator.client.execute(
                uri: "/simulator/clients", method: .post,
                body: ByteBuffer(
                    string: """
                        {"client_id": "0oa2", "client_secret": "geheim-Ü", "redirect_uris": ["http://localhost:9/c"]}
                        """))
            #expect(added.status == .created)
            #expect(!String(buffer: added.body).contains("geheim"))
            let request = ["client_id": "0oa2", "redirect_uri": "http://localhost:9/c"]
            #expect(try await simulator.authorize(request).status == .ok)
            #expect(simulator.organization.clients["0oa2"]?.secret?.matches("geheim-Ü") == true)
            // The redirect URI of one client is not that of another.
            #expect(try await simulator.authorize(["client_id": "0oa2"]).status == .badRequest)
        }
    }

    @Test(
        "A client that is none is refused",
        arguments: [
            (#"{"client_id": "0oa1test", "redirect_uris": ["http://localhost:9/c"]}"#, 409),
            (#"{"client_id": "0oa2"}"#, 400), (#"{"client_id": "0oa2", "redirect_uris": []}"#, 400),
            (#"{"client_id": "0oa2", "redirect_uris": ["x"], "grace": 3}"#, 400),
            (#"{"client_id": "0oa2", "redirect_uris": ["x"], "refresh_grace": 61}"#, 400),
        ])
    func refusal(_ body: String, _ status: Int) async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.client.execute(
                uri: "/simulator/clients", method: .post, body: ByteBuffer(string: body))
            #expect(answer.status.code == status)
        }
    }

    @Test("A change keeps what it does not name; a faulty one changes nothing")
    func change() async throws {
        try await SimulatorHarness.run { simulator in
            let changed = try await simulator.change(
                #"{"redirect_uris": ["http://localhost:9/c"], "initiate_login_uri": "http://localhost:9/i"}"#)
            #expect(try changed.json()["redirect_uris"] == ["http://localhost:9/c"])
            #expect(try changed.json()["refresh_grace"] == 30)
            #expect(try changed.json()["token_endpoint_auth_methods"] == ["client_secret_basic", "client_secret_post"])
            let removed = try await simulator.change(#"{"initiate_login_uri": null}"#)
            #expect(try removed.json()["initiate_login_uri"] == .null)
            let faulty = try await simulator.change(#"{"pkce_required": false, "refresh_grace": "no"}"#)
            #expect(faulty.status == .badRequest)
            #expect(simulator.organization.clients["0oa1test"]?.isPKCERequired == true)
            #expect(try await simulator.change(#"{"redirect_uris": null}"#).status == .badRequest)
        }
    }

    @Test("A removed client is unknown")
    func removal() async throws {
        try await SimulatorHarness.run { simulator in
            let uri = "/simulator/clients/0oa1test"
            let removed = try await simulator.client.execute(uri: uri, method: .delete)
            #expect(removed.status == .noContent)
            #expect(try await simulator.authorize().status == .badRequest)
            #expect(try await simulator.client.execute(uri: uri, method: .get).status == .notFound)
        }
    }
}
