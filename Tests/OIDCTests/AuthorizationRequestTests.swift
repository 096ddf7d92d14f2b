import Cryptography
import Identity
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Authorization request")
struct AuthorizationRequestTests {
    let provider = ProviderFixture()

    private func url(_ request: AuthorizationRequest, _ party: RelyingParty? = nil) async throws -> (
        base: String, fields: [String: String]
    ) {
        let url = try await (party ?? provider.party()).authorizationURL(for: request, deadline: ProviderFixture.soon)
        let parts = url.split(separator: "?", maxSplits: 1)
        let fields = try #require(FormEncoding.decode(parts[1]))
        #expect(Set(fields.map(\.name)).count == fields.count)
        return (String(parts[0]), Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) }))
    }

    @Test("asks for a code, with PKCE S256 (RFC 7636 appendix B), state and nonce")
    func good() async throws {
        let (base, fields) = try await url(ProviderFixture.request())
        #expect(base == "https://acme.okta.com/v1/authorize")
        #expect(
            fields == [
                "response_type": "code", "client_id": IDTokenFixture.clientID,
                "redirect_uri": ProviderFixture.redirectURI,
                "scope": "openid profile groups", "state": "state", "nonce": IDTokenFixture.nonce,
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
            ])
    }

    @Test("carries hint, age and prompt when there are any")
    func optional() async throws {
        let request = AuthorizationRequest(
            state: "s", secrets: AuthorizationSecrets(random: .system), redirectURI: ProviderFixture.redirectURI,
            loginHint: "ada+1@acme.example&x=y", maximumAge: .milliseconds(900_000), prompt: "login")
        let fields = try await url(request).fields
        #expect(
            fields["login_hint"] == "ada+1@acme.example&x=y" && fields["max_age"] == "900"
                && fields["prompt"] == "login")
        #expect(fields["response_mode"] == nil && fields["x"] == nil)
    }

    @Test("names the response mode when it is not the default")
    func responseMode() async throws {
        let fields = try await url(ProviderFixture.request(), provider.party(responseMode: .formPost)).fields
        #expect(fields["response_mode"] == "form_post")
    }

    @Test("an endpoint that has a query keeps it")
    func endpointWithQuery() async throws {
        provider.discover([("authorization_endpoint", "https://acme.okta.com/v1/authorize?tenant=1")])
        let (base, fields) = try await url(ProviderFixture.request())
        #expect(base == "https://acme.okta.com/v1/authorize" && fields["tenant"] == "1" && fields["state"] == "state")
    }

    @Test("secrets are new each time, 256 bits each")
    func secrets() {
        let all = (0..<100).map { _ in AuthorizationSecrets(random: .system) }
        #expect(Set(all.flatMap { [$0.nonce, $0.codeVerifier] }).count == 200)
        // RFC 7636 §4.1: 43 to 128 unreserved characters.
        #expect(all.allSatisfy { $0.codeVerifier.utf8.count == 43 && Base64URL.decode($0.codeVerifier)?.count == 32 })
    }

    @Test("without discovery there is nowhere to go")
    func noDiscovery() async throws {
        provider.transport.on("discovery", fails: .unreachable)
        let error = await #expect(throws: SignInError.self) {
            try await provider.party().authorizationURL(for: ProviderFixture.request(), deadline: ProviderFixture.soon)
        }
        #expect(error?.reason == "provider_unreachable" && error?.fault == .provider)
    }
}
