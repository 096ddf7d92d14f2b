import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Pushed authorization requests (RFC 9126)")
struct PushedAuthorizationTests {
    let provider = ProviderFixture()
    static let endpoint = "https://acme.okta.com/v1/par"
    static let good: JSON = ["request_uri": "urn:ietf:params:oauth:request_uri:a+b", "expires_in": 60]

    init() {
        provider.discover([("pushed_authorization_request_endpoint", .string(Self.endpoint))])
        provider.transport.on("pushed_authorization", status: 201, Self.good)
    }

    private func url(_ party: RelyingParty? = nil) async throws -> String {
        try await (party ?? provider.party(usesPushedAuthorization: true)).authorizationURL(
            for: ProviderFixture.request(), deadline: ProviderFixture.soon)
    }

    private func failure() async throws -> Failure? { try await ProviderFixture.failure { try await url() } }

    private var pushes: [OutboundRequest] { provider.transport.requests("pushed_authorization") }

    @Test("the browser carries the client and the reference, the push everything else")
    func good() async throws {
        #expect(
            try await url()
                == "https://acme.okta.com/v1/authorize?client_id=0oaK1example&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aa%2Bb"
        )
        let request = try #require(pushes.first)
        #expect(pushes.count == 1 && request.method == .post && request.url == Self.endpoint)
        #expect(request.header("Authorization")?.hasPrefix("Basic ") == true)
        #expect(
            request.form == [
                "response_type": "code", "client_id": IDTokenFixture.clientID,
                "redirect_uri": ProviderFixture.redirectURI, "scope": "openid profile groups", "state": "state",
                "nonce": IDTokenFixture.nonce,
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
            ])
    }

    @Test("it is done when the settings or the provider ask for it, and not otherwise")
    func when() async throws {
        #expect(try await url(provider.party()).contains("state=state"))
        #expect(pushes.isEmpty)
        provider.discover([
            ("pushed_authorization_request_endpoint", .string(Self.endpoint)),
            ("require_pushed_authorization_requests", true),
        ])
        #expect(try await url(provider.party()).contains("request_uri="))
        #expect(pushes.count == 1)
    }

    @Test("no parameter comes twice, whatever the client authenticates by")
    func credentials() async throws {
        provider.discover([
            ("pushed_authorization_request_endpoint", .string(Self.endpoint)),
            ("token_endpoint_auth_methods_supported", ["client_secret_post"]),
        ])
        _ = try await url()
        #expect(pushes.last?.form["client_id"] == IDTokenFixture.clientID)
        #expect(pushes.last?.form["client_secret"] == ProviderFixture.secret)
        let key = TestKey.p256
        _ = try await url(
            provider.party(.privateKey(try PrivateKey(pem: key.pem()), keyID: nil), usesPushedAuthorization: true))
        let form = try #require(pushes.last?.form)
        #expect(form["client_id"] == IDTokenFixture.clientID)
        let assertion = try #require(form["client_assertion"].flatMap { OpenedToken($0) })
        #expect(assertion.claims["aud"]?.string == Self.endpoint)
    }

    @Test(
        "refusals and failures",
        arguments: [
            (400, "invalid_request", "pushed_authorization_refused"), (401, "invalid_client", "client_refused"),
            (400, "invalid_scope", "pushed_authorization_refused"), (400, "invalid_dpop_proof", "proof_refused"),
            (413, "x", "pushed_authorization_refused"), (429, "x", "pushed_authorization_failed"),
            (500, "x", "pushed_authorization_failed"), (302, "x", "pushed_authorization_failed"),
            (200, "x", "pushed_authorization_failed"),
        ])
    func refusals(status: Int, error: String, reason: String) async throws {
        provider.transport.on("pushed_authorization", status: status, ["error": .string(error)])
        #expect(try await failure() == Failure(reason, .provider))
    }

    @Test(
        "answers with one change",
        arguments: [
            ("request_uri", nil), ("request_uri", ""), ("request_uri", 1), ("request_uri", "a b"),
            ("request_uri", "a\u{e9}"), ("request_uri", .string(String(repeating: "a", count: 2049))),
            ("expires_in", nil), ("expires_in", 0), ("expires_in", -1), ("expires_in", "60"),
        ] as [(String, JSON?)])
    func malformed(name: String, value: JSON?) async throws {
        #expect(try await failure() == nil)
        let body = TestToken(claims: [("request_uri", "urn:x"), ("expires_in", 60)]).claiming([(name, value)]).claims
        provider.transport.on("pushed_authorization", status: 201, .object(body))
        #expect(try await failure() == Failure("pushed_authorization_malformed", .provider))
    }

    @Test("garbage", arguments: ["", "<html>", "[]"])
    func garbage(text: String) async throws {
        provider.transport.on("pushed_authorization", status: 201, bytes: Array(text.utf8))
        #expect(try await failure() == Failure("pushed_authorization_malformed", .provider))
    }

    @Test("a provider without the endpoint, and failures of the network")
    func unsupported() async throws {
        provider.transport.on("pushed_authorization", fails: .timedOut)
        #expect(try await failure() == Failure("provider_timed_out", .providerTimedOut))
        provider.discover([])
        #expect(try await failure() == Failure("pushed_authorization_unsupported", .provider))
    }
}
