import Identity
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Signing in")
struct SignInTests {
    let provider = ProviderFixture()

    @Test("a good answer makes a person, with what the provider gave along")
    func good() async throws {
        provider.answer([
            ("preferred_username", "ada"), ("sid", "provider-session"),
            ("auth_time", .integer(provider.clock.now.seconds - 5)),
        ])
        let signIn = try await provider.redeem()
        let identity = signIn.identity
        #expect(identity.provider == "okta")
        #expect(identity.issuer == IDTokenFixture.issuer && identity.subject == IDTokenFixture.subject)
        #expect(
            identity.email == "ada@acme.example" && identity.name == "Ada Berger" && identity.preferredUsername == "ada"
        )
        #expect(identity.groups == ["Everyone"])
        #expect(identity.authenticatedAt == provider.clock.now - .seconds(5))
        #expect(identity.providerSession == "provider-session")
        #expect(signIn.refreshToken?.reveal() == "a-refresh-token")
        #expect(OpenedToken(signIn.idToken.reveal())?.claims["sub"]?.string == IDTokenFixture.subject)
        #expect(!"\(signIn)".contains("a-refresh-token"))
    }

    @Test("the code is redeemed once, with its verifier, at the token endpoint")
    func tokenRequest() async throws {
        try await provider.redeem()
        let requests = provider.transport.requests("token")
        let request = try #require(requests.first)
        #expect(requests.count == 1)
        #expect(request.method == .post && request.url == "https://acme.okta.com/v1/token")
        #expect(request.header("Content-Type") == "application/x-www-form-urlencoded")
        #expect(
            request.form == [
                "grant_type": "authorization_code", "code": ProviderFixture.code,
                "redirect_uri": ProviderFixture.redirectURI, "code_verifier": ProviderFixture.verifier,
            ])
        #expect(provider.transport.configuredHosts.allSatisfy { $0 == ["acme.okta.com"] })
    }

    @Test(
        "an ID token that the verifier refuses refuses the sign-in, under the same code",
        arguments: [
            ("nonce", "other", "nonce_mismatch"), ("iss", "https://evil.example", "issuer_mismatch"),
            ("aud", "other", "audience_mismatch"), ("exp", 1, "expired"), ("sub", "", "subject_missing"),
            ("at_hash", "AAAA", "at_hash_mismatch"),
        ] as [(String, JSON, String)])
    func refusedToken(name: String, value: JSON, code: String) async throws {
        provider.answer([(name, value)])
        let error = try await provider.failure()
        #expect(error?.reason == code && error?.fault == .answer)
        #expect(provider.transport.requests("userinfo").isEmpty)
    }

    @Test("max_age is asked of the token too")
    func maximumAge() async throws {
        #expect(try await provider.failure(maximumAge: .seconds(60))?.reason == "auth_time_missing")
        provider.answer([("auth_time", .integer(provider.clock.now.seconds - 300))])
        #expect(try await provider.failure(maximumAge: .seconds(60))?.reason == "auth_time_too_old")
        #expect(try await provider.failure(maximumAge: .seconds(300)) == nil)
    }

    @Test("an answer without refresh or access token is enough when the ID token says all")
    func idTokenOnly() async throws {
        provider.answer(with: [("access_token", nil), ("refresh_token", nil), ("token_type", nil)])
        let signIn = try await provider.redeem()
        #expect(signIn.refreshToken == nil)
        #expect(signIn.identity.groups == ["Everyone"])
    }

    @Test("metadata and keys are fetched ahead by prepare")
    func prepare() async throws {
        let party = provider.party()
        try await party.prepare(deadline: ProviderFixture.soon)
        #expect(provider.transport.requests("discovery").count == 1 && provider.transport.requests("jwks").count == 1)
        try await provider.redeem(party)
        #expect(provider.transport.requests("discovery").count == 1 && provider.transport.requests("jwks").count == 1)
    }
}
