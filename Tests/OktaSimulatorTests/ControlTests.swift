import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("The control endpoints")
struct ControlTests {
    @Test("A fault strikes as often as ordered")
    func faults() async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.order("faults", #"{"endpoint":"jwks","mode":"status-500","count":2}"#)
            var statuses: [Int] = []
            for _ in 1...3 {
                statuses.append(try await simulator.client.execute(uri: "/oauth2/v1/keys", method: .get).status.code)
            }
            #expect(statuses == [500, 500, 200])
        }
    }

    @Test("A tampered ID token differs as ordered, once")
    func tampering() async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.order(
                "tampering", #"{"target":"id_token","members":{"nonce":"another","email":null}}"#)
            let tampered = try await simulator.tokens().claims("id_token")
            #expect(tampered["nonce"] == "another")
            #expect(tampered["email"] == nil)
            #expect(try await simulator.tokens().claims("id_token")["nonce"] == "a nonce")
        }
    }

    @Test("Rotation keeps or withdraws the old key")
    func rotation() async throws {
        try await SimulatorHarness.run { simulator in
            let ring = simulator.organization.keys(.org)
            let first = ring.current.id
            _ = try await simulator.order("rotate-keys", #"{"alg":"EdDSA"}"#)
            #expect(ring.current.algorithm == .edDSA)
            #expect(ring.published.map(\.id) == [ring.current.id, first])
            _ = try await simulator.order("rotate-keys", #"{"alg":"ES256","publish_old":false}"#)
            #expect(ring.published.map(\.id) == [ring.current.id])
            #expect(ring.key(id: first) != nil)
        }
    }

    @Test("A person changes, and unknown members are refused")
    func people() async throws {
        try await SimulatorHarness.run { simulator in
            let uri = "/simulator/people/ada%40acme.example"
            let changed = try await simulator.client.execute(
                uri: uri, method: .patch, body: ByteBuffer(string: #"{"groups":["a, b"],"assigned":false}"#))
            #expect(try changed.json()["groups"] == ["a, b"])
            #expect(simulator.organization.people.person("ada@acme.example")?.isAssigned == false)
            let refused = try await simulator.client.execute(
                uri: uri, method: .patch, body: ByteBuffer(string: #"{"group":[]}"#))
            #expect(refused.status == .badRequest)
        }
    }

    @Test("The log shows client authentication and no secret")
    func log() async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.tokens()
            let answer = try await simulator.client.execute(uri: "/simulator/log", method: .get)
            let last = try #require(answer.json()["requests"]?.array?.last)
            #expect(last["client_authentication"] == "client_secret_basic")
            #expect(last["grant_type"] == "authorization_code")
            #expect(!String(buffer: answer.body).contains(SimulatorHarness.verifier))
        }
    }

    @Test("A page in a browser may not order anything")
    func browser() async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.client.execute(
                uri: "/simulator/sessions", method: .delete, headers: [.origin: "http://localhost:8300"])
            #expect(answer.status == .forbidden)
        }
    }
}
