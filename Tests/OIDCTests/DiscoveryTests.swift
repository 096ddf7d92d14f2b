import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Discovery")
struct DiscoveryTests {
    let provider = ProviderFixture()

    private func failure() async throws -> Failure? { try await provider.failure() }

    @Test(
        "the document is read beneath the issuer",
        arguments: ["https://acme.okta.com", "https://acme.okta.com/oauth2/default", "https://id.example.com/"])
    func address(issuer: String) async throws {
        provider.discover([("issuer", .string(issuer))])
        try await provider.party(issuer: issuer).prepare(deadline: ProviderFixture.soon)
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        #expect(provider.transport.requests("discovery").map(\.url) == [base + "/.well-known/openid-configuration"])
    }

    @Test(
        "a document of another issuer is refused, byte by byte",
        arguments: [
            "https://evil.example", ProviderFixture.issuer + "/", ProviderFixture.issuer.lowercased(),
            "https://acme.okta.com/oauth2/\u{212A}eyServer", "",
        ])
    func issuerMismatch(issuer: String) async throws {
        provider.discover([("issuer", .string(issuer))])
        #expect(try await failure() == Failure("discovery_issuer_mismatch", .provider))
        #expect(provider.transport.requests("token").isEmpty)
    }

    @Test("endpoints that are missing", arguments: ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
    func missing(name: String) async throws {
        provider.discover([(name, nil)])
        #expect(try await failure() == Failure("discovery_malformed", .provider))
    }

    @Test(
        "endpoints that cannot be used",
        arguments: [
            "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint",
            "revocation_endpoint", "pushed_authorization_request_endpoint",
        ],
        [
            1, "", "http://acme.okta.com/x", "ftp://acme.okta.com/x", "javascript:alert(1)", "//acme.okta.com/x",
            "/v1/x", "https://",
            "https://acme.okta.com/x#f", "https://acme.okta.com/x y", "https://acme.okta.com\\x",
            "https://acme.okta.com/\r\nX: y",
            "http://localhost.evil.example/x", "http://localhost@evil.example/x", "http://127.0.0.1.evil.example/x",
            "file:///etc/passwd",
        ] as [JSON])
    func unusable(name: String, value: JSON) async throws {
        provider.discover([(name, value)])
        #expect(try await failure() == Failure("discovery_malformed", .provider))
    }

    @Test(
        "plain http is for loopback",
        arguments: ["http://localhost:8302/x", "http://127.0.0.1/x", "http://[::1]:8302/x"])
    func loopback(url: String) async throws {
        provider.discover([("token_endpoint", .string(url))])
        #expect(try await failure() == nil)
    }

    @Test("no userinfo endpoint is no mistake", arguments: [nil, .null] as [JSON?])
    func noUserInfo(value: JSON?) async throws {
        provider.discover([("userinfo_endpoint", value)])
        #expect(try await failure() == nil)
    }

    @Test("garbage", arguments: ["", "<html>", "[]", "null", "{\"issuer\":1}", "{\"issuer\":\"a\",\"issuer\":\"b\"}"])
    func garbage(text: String) async throws {
        provider.transport.on("discovery", bytes: Array(text.utf8))
        #expect(try await failure() == Failure("discovery_malformed", .provider))
    }

    @Test("statuses other than 200", arguments: [204, 301, 404, 429, 500])
    func statuses(status: Int) async throws {
        provider.transport.on("discovery", status: status, .object(JSONObject(ProviderFixture.discovery)))
        #expect(try await failure() == Failure("discovery_failed", .provider))
    }

    @Test(
        "failures of the network",
        arguments: [
            (OutboundError.Reason.timedOut, SignInError.Fault.providerTimedOut), (.unreachable, .provider),
            (.nameUnknown, .provider),
            (.tlsFailed, .provider),
            (.answerTooLarge, .provider), (.addressRefused, .provider),
        ])
    func network(reason: OutboundError.Reason, fault: SignInError.Fault) async throws {
        provider.transport.on("discovery", fails: reason)
        #expect(try await failure() == Failure(reason.rawValue, fault))
    }
}
