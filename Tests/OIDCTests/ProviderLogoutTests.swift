import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Signing out at the provider (RP-Initiated Logout 1.0)")
struct ProviderLogoutTests {
    let provider = ProviderFixture()
    static let endpoint = "https://acme.okta.com/v1/logout"

    private func url(_ party: RelyingParty? = nil) async throws -> String? {
        try await (party ?? provider.party()).logoutURL(
            idTokenHint: Secret("a.b.c"), postLogoutRedirectURI: "https://sso.example.com/logout/callback",
            state: "st&te", deadline: ProviderFixture.soon)
    }

    @Test("the address carries the hint, the way back and the state")
    func address() async throws {
        provider.discover([("end_session_endpoint", .string(Self.endpoint))])
        #expect(
            try await url()
                == Self.endpoint
                + "?id_token_hint=a.b.c&post_logout_redirect_uri=https%3A%2F%2Fsso.example.com%2Flogout%2Fcallback&state=st%26te"
        )
        provider.discover([("end_session_endpoint", .string(Self.endpoint + "?tenant=1"))])
        #expect(try await url()?.hasPrefix(Self.endpoint + "?tenant=1&id_token_hint=") == true)
    }

    @Test("there is none without an endpoint or without the setting; without metadata that is not known")
    func none() async throws {
        #expect(try await url() == nil)
        provider.discover([("end_session_endpoint", .string(Self.endpoint))])
        #expect(try await url() != nil)
        #expect(try await url(provider.party(signsOutAtProvider: false)) == nil)
        provider.transport.on("discovery", fails: .timedOut)
        let error = await #expect(throws: SignInError.self) { try await url() }
        #expect(error?.reason == "provider_timed_out")
    }

    @Test("metadata that does not come by the deadline is not waited for")
    func deadline() async throws {
        let gate = Gate()
        provider.transport.on("discovery") { _ throws(OutboundError) in
            await gate.pass()
            throw OutboundError(.unreachable, "by script")
        }
        await #expect(throws: SignInError.self) {
            try await provider.party().logoutURL(
                idTokenHint: Secret("a.b.c"), postLogoutRedirectURI: "https://x", state: "s", deadline: .now)
        }
        await gate.open()
    }

    @Test("origins are those of the metadata in memory, each once; nobody is asked")
    func origins() async throws {
        provider.discover([
            ("authorization_endpoint", "https://login.acme.example:8443/v1/authorize?x=1"),
            ("end_session_endpoint", .string(Self.endpoint)),
        ])
        let party = provider.party()
        #expect(await party.knownOrigins() == [])
        #expect(provider.transport.requests("discovery").isEmpty)
        try await party.prepare(deadline: ProviderFixture.soon)
        #expect(await party.knownOrigins() == ["https://login.acme.example:8443", "https://acme.okta.com"])
        provider.clock.advance(.seconds(7 * 24 * 3600))
        #expect(await party.knownOrigins().count == 2)
        #expect(provider.transport.requests("discovery").count == 1)

        let other = ProviderFixture()
        other.discover([("end_session_endpoint", .string(Self.endpoint))])
        let same = other.party()
        try await same.prepare(deadline: ProviderFixture.soon)
        #expect(await same.knownOrigins() == ["https://acme.okta.com"])
    }
}

@Suite("Revocation (RFC 7009)")
struct RevocationTests {
    let provider = ProviderFixture()
    static let token = Secret("a-refresh-token")

    init() { provider.discover([("revocation_endpoint", "https://acme.okta.com/v1/revoke")]) }

    private func revoke() async throws -> Bool {
        try await provider.party().revoke(refreshToken: Self.token, deadline: ProviderFixture.soon)
    }

    private func failure() async throws -> Failure? { try await ProviderFixture.failure { try await revoke() } }

    @Test("the token is posted with the client's credentials")
    func good() async throws {
        provider.transport.on("revocation", [:])
        #expect(try await revoke())
        let request = try #require(provider.transport.requests("revocation").first)
        #expect(request.method == .post && request.url == "https://acme.okta.com/v1/revoke")
        #expect(request.form == ["token": "a-refresh-token", "token_type_hint": "refresh_token"])
        #expect(request.header("Authorization")?.hasPrefix("Basic ") == true)
    }

    @Test("the endpoint's own methods count; where it names none, those of the token endpoint")
    func methods() async throws {
        provider.transport.on("revocation", [:])
        provider.discover([
            ("revocation_endpoint", "https://acme.okta.com/v1/revoke"),
            ("revocation_endpoint_auth_methods_supported", ["client_secret_post"]),
        ])
        _ = try await revoke()
        provider.discover([
            ("revocation_endpoint", "https://acme.okta.com/v1/revoke"),
            ("token_endpoint_auth_methods_supported", ["client_secret_post"]),
        ])
        _ = try await revoke()
        let requests = provider.transport.requests("revocation")
        #expect(requests.count == 2)
        #expect(requests.allSatisfy { $0.form["client_secret"] == ProviderFixture.secret })
    }

    @Test("no endpoint is no failure")
    func noEndpoint() async throws {
        provider.discover([])
        #expect(try await !revoke())
        #expect(provider.transport.requests("revocation").isEmpty)
    }

    @Test(
        "refusals and failures",
        arguments: [
            (400, "unsupported_token_type", "revocation_refused"), (401, "invalid_client", "client_refused"),
            (400, "invalid_request", "revocation_refused"), (503, "x", "revocation_failed"),
            (429, "invalid_client", "revocation_failed"), (204, "x", "revocation_failed"),
            (302, "x", "revocation_failed"),
        ])
    func refusals(status: Int, error: String, reason: String) async throws {
        provider.transport.on(
            "revocation", status: status, ["error": .string(error), "error_description": "a-refresh-token?"])
        #expect(try await failure() == Failure(reason, .provider))
    }

    @Test("failures of the network")
    func network() async throws {
        provider.transport.on("revocation", fails: .timedOut)
        #expect(try await failure() == Failure("provider_timed_out", .providerTimedOut))
        provider.transport.on("discovery", fails: .nameUnknown)
        #expect(try await failure() == Failure("provider_name_unknown", .provider))
    }
}
