import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON
import Synchronization
import TestSupport
import Testing

@testable import OIDC

@Suite("Proof of possession (DPoP, RFC 9449)")
struct ProofTests {
    let provider = ProviderFixture()
    let testKey = TestKey(.elliptic("P-256"))
    let key: PrivateKey

    init() throws {
        key = try PrivateKey(pem: testKey.pem())
        provider.answer(with: [("token_type", "DPoP")])
    }

    private func party(earlier: RelyingParty? = nil) -> RelyingParty {
        provider.party(proofKey: key, earlier: earlier)
    }

    private func proof(_ request: OutboundRequest?) throws -> OpenedToken {
        let text = try #require(request?.header("DPoP"))
        // Verified by the key in its own header, as a server does (§4.3).
        let opened = try #require(OpenedToken(text))
        let jwk = try #require(opened.header["jwk"])
        #expect(jwk["x"] == testKey.jwk()["x"] && jwk["y"] == testKey.jwk()["y"])
        #expect(jwk.object?.members.map(\.name) == ["crv", "kty", "x", "y"])
        _ = try UnverifiedJWS(compact: text).verified(by: JWKSet(keySet(jwk)))
        #expect(opened.header["typ"] == "dpop+jwt" && opened.header["alg"] == "ES256")
        #expect(opened.header["kid"] == nil)
        return opened
    }

    @Test("the token request carries a proof of its own")
    func token() async throws {
        let party = party()
        try await provider.redeem(party)
        try await provider.redeem(party)
        let proofs = try provider.transport.requests("token").map { try proof($0) }
        let claims = try #require(proofs.first?.claims.object)
        #expect(claims.members.map(\.name) == ["jti", "htm", "htu", "iat"])
        #expect(claims["htm"] == "POST" && claims["htu"] == "https://acme.okta.com/v1/token")
        #expect(claims["iat"] == .integer(provider.clock.now.seconds))
        #expect(proofs[0].claims["jti"] != proofs[1].claims["jti"])
    }

    @Test("htu has neither query nor fragment (§4.2)")
    func target() async throws {
        provider.discover([("token_endpoint", "https://acme.okta.com/v1/token?tenant=1")])
        try await provider.redeem(party())
        let request = try #require(provider.transport.requests("token").first)
        #expect(request.url.hasSuffix("?tenant=1"))
        #expect(try proof(request).claims["htu"] == "https://acme.okta.com/v1/token")
    }

    @Test("userinfo is asked with the DPoP scheme and the token's hash (§7.1)")
    func userInfo() async throws {
        provider.answer([("groups", nil)], with: [("token_type", "dpop")])
        try await provider.redeem(party())
        let request = try #require(provider.transport.requests("userinfo").first)
        #expect(request.header("Authorization") == "DPoP \(ProviderFixture.accessToken)")
        let claims = try proof(request).claims
        #expect(claims["htm"] == "GET" && claims["htu"] == "https://acme.okta.com/v1/userinfo")
        let hash = Base64URL.encode(HashFunction.sha256.hash(ProviderFixture.accessToken.utf8))
        #expect(claims["ath"]?.string == hash)
    }

    @Test("a bearer token is not taken where a bound one was asked for", arguments: ["Bearer", "bearer", "N_A", ""])
    func bearer(type: String) async throws {
        provider.answer(with: [("token_type", .string(type))])
        #expect(try await provider.failure(party()) == Failure("token_type_unexpected", .provider))
        provider.answer(with: [("token_type", nil)])
        #expect(try await provider.failure(party()) == Failure("token_answer_malformed", .provider))
        let unproven = provider.party()
        provider.answer()
        #expect(try await provider.failure(unproven) == nil)
        #expect(provider.transport.requests("token").last?.header("DPoP") == nil)
    }

    @Test("the authorization request names the key (§10), also when it is pushed, which is proven too")
    func thumbprint() async throws {
        let jwk = testKey.jwk()
        let canonical =
            "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(jwk["x"]?.string ?? "")\",\"y\":\"\(jwk["y"]?.string ?? "")\"}"
        let expected = Base64URL.encode(HashFunction.sha256.hash(canonical.utf8))
        let url = try await party().authorizationURL(for: ProviderFixture.request(), deadline: ProviderFixture.soon)
        #expect(url.contains("&dpop_jkt=\(expected)"))

        provider.discover([("pushed_authorization_request_endpoint", "https://acme.okta.com/v1/par")])
        provider.transport.on("pushed_authorization", status: 201, ["request_uri": "urn:x", "expires_in": 60])
        let pushing = provider.party(usesPushedAuthorization: true, proofKey: key)
        _ = try await pushing.authorizationURL(for: ProviderFixture.request(), deadline: ProviderFixture.soon)
        let push = try #require(provider.transport.requests("pushed_authorization").first)
        #expect(push.form["dpop_jkt"] == expected)
        #expect(try proof(push).claims["htu"] == "https://acme.okta.com/v1/par")
    }

    @Test("revocation takes no proof")
    func revocation() async throws {
        provider.discover([("revocation_endpoint", "https://acme.okta.com/v1/revoke")])
        provider.transport.on("revocation", [:])
        _ = try await party().revoke(refreshToken: Secret("x"), deadline: ProviderFixture.soon)
        #expect(provider.transport.requests("revocation").first?.header("DPoP") == nil)
    }

    @Test("a key that is not elliptic cannot prove anything")
    func unusableKey() async throws {
        let party = provider.party(proofKey: try PrivateKey(pem: TestKey.rsa.pem()))
        #expect(try await provider.failure(party) == Failure("proof_failed", .gateway))
        let failure = try await ProviderFixture.failure {
            try await party.authorizationURL(for: ProviderFixture.request(), deadline: ProviderFixture.soon)
        }
        #expect(failure == Failure("proof_failed", .gateway))
    }

    // MARK: Nonces

    /// A token endpoint that wants this nonce, and gives the next one with its answers.
    private func demand(
        _ nonce: String, next: String? = nil, on purpose: String = "token", _ good: @escaping ScriptedTransport.Script
    ) {
        provider.transport.on(purpose) { request throws(OutboundError) in
            let isResource = purpose == "userinfo"
            guard request.header("DPoP").flatMap({ OpenedToken($0) })?.claims["nonce"]?.string == nonce else {
                return OutboundResponse(
                    status: isResource ? 401 : 400,
                    headers: [(name: "dpop-nonce", value: nonce)]
                        + (isResource ? [(name: "www-authenticate", value: "DPoP error=\"use_dpop_nonce\"")] : []),
                    body: Array((isResource ? "" : "{\"error\":\"use_dpop_nonce\"}").utf8))
            }
            let answer = try await good(request)
            return OutboundResponse(
                status: answer.status, headers: next.map { [(name: "dpop-nonce", value: $0)] } ?? [], body: answer.body)
        }
    }

    private func goodTokens(_ changes: [(String, JSON?)] = []) -> ScriptedTransport.Script {
        let token = IDTokenFixture.good.claiming(changes).signed(by: .p256, .es256, kid: "k1")
        return ProviderFixture.answering(
            200,
            ["id_token": .string(token), "access_token": .string(ProviderFixture.accessToken), "token_type": "DPoP"])
    }

    @Test("a challenge is answered once, and the nonce kept for the next request")
    func challenge() async throws {
        demand("nonce-1", goodTokens())
        let party = party()
        #expect(try await provider.failure(party) == nil)
        #expect(provider.transport.requests("token").count == 2)
        #expect(try await provider.failure(party) == nil)
        #expect(provider.transport.requests("token").count == 3)
        let first = try provider.transport.requests("token").map { try proof($0).claims["jti"] }
        #expect(Set(first.map { $0?.string }).count == 3)
    }

    @Test("whoever reads the configuration again keeps the nonce")
    func reload() async throws {
        demand("nonce-1", goodTokens())
        let party = party()
        #expect(try await provider.failure(party) == nil)
        #expect(try await provider.failure(self.party(earlier: party)) == nil)
        #expect(provider.transport.requests("token").count == 3)
    }

    @Test("any answer renews the nonce")
    func renewal() async throws {
        demand("nonce-1", next: "nonce-2", goodTokens())
        let party = party()
        #expect(try await provider.failure(party) == nil)
        demand("nonce-2", goodTokens())
        #expect(try await provider.failure(party) == nil)
        #expect(provider.transport.requests("token").count == 3)
    }

    @Test("a server that is never content is asked twice, not more")
    func endless() async throws {
        let count = Counter()
        provider.transport.on("token") { _ throws(OutboundError) in
            OutboundResponse(
                status: 400, headers: [(name: "dpop-nonce", value: "nonce-\(count.next())")],
                body: Array("{\"error\":\"use_dpop_nonce\"}".utf8))
        }
        #expect(try await provider.failure(party()) == Failure("proof_refused", .provider))
        #expect(provider.transport.requests("token").count == 2)
    }

    @Test(
        "a challenge without a nonce, or with one that is none, is a refusal",
        arguments: [nil, "", "a b", "a\"b", "a\\b", "\u{e9}", String(repeating: "n", count: 1025)] as [String?])
    func noNonce(nonce: String?) async throws {
        provider.transport.on(
            "token",
            ProviderFixture.answering(
                400, ["error": "use_dpop_nonce"], headers: nonce.map { [(name: "dpop-nonce", value: $0)] } ?? []))
        #expect(try await provider.failure(party()) == Failure("proof_refused", .provider))
        #expect(provider.transport.requests("token").count == 1)
    }

    @Test("without a key no challenge is answered")
    func noKey() async throws {
        demand("nonce-1", goodTokens())
        #expect(try await provider.failure() == Failure("proof_refused", .provider))
        #expect(provider.transport.requests("token").count == 1)
    }

    @Test("userinfo has nonces of its own (§9)")
    func resourceNonce() async throws {
        demand("token-nonce", goodTokens([("groups", nil)]))
        demand(
            "resource-nonce", on: "userinfo",
            ProviderFixture.answering(200, ["sub": .string(IDTokenFixture.subject), "groups": ["a"]]))
        let party = party()
        #expect(try await provider.redeem(party).identity.groups == ["a"])
        #expect(try await provider.redeem(party).identity.groups == ["a"])
        #expect(provider.transport.requests("token").count == 3)
        #expect(provider.transport.requests("userinfo").count == 3)
        // Another 401 with a nonce is no challenge.
        provider.transport.on(
            "userinfo",
            ProviderFixture.answering(
                401,
                headers: [
                    (name: "dpop-nonce", value: "n"), (name: "www-authenticate", value: "DPoP error=\"invalid_token\""),
                ]))
        #expect(try await provider.failure(party) == Failure("userinfo_failed", .provider))
        #expect(provider.transport.requests("userinfo").count == 4)
    }

    @Test("a refresh is proven, and its challenge answered")
    func refresh() async throws {
        demand("nonce-1", goodTokens())
        let answer = try await party().refresh(Secret("r"), deadline: ProviderFixture.soon)
        let signIn = try await party().verify(
            answer, subject: IDTokenFixture.subject, deadline: ProviderFixture.soon)
        #expect(signIn.identity != nil)
        let requests = provider.transport.requests("token")
        #expect(requests.count == 2 && requests.allSatisfy { $0.form["refresh_token"] == "r" })
    }

    @Test("a new attempt has a new client assertion")
    func assertion() async throws {
        demand("nonce-1", goodTokens())
        let party = RelyingParty(
            settings: RelyingPartySettings(
                name: "okta", issuer: IDTokenFixture.issuer, clientID: IDTokenFixture.clientID,
                clientAuthentication: .privateKey(key, keyID: nil), scopes: ["openid"], groupsClaim: "groups",
                responseMode: .query, proofKey: key),
            transport: provider.transport, random: .counting(), clock: provider.clock.wallClock, configuredHosts: [])
        #expect(try await provider.failure(party) == nil)
        let ids = provider.transport.requests("token").map {
            $0.form["client_assertion"].flatMap { OpenedToken($0) }?.claims["jti"]?.string
        }
        #expect(ids.count == 2 && ids[0] != nil && ids[0] != ids[1])
    }
}
