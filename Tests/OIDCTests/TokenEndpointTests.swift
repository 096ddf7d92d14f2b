import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Token endpoint: client authentication")
struct ClientAuthenticationTests {
    let provider = ProviderFixture()

    private func offer(_ methods: [String]?) {
        provider.discover([("token_endpoint_auth_methods_supported", methods.map { JSON($0) })])
    }

    private func request(_ party: RelyingParty? = nil) async throws -> OutboundRequest {
        try await provider.redeem(party)
        return try #require(provider.transport.requests("token").last)
    }

    @Test(
        "client_secret_basic where it is offered, or nothing is said",
        arguments: [nil, ["client_secret_basic"], ["client_secret_post", "client_secret_basic"]])
    func basic(methods: [String]?) async throws {
        offer(methods)
        let request = try await request()
        let header = try #require(request.header("Authorization"))
        #expect(header.hasPrefix("Basic "))
        let pair = String(decoding: try #require(Base64URL.decodeOrdinary(String(header.dropFirst(6)))), as: UTF8.self)
        // RFC 6749 §2.3.1: each half is form-encoded, so a colon in a secret separates nothing.
        #expect(pair == "0oaK1example:a%20secret%3A%20with%20%2B%20and%20%25%20and%20%C3%A9")
        #expect(request.form["client_secret"] == nil && request.form["client_id"] == nil)
    }

    @Test("client_secret_post where only that is offered")
    func post() async throws {
        offer(["client_secret_post", "private_key_jwt"])
        let request = try await request()
        #expect(request.header("Authorization") == nil)
        #expect(
            request.form["client_id"] == IDTokenFixture.clientID
                && request.form["client_secret"] == ProviderFixture.secret)
        #expect(request.form["grant_type"] == "authorization_code" && request.form["code"] == ProviderFixture.code)
    }

    @Test("a secret where none is taken", arguments: [["private_key_jwt"], ["none"], [], ["client_secret_jwt"]])
    func unsupported(methods: [String]) async throws {
        offer(methods)
        #expect(try await provider.failure() == Failure("client_authentication_unsupported", .provider))
        #expect(provider.transport.requests("token").isEmpty)
    }

    @Test(
        "private_key_jwt: an assertion that the provider can verify (RFC 7523 §3)",
        arguments: [TestKey.rsa, .p256, .p384, .ed25519], [nil, "client-key-1"])
    func privateKey(key: TestKey, keyID: String?) async throws {
        let party = provider.party(.privateKey(try PrivateKey(pem: key.pem()), keyID: keyID))
        let request = try await request(party)
        #expect(request.header("Authorization") == nil && request.form["client_secret"] == nil)
        #expect(request.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        #expect(request.form["client_id"] == IDTokenFixture.clientID)
        let assertion = try #require(request.form["client_assertion"])
        let claims = try UnverifiedJWS(compact: assertion).verified(by: JWKSet(keySet(key.jwk(kid: keyID)))).claims
        #expect(claims["iss"]?.string == IDTokenFixture.clientID && claims["sub"]?.string == IDTokenFixture.clientID)
        #expect(claims["aud"] == "https://acme.okta.com/v1/token")
        #expect(
            claims["iat"] == .integer(provider.clock.now.seconds)
                && claims["exp"] == .integer(provider.clock.now.seconds + 300))
        #expect(OpenedToken(assertion)?.header["kid"]?.string == keyID)

        let second = try #require(try await self.request(party).form["client_assertion"])
        let ids = [claims["jti"]?.string, OpenedToken(second)?.claims["jti"]?.string]
        #expect(ids[0] != nil && ids[1] != nil && ids[0] != ids[1])
    }
}

@Suite("Token endpoint: answers")
struct TokenAnswerTests {
    let provider = ProviderFixture()

    @Test(
        "refusals, by whose fault they are",
        arguments: [
            (400, "invalid_grant", "code_refused", SignInError.Fault.answer),
            (401, "invalid_client", "client_refused", .provider),
            (400, "invalid_client", "client_refused", .provider),
            (400, "invalid_request", "token_request_refused", .provider),
            (400, "unauthorized_client", "token_request_refused", .provider),
            (403, "made_up", "token_request_refused", .provider),
            (400, "use_dpop_nonce", "proof_refused", .provider),
            (400, "invalid_dpop_proof", "proof_refused", .provider),
            (429, "invalid_grant", "token_endpoint_failed", .provider),
            (500, "invalid_grant", "token_endpoint_failed", .provider),
            (503, "server_error", "token_endpoint_failed", .provider),
            (302, "invalid_grant", "token_endpoint_failed", .provider),
            (201, "invalid_grant", "token_endpoint_failed", .provider),
        ])
    func refusals(status: Int, error: String, reason: String, fault: SignInError.Fault) async throws {
        provider.transport.on("token", status: status, ["error": .string(error), "error_description": "said so"])
        let failure = try await provider.failure()
        #expect(failure == Failure(reason, fault))
        if reason != "token_endpoint_failed" { #expect(failure?.detail.contains("said so") == true) }
    }

    @Test(
        "an error without OAuth's words",
        arguments: ["", "<html>", "[]", "{\"error\":1}", "{\"errorCode\":\"E0000011\"}"])
    func wordless(text: String) async throws {
        provider.transport.on("token", status: 400, bytes: Array(text.utf8))
        #expect(try await provider.failure() == Failure("token_endpoint_failed", .provider))
    }

    @Test(
        "failures of the network",
        arguments: [
            (OutboundError.Reason.timedOut, SignInError.Fault.providerTimedOut), (.unreachable, .provider),
            (.nameUnknown, .provider),
            (.tlsFailed, .provider),
            (.answerTooLarge, .provider), (.addressRefused, .provider), (.malformedURL, .provider),
        ])
    func network(reason: OutboundError.Reason, fault: SignInError.Fault) async throws {
        provider.transport.on("token", fails: reason)
        #expect(try await provider.failure() == Failure(reason.rawValue, fault))
    }

    @Test(
        "an answer that is no JSON object, or can be read in two ways",
        arguments: ["", "<html>", "[]", "null", "{\"id_token\":\"a\",\"id_token\":\"b\"}", "{}x"])
    func garbage(text: String) async throws {
        provider.transport.on("token", bytes: Array(text.utf8))
        #expect(try await provider.failure() == Failure("token_answer_malformed", .provider))
    }

    @Test(
        "an answer with one change",
        arguments: [
            ("id_token", nil), ("id_token", ""), ("id_token", 1), ("id_token", nil as JSON), ("access_token", ""),
            ("access_token", 1),
            ("refresh_token", ["a"]), ("refresh_token", ""), ("token_type", nil), ("token_type", 1),
        ] as [(String, JSON?)])
    func changed(name: String, value: JSON?) async throws {
        #expect(try await provider.failure() == nil)
        provider.answer(with: [(name, value)])
        #expect(try await provider.failure() == Failure("token_answer_malformed", .provider))
    }

    @Test("a token of another type cannot be used", arguments: ["DPoP", "", "N_A", "Bearer "])
    func otherType(type: String) async throws {
        provider.answer(with: [("token_type", .string(type))])
        #expect(try await provider.failure() == Failure("token_type_unexpected", .provider))
    }

    @Test("a token type is written in any case (RFC 6749 §5.1)", arguments: ["Bearer", "bearer", "BEARER"])
    func tokenType(type: String) async throws {
        provider.answer(with: [("token_type", .string(type))])
        #expect(try await provider.failure() == nil)
    }

    @Test("null is the same as absent", arguments: ["access_token", "refresh_token"])
    func null(name: String) async throws {
        provider.answer(with: [(name, .null)])
        #expect(try await provider.failure() == nil)
    }
}
