import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("DPoP (RFC 9449)")
struct DPoPTests {
    @Test("The thumbprint is that of RFC 7638 §3.1")
    func thumbprint() throws {
        let modulus =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
            + "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zg"
            + "dAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csF"
            + "Cur-kEgU8awapJzKnqDKgw"
        let jwk: JSONValue = [
            "kty": "RSA", "n": .string(modulus), "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        ]
        #expect(KeyThumbprint.sha256(of: jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    @Test("The first proof is answered with a nonce, the second buys bound tokens", arguments: DPoPProof.algorithms)
    func bound(_ algorithm: SigningAlgorithm) async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.change(#"{"require_dpop": true}"#)
            let maker = try ProofMaker(algorithm)
            let code = try await simulator.code()
            let challenge = try await simulator.redeem(code, proof: maker.proof())
            #expect(challenge.status == .badRequest)
            #expect(try challenge.json()["error"] == "use_dpop_nonce")
            let nonce = try #require(challenge.dpopNonce)
            let tokens = try await simulator.redeem(code, proof: maker.proof(nonce: nonce)).json()
            #expect(tokens["token_type"] == "DPoP")
            let token = try tokens.text("access_token")
            let proof = try maker.proof("/oauth2/v1/userinfo", method: "GET", accessToken: token)
            #expect(try await simulator.userInfo("DPoP \(token)", proof: proof).status == .ok)
            let families = simulator.organization.tokens.families
            #expect(families.map(\.family.grant.keyThumbprint) == [try maker.thumbprint()])
        }
    }

    @Test("A custom server's access token names the key")
    func confirmation() async throws {
        try await SimulatorHarness.run { simulator in
            let maker = try ProofMaker()
            var request = Grant.example
            request.keyThumbprint = try maker.thumbprint()
            let client = try #require(simulator.organization.clients["0oa1test"])
            let person = try #require(simulator.organization.people.person("ada@acme.example"))
            let issuer = TokenIssuer(
                organization: simulator.organization, grant: request, client: client, person: person,
                now: simulator.organization.clock.now)
            let tokens = try issuer.response(scopes: ["openid"], refreshToken: nil, isRefresh: false)
            #expect(try tokens.claims("access_token")["cnf"] == ["jkt": .string(maker.thumbprint())])
        }
    }

    @Test("A client that must prove gets nothing without a proof, at a refresh neither")
    func missing() async throws {
        try await SimulatorHarness.run { simulator in
            let first = try await simulator.tokens()
            _ = try await simulator.change(#"{"require_dpop": true}"#)
            let refused = try await simulator.redeem(simulator.code())
            #expect(refused.status == .badRequest)
            #expect(try refused.json()["error_description"] == "The DPoP proof JWT header is missing.")
            let refresh = try await simulator.refresh(first.text("refresh_token"))
            #expect(try refresh.json()["error"] == "invalid_dpop_proof")
        }
    }

    @Test("A bound refresh token wants a proof of its own key")
    func refresh() async throws {
        try await SimulatorHarness.run { simulator in
            let (maker, nonce, tokens) = try await simulator.boundTokens()
            let token = try tokens.text("refresh_token")
            let other = try ProofMaker()
            for proof in [nil, try other.proof(nonce: nonce)] {
                let refused = try await simulator.refresh(token, proof: proof)
                #expect(try refused.json()["error"] == "invalid_dpop_proof")
            }
            let refreshed = try await simulator.refresh(token, proof: maker.proof(nonce: nonce)).json()
            #expect(refreshed["token_type"] == "DPoP")
        }
    }

    @Test(
        "A proof with one fault is refused",
        arguments: [
            (["htm": "GET"], [:]), (["htu": "http://localhost:8302/oauth2/v1/userinfo"], [:]),
            (["htu": "https://localhost:8302/oauth2/v1/token"], [:]), (["htu": nil], [:]), (["htm": nil], [:]),
            (["iat": nil], [:]), (["iat": 1_799_999_699], [:]), (["iat": 1_800_000_061], [:]), (["jti": nil], [:]),
            ([:], ["typ": "jwt"]), ([:], ["typ": nil]), ([:], ["alg": "none"]), ([:], ["alg": "RS256"]),
            ([:], ["jwk": nil]), ([:], ["jwk": ["kty": "EC"]]),
        ] as [([String: JSONValue?], [String: JSONValue?])])
    func faults(_ claims: [String: JSONValue?], _ header: [String: JSONValue?]) async throws {
        try await SimulatorHarness.run { simulator in
            let maker = try ProofMaker()
            let nonce = simulator.organization.dpopNonces.issue(now: simulator.organization.clock.now)
            let code = try await simulator.code()
            let faulty = try maker.proof(
                nonce: nonce, claims: claims.mapValues { $0 ?? .null }, header: header.mapValues { $0 ?? .null })
            let refused = try await simulator.redeem(code, proof: faulty)
            #expect(refused.status == .badRequest)
            #expect(try refused.json()["error"] == "invalid_dpop_proof")
            // The code is not spent, and without the fault it buys tokens.
            let good = try maker.proof(nonce: nonce, claims: ["htu": "HTTP://LOCALHOST:8302/oauth2/v1/token?x#y"])
            #expect(try await simulator.redeem(code, proof: good).status == .ok)
        }
    }

    @Test("A proof with a private key, a flipped bit or a stranger's signature is refused")
    func keys() async throws {
        try await SimulatorHarness.run { simulator in
            let maker = try ProofMaker()
            let nonce = simulator.organization.dpopNonces.issue(now: simulator.organization.clock.now)
            let jwk = try maker.key.jwk()
            let strange = try ProofMaker().proof(nonce: nonce, header: ["jwk": jwk])
            let revealing = try maker.proof(nonce: nonce, header: ["jwk": jwk.merging(["d": "AA"])])
            for proof in [strange, revealing, "x.y.z", "nonsense"] {
                let refused = try await simulator.redeem(simulator.code(), proof: proof)
                #expect(try refused.json()["error"] == "invalid_dpop_proof")
            }
        }
    }

    @Test("A proof is good once, also one that ran into the challenge")
    func replay() async throws {
        try await SimulatorHarness.run { simulator in
            let (maker, nonce, tokens) = try await simulator.boundTokens()
            let proof = try maker.proof(nonce: nonce)
            let refreshed = try await simulator.refresh(tokens.text("refresh_token"), proof: proof)
            #expect(refreshed.status == .ok)
            let again = try await simulator.refresh(tokens.text("refresh_token"), proof: proof)
            #expect(try again.json()["error_description"] == "The DPoP proof JWT has been used before.")
            _ = try await simulator.refresh(
                tokens.text("refresh_token"), proof: maker.proof(claims: ["jti": "the same"]))
            let reused = try await simulator.refresh(
                tokens.text("refresh_token"), proof: maker.proof(nonce: nonce, claims: ["jti": "the same"]))
            #expect(try reused.json()["error"] == "invalid_dpop_proof")
        }
    }

    @Test("A nonce that is unknown, forgotten or a day old is challenged anew")
    func nonces() async throws {
        try await SimulatorHarness.run { simulator in
            let (maker, nonce, tokens) = try await simulator.boundTokens()
            let token = try tokens.text("refresh_token")
            let unknown = try await simulator.refresh(token, proof: maker.proof(nonce: "x"))
            #expect(try unknown.json()["error"] == "use_dpop_nonce")
            _ = try await simulator.client.execute(uri: "/simulator/dpop-nonces", method: .delete)
            let forgotten = try await simulator.refresh(token, proof: maker.proof(nonce: nonce))
            #expect(try forgotten.json()["error"] == "use_dpop_nonce")
            let fresh = try #require(forgotten.dpopNonce)
            _ = simulator.organization.clock.advance(bySeconds: 24 * 3600)
            let old = try await simulator.refresh(
                token, proof: maker.proof(nonce: fresh, claims: ["iat": 1_800_086_400]))
            #expect(try old.json()["error"] == "use_dpop_nonce")
        }
    }

    @Test("dpop_jkt of the authorization request binds the code")
    func authorizationRequest() async throws {
        try await SimulatorHarness.run { simulator in
            let maker = try ProofMaker()
            let nonce = simulator.organization.dpopNonces.issue(now: simulator.organization.clock.now)
            func code() async throws -> String {
                let page = try await simulator.authorize(["dpop_jkt": maker.thumbprint()])
                return try #require(
                    SimulatorHarness.parameters(of: await simulator.choose("ada@acme.example", on: page))["code"])
            }
            let without = try await simulator.redeem(code())
            #expect(try without.json()["error"] == "invalid_dpop_proof")
            let other = try await simulator.redeem(code(), proof: ProofMaker().proof(nonce: nonce))
            #expect(try other.json()["error"] == "invalid_grant")
            #expect(try await simulator.redeem(code(), proof: maker.proof(nonce: nonce)).status == .ok)
            let malformed = try SimulatorHarness.parameters(of: await simulator.authorize(["dpop_jkt": "short"]))
            #expect(malformed["error"] == "invalid_request")
        }
    }

    @Test("userinfo refuses a bound token as bearer, without ath, with another key and with a used proof")
    func userInfo() async throws {
        try await SimulatorHarness.run { simulator in
            let (maker, _, tokens) = try await simulator.boundTokens()
            let token = try tokens.text("access_token")
            func proof(_ maker: ProofMaker, accessToken: String?) throws -> String {
                try maker.proof("/oauth2/v1/userinfo", method: "GET", accessToken: accessToken)
            }
            let good = try proof(maker, accessToken: token)
            #expect(try await simulator.userInfo("Bearer \(token)", proof: good).status == .unauthorized)
            for faulty in [
                nil, try proof(maker, accessToken: nil), try proof(maker, accessToken: "another"),
                try proof(ProofMaker(), accessToken: token),
            ] {
                let refused = try await simulator.userInfo("DPoP \(token)", proof: faulty)
                #expect(refused.status == .unauthorized)
                let challenge = try #require(refused.headers[.wwwAuthenticate])
                #expect(challenge.hasPrefix(#"DPoP algs="ES256 RS256", error="invalid_dpop_proof""#))
            }
            #expect(try await simulator.userInfo("DPoP \(token)", proof: good).status == .ok)
            #expect(try await simulator.userInfo("DPoP \(token)", proof: good).status == .unauthorized)
        }
    }

    @Test("userinfo asks for a nonce when it is told to")
    func userInfoNonce() async throws {
        try await SimulatorHarness.run { simulator in
            _ = try await simulator.set(#"{"dpop_nonce_at_userinfo": true}"#)
            let (maker, _, tokens) = try await simulator.boundTokens()
            let token = try tokens.text("access_token")
            let challenged = try await simulator.userInfo(
                "DPoP \(token)", proof: maker.proof("/oauth2/v1/userinfo", method: "GET", accessToken: token))
            #expect(challenged.headers[.wwwAuthenticate]?.contains(#"error="use_dpop_nonce""#) == true)
            let nonce = try #require(challenged.dpopNonce)
            let answered = try await simulator.userInfo(
                "DPoP \(token)",
                proof: maker.proof("/oauth2/v1/userinfo", method: "GET", nonce: nonce, accessToken: token))
            #expect(answered.status == .ok)
            #expect(try await simulator.set(#"{"dpop_nonce_at_userinfo": 1}"#).status == .badRequest)
            #expect(try await simulator.set(#"{"other": true}"#).status == .badRequest)
        }
    }
}

extension Grant {
    /// Of the custom server.
    fileprivate static var example: Grant {
        Grant(
            id: "g", server: .custom, clientID: "0oa1test", personID: "p", scopes: ["openid"], nonce: nil,
            satisfiedAssurance: nil, assurance: .oneFactor, authenticated: .init(timeIntervalSince1970: 1_800_000_000),
            sessionID: "s")
    }
}

extension TestResponse {
    var dpopNonce: String? {
        HTTPField.Name("DPoP-Nonce").flatMap { headers[$0] }
    }
}

extension SimulatorHarness {
    /// Tokens bound to a key, the key, and a nonce that is good.
    fileprivate func boundTokens() async throws -> (ProofMaker, nonce: String, JSONValue) {
        let maker = try ProofMaker()
        let nonce = organization.dpopNonces.issue(now: organization.clock.now)
        let answer = try await redeem(code(), proof: maker.proof(nonce: nonce))
        #expect(answer.status == .ok)
        return (maker, nonce, try answer.json())
    }
}
