import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Logouts that the organisation tells of")
struct BackchannelLogoutTests {
    @Test("A browser's logout posts a logout token that fits the ID token")
    func logoutToken() async throws {
        try await RelyingPartyStandIn.run { party, address in
            try await SimulatorHarness.run { simulator in
                _ = try await simulator.change(#"{"backchannel_logout_uri": "\#(address)"}"#)
                let (tokens, _) = try await simulator.signIn()
                let identity = try tokens.claims("id_token")
                _ = try await simulator.logout(["id_token_hint": tokens.text("id_token")])
                #expect(party.messages.map(\.contentType) == ["application/x-www-form-urlencoded"])
                let token = try #require(try party.logoutTokens().first)
                #expect(token.header["typ"] == "logout+jwt")
                let key = simulator.organization.keys(.org).current
                #expect(key.pair.isValid(token.signature, of: token.signingInput, with: key.algorithm))
                for claim in ["iss", "aud", "sub", "sid"] { #expect(token.claims[claim] == identity[claim]) }
                #expect(token.claims["events"] == ["http://schemas.openid.net/event/backchannel-logout": [:]])
                #expect(token.claims["jti"]?.string != nil)
                #expect(token.claims["nonce"] == nil)
                #expect(token.claims["iat"] == 1_800_000_000)
                #expect(token.claims["exp"] == 1_800_000_120)
            }
        }
    }

    @Test("The control endpoint ends a person's sessions and says what the application answered")
    func control() async throws {
        try await RelyingPartyStandIn.run(answering: .badRequest) { party, address in
            try await SimulatorHarness.run { simulator in
                _ = try await simulator.change(#"{"backchannel_logout_uri": "\#(address)"}"#)
                let (_, cookie) = try await simulator.signIn()
                _ = try await simulator.signIn()
                let answer = try await simulator.order(
                    "logout", #"{"email": "ada@acme.example", "identify_by": "sid"}"#
                ).json()
                #expect(answer["sessions"]?.array?.count == 2)
                #expect(answer["deliveries"]?.array?.map { $0["status"] } == [400, 400])
                #expect(answer["deliveries"]?.array?.first?["body"] == "{\"heard\":true}")
                #expect(try party.logoutTokens().allSatisfy { $0.claims["sub"] == nil })
                #expect(try await simulator.authorize(["prompt": "none"], cookie: cookie).status == .found)
                #expect(try await simulator.authorize(cookie: cookie).status == .ok)
                // Told once.
                let again = try await simulator.order("logout", #"{"email": "ada@acme.example"}"#).json()
                #expect(again["deliveries"] == [])
                let log = try await simulator.client.execute(uri: "/simulator/logouts", method: .get).json()
                #expect(log["deliveries"]?.array?.count == 2)
            }
        }
    }

    @Test("Named by sub alone, one token ends all sessions of the person")
    func bySubject() async throws {
        try await RelyingPartyStandIn.run { party, address in
            try await SimulatorHarness.run { simulator in
                _ = try await simulator.change(#"{"backchannel_logout_uri": "\#(address)"}"#)
                _ = try await simulator.signIn()
                _ = try await simulator.signIn()
                _ = try await simulator.order("logout", #"{"email": "ada@acme.example", "identify_by": "sub"}"#)
                let tokens = try party.logoutTokens()
                #expect(tokens.count == 1)
                #expect(tokens.first?.claims["sid"] == nil)
            }
        }
    }

    @Test("A tampered logout token differs as ordered")
    func tampering() async throws {
        try await RelyingPartyStandIn.run { party, address in
            try await SimulatorHarness.run { simulator in
                _ = try await simulator.change(#"{"backchannel_logout_uri": "\#(address)"}"#)
                _ = try await simulator.signIn()
                _ = try await simulator.order(
                    "tampering",
                    #"{"target": "logout_token", "members": {"nonce": "n", "events": null}, "signature": "none"}"#)
                _ = try await simulator.order("logout", #"{"email": "ada@acme.example"}"#)
                let token = try #require(try party.logoutTokens().first)
                #expect(token.claims["nonce"] == "n")
                #expect(token.claims["events"] == nil)
                #expect(token.header["alg"] == "none")
                #expect(token.signature.isEmpty)
            }
        }
    }

    @Test(
        "An application that is not there, or not on this machine, is an error in the answer",
        arguments: [
            "http://localhost:1/", "http://example.com/", "https://localhost:8300/", "nonsense",
        ])
    func unreachable(_ address: String) async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.change(#"{"backchannel_logout_uri": "\#(address)"}"#)
            _ = try await simulator.signIn()
            let answer = try await simulator.order("logout", #"{"email": "ada@acme.example"}"#).json()
            let delivery = try #require(answer["deliveries"]?.array?.first)
            #expect(delivery["status"] == .null)
            #expect(delivery["error"]?.string?.isEmpty == false)
        }
    }

    @Test(
        "Universal Logout posts the token and the person, and gives back the answer",
        arguments: [
            ("email", #"{"sub_id":{"email":"ada@acme.example","format":"email"}}"#),
            ("iss_sub", #"{"sub_id":{"format":"iss_sub","iss":"http://localhost:8302","sub":"#),
        ])
    func universalLogout(_ format: String, _ body: String) async throws {
        try await RelyingPartyStandIn.run(answering: .notFound) { party, address in
            try await SimulatorHarness.run { simulator in
                let answer = try await simulator.order(
                    "universal-logout",
                    """
                    {"endpoint": "\(address)", "client_id": "0oa1test", "email": "ada@acme.example",
                     "format": "\(format)", "members": {"jti": null}}
                    """
                ).json()
                #expect(answer["status"] == 404)
                #expect(answer["body"] == "{\"heard\":true}")
                let message = try #require(party.messages.first)
                #expect(message.contentType == "application/json")
                #expect(message.text.hasPrefix(body))
                let bearer = try #require(message.authorization?.dropFirst("Bearer ".count).description)
                #expect(answer["jwt"] == .string(bearer))
                let token = try #require(JSONWebToken.Unverified(bearer))
                #expect(token.header["typ"] == "global-token-revocation+jwt")
                #expect(
                    token.claims == [
                        "iss": "http://localhost:8302", "aud": .string(address), "sub": "0oa1test",
                        "iat": 1_800_000_000, "nbf": 1_800_000_000, "exp": 1_800_000_300,
                    ])
            }
        }
    }
}
