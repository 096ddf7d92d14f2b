import Identity
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Step-up: how the person must authenticate")
struct StepUpTests {
    let provider = ProviderFixture()
    static let strong = "urn:okta:loa:2fa:any"

    @Test("the request carries the values, in their order, and none when none is asked")
    func request() async throws {
        func values(_ acrValues: [String]) async throws -> String? {
            let url = try await provider.party().authorizationURL(
                for: ProviderFixture.request(acrValues: acrValues), deadline: ProviderFixture.soon)
            let fields = try #require(FormEncoding.decode(url.split(separator: "?", maxSplits: 1)[1]))
            return fields.first { $0.name == "acr_values" }?.value
        }
        #expect(try await values([Self.strong, "phr"]) == "urn:okta:loa:2fa:any phr")
        #expect(try await values([]) == nil)
    }

    @Test(
        "any one of them will do, byte by byte",
        arguments: [
            (.string(strong), nil), ("phr\u{212A}", nil), (nil, "acr_missing"),
            ("urn:okta:loa:1fa:any", "acr_mismatch"),
            ("urn:okta:loa:2fa:any ", "acr_mismatch"), ("URN:okta:loa:2fa:any", "acr_mismatch"),
            ("phrK", "acr_mismatch"), ("urn:okta:loa:2fa:any phr\u{212A}", "acr_mismatch"),
            ("", "claim_malformed"), (1, "claim_malformed"), (["phr"], "claim_malformed"), (.null, "claim_malformed"),
            (.string(String(repeating: "a", count: 513)), "claim_malformed"),
        ] as [(JSON?, String?)])
    func exact(value: JSON?, code: String?) async throws {
        provider.answer([("acr", value)])
        #expect(try await provider.failure(acrValues: [Self.strong, "phr\u{212A}"])?.reason == code)
    }

    @Test("where nothing is asked, what came is kept", arguments: [nil, "0", strong] as [String?])
    func notAsked(value: String?) async throws {
        provider.answer([("acr", value.map { .string($0) })])
        #expect(try await provider.redeem().identity.authenticationContext == value)
        #expect(try await provider.failure(acrValues: [Self.strong])?.fault == (value == Self.strong ? nil : .answer))
    }

    @Test("userinfo does not say how somebody authenticated")
    func userInfo() async throws {
        provider.answer([("groups", nil)])
        provider.transport.on(
            "userinfo", ["sub": .string(IDTokenFixture.subject), "groups": [], "acr": .string(Self.strong)])
        #expect(try await provider.redeem().identity.authenticationContext == nil)
        #expect(try await provider.failure(acrValues: [Self.strong])?.reason == "acr_missing")
    }

    @Test("prompt=none goes along")
    func silent() async throws {
        let request = AuthorizationRequest(
            state: "s", secrets: AuthorizationSecrets(random: .counting()), redirectURI: "https://sso.example.com/c",
            prompt: "none", acrValues: [Self.strong])
        let url = try await provider.party().authorizationURL(for: request, deadline: ProviderFixture.soon)
        #expect(url.contains("&prompt=none&"))
    }
}
