import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Pushed authorization requests (RFC 9126)")
struct PushedAuthorizationTests {
    @Test("A pushed request is authorized by its request_uri, once, and keeps its parameters")
    func pushed() async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.push()
            #expect(answer.status == .created)
            #expect(try answer.json()["expires_in"] == 60)
            let uri = try answer.json().text("request_uri")
            let page = try await simulator.authorize(requestURI: uri)
            #expect(page.status == .ok)
            let redirect = try await simulator.choose("ada@acme.example", on: page)
            let parameters = try SimulatorHarness.parameters(of: redirect)
            #expect(parameters["state"] == "a state")
            let code = try #require(parameters["code"])
            #expect(try await simulator.redeem(code).json().claims("id_token")["nonce"] == "a nonce")
            let again = try await simulator.authorize(requestURI: uri)
            #expect(again.status == .badRequest)
            #expect(again.headers[.location] == nil)
        }
    }

    @Test("A request_uri is its client's own, lives for 60 seconds and is not another server's")
    func binding() async throws {
        try await SimulatorHarness.run { simulator in
            let added = try await simulator.client.execute(
                uri: "/simulator/clients", method: .post,
                body: ByteBuffer(string: #"{"client_id": "0oa2", "redirect_uris": ["http://localhost:9/c"]}"#))
            #expect(added.status == .created)
            let uri = try await simulator.push().json().text("request_uri")
            #expect(try await simulator.authorize(requestURI: uri, clientID: "0oa2").status == .badRequest)
            #expect(try await simulator.authorize(requestURI: uri, at: "/oauth2/default/v1").status == .badRequest)
            #expect(try await simulator.authorize(requestURI: "urn:okta:none").status == .badRequest)
            _ = simulator.organization.clock.advance(bySeconds: 60)
            #expect(try await simulator.authorize(requestURI: uri).status == .ok)
            let late = try await simulator.push().json().text("request_uri")
            _ = simulator.organization.clock.advance(bySeconds: 61)
            #expect(try await simulator.authorize(requestURI: late).status == .badRequest)
        }
    }

    @Test(
        "A push with a fault is answered to the client itself",
        arguments: [
            ("redirect_uri", "http://localhost:1/", "invalid_request"), ("scope", "openid everything", "invalid_scope"),
            ("request_uri", "urn:okta:x", "invalid_request"), ("code_challenge", nil, "invalid_request"),
            ("client_id", "0oa1other", "invalid_request"), ("prompt", "sometimes", "invalid_request"),
        ] as [(String, String?, String)])
    func faults(_ name: String, _ value: String?, _ error: String) async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.push([name: value])
            #expect(answer.status == .badRequest)
            #expect(try answer.json()["error"] == .string(error))
        }
    }

    @Test("A client that does not authenticate pushes nothing")
    func authentication() async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.client.execute(
                uri: "/oauth2/v1/par", method: .post,
                body: ByteBuffer(string: "client_id=0oa1test&client_secret=wrong&response_type=code"))
            #expect(answer.status == .unauthorized)
            #expect(try answer.json()["error"] == "invalid_client")
        }
    }

    @Test(
        "Where pushing is required, by the client or by all, a plain request is refused",
        arguments: [true, false])
    func required(_ byClient: Bool) async throws {
        try await SimulatorHarness.run { simulator in
            _ =
                try await byClient
                ? simulator.change(#"{"require_pushed_authorization": true}"#)
                : simulator.set(#"{"require_pushed_authorization_requests": true}"#)
            let refused = try SimulatorHarness.parameters(of: await simulator.authorize())
            #expect(refused["error"] == "invalid_request")
            #expect(refused["state"] == "a state")
            let uri = try await simulator.push().json().text("request_uri")
            #expect(try await simulator.authorize(requestURI: uri).status == .ok)
            for issuer in ["", "/oauth2/default"] {
                let metadata = try await simulator.client.execute(
                    uri: issuer + "/.well-known/openid-configuration", method: .get
                ).json()
                #expect(metadata["require_pushed_authorization_requests"] == .bool(!byClient))
                let base = issuer.isEmpty ? "/oauth2" : issuer
                #expect(
                    metadata["pushed_authorization_request_endpoint"]
                        == .string(
                            "http://localhost:8302\(base)/v1/par"))
            }
        }
    }

    @Test("A proof with the push binds the code to its key")
    func proof() async throws {
        try await SimulatorHarness.run { simulator in
            let maker = try ProofMaker()
            let challenge = try await simulator.push(proof: maker.proof("/oauth2/v1/par"))
            #expect(try challenge.json()["error"] == "use_dpop_nonce")
            let nonce = try #require(challenge.dpopNonce)
            let other = try await simulator.push(
                ["dpop_jkt": ProofMaker().thumbprint()], proof: maker.proof("/oauth2/v1/par", nonce: nonce))
            #expect(try other.json()["error"] == "invalid_dpop_proof")
            let pushed = try await simulator.push(proof: maker.proof("/oauth2/v1/par", nonce: nonce))
            let page = try await simulator.authorize(requestURI: pushed.json().text("request_uri"))
            let redirect = try await simulator.choose("ada@acme.example", on: page)
            let code = try #require(SimulatorHarness.parameters(of: redirect)["code"])
            #expect(try await simulator.redeem(code, proof: maker.proof(nonce: nonce)).status == .ok)
        }
    }

    @Test("The log names the parameters that went through the browser, and no values")
    func log() async throws {
        try await SimulatorHarness.run { simulator in
            let uri = try await simulator.push().json().text("request_uri")
            _ = try await simulator.authorize(requestURI: uri)
            let answer = try await simulator.client.execute(uri: "/simulator/log", method: .get)
            let last = try #require(answer.json()["requests"]?.array?.last)
            #expect(last["parameters"] == ["client_id", "request_uri"])
            #expect(!String(buffer: answer.body).contains(uri))
        }
    }
}

extension SimulatorHarness {
    fileprivate func push(_ changes: [String: String?] = [:], proof: String? = nil) async throws -> TestResponse {
        try await send(Self.request(changes), to: "/oauth2/v1/par", proof: proof)
    }

    fileprivate func authorize(
        requestURI: String, clientID: String = "0oa1test", at server: String = "/oauth2/v1"
    ) async throws -> TestResponse {
        let query = formEncoded([("client_id", clientID), ("request_uri", requestURI)])
        return try await client.execute(uri: "\(server)/authorize?\(query)", method: .get)
    }
}
