import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Global token revocation (Universal Logout)")
struct GlobalRevocationTests {
    static let organization = "https://acme.okta.com"
    static let endpoint = "https://sso.example.com/logout/universal/okta"
    static let now = IDTokenFixture.now

    static let good = TestToken(
        header: [("typ", "global-token-revocation+jwt")],
        claims: [
            ("iss", .string(organization)), ("aud", .string(endpoint)), ("sub", .string(IDTokenFixture.clientID)),
            ("jti", "revocation-1"), ("iat", .integer(now.seconds)), ("nbf", .integer(now.seconds)),
            ("exp", .integer(now.seconds + 300)),
        ])

    private static func verify(_ token: TestToken) throws -> VerifiedGlobalRevocation {
        try GlobalRevocationVerifier(
            issuer: organization, clientID: IDTokenFixture.clientID, endpoint: endpoint
        ).verify(token.signed(by: .p256, .es256, kid: "k1"), keys: try JWKSet(IDTokenFixture.keys), now: now)
    }

    private static func code(_ token: TestToken) throws -> String? {
        do {
            _ = try verify(token)
            return nil
        } catch let rejection as TokenRejection {
            #expect(!rejection.detail.isEmpty)
            return rejection.code
        }
    }

    private static func code(_ changes: [(String, JSON?)]) throws -> String? { try code(good.claiming(changes)) }

    @Test("the good token is accepted")
    func good() throws {
        let token = try Self.verify(Self.good)
        #expect(token.issuer == Self.organization && token.tokenID == "revocation-1")
        #expect(token.expiresAt == Self.now + .seconds(360))
    }

    @Test("without a jti the token itself is its name, so that it too is good for once")
    func withoutID() throws {
        let nameless = Self.good.claiming([("jti", nil)])
        let text = nameless.signed(by: .p256, .es256, kid: "k1")
        let verifier = GlobalRevocationVerifier(
            issuer: Self.organization, clientID: IDTokenFixture.clientID, endpoint: Self.endpoint)
        let keys = try JWKSet(IDTokenFixture.keys)
        let name = try verifier.verify(text, keys: keys, now: Self.now).tokenID
        #expect(try verifier.verify(text, keys: keys, now: Self.now).tokenID == name && name.utf8.count == 43)
        #expect(try Self.verify(nameless.claiming([("nbf", .integer(Self.now.seconds - 1))])).tokenID != name)
    }

    @Test(
        "typ is there, and exact",
        arguments: [
            nil, "JWT", "jwt", "logout+jwt", "Global-Token-Revocation+JWT", "application/global-token-revocation+jwt",
        ] as [String?])
    func type(type: String?) throws {
        #expect(try Self.code(Self.good.heading([("typ", type.map { .string($0) })])) == "type_unexpected")
    }

    @Test(
        "each claim with one change",
        arguments: [
            ("iss", nil, "issuer_missing"), ("iss", "https://evil.example", "issuer_mismatch"),
            ("iss", "https://acme.okta.com/oauth2/KeyServer", "issuer_mismatch"),
            ("iss", "https://acme.okta.com/", "issuer_mismatch"),
            ("aud", nil, "audience_missing"), ("aud", .string(IDTokenFixture.clientID), "audience_mismatch"),
            ("aud", "https://sso.example.com/logout/universal/other", "audience_mismatch"),
            ("aud", "https://sso.example.com/logout/universal/okta/", "audience_mismatch"),
            ("sub", nil, "subject_missing"), ("sub", "other", "client_mismatch"),
            ("sub", "0oa\u{212A}1example", "client_mismatch"), ("sub", 1, "claim_malformed"),
            ("exp", nil, "expiry_missing"), ("exp", .integer(now.seconds - 60), "expired"),
            ("exp", .integer(now.seconds + 361), "expires_too_late"),
            ("nbf", .integer(now.seconds + 61), "not_yet_valid"),
            ("nbf", .integer(now.seconds - 361), "issued_too_long_ago"),
            ("iat", .integer(now.seconds + 61), "issued_in_future"),
            ("iat", .integer(now.seconds - 361), "issued_too_long_ago"),
            ("jti", 1, "claim_malformed"), ("jti", "", "claim_malformed"), ("nbf", "x", "claim_malformed"),
        ] as [(String, JSON?, String)])
    func claims(name: String, value: JSON?, code: String) throws {
        #expect(try Self.code([]) == nil)
        #expect(try Self.code([(name, value)]) == code)
    }

    @Test("nbf or iat is enough, and one of them must be there")
    func beginning() throws {
        #expect(try Self.code([("nbf", nil)]) == nil)
        #expect(try Self.code([("iat", nil)]) == nil)
        #expect(try Self.code([("iat", nil), ("nbf", nil)]) == "issued_at_missing")
        #expect(try Self.code([("aud", [.string(Self.endpoint)])]) == nil)
        #expect(try Self.code([("exp", .integer(Self.now.seconds + 360))]) == nil)
        #expect(try Self.code([("nbf", .integer(Self.now.seconds - 360))]) == nil)
    }

    // MARK: Whose keys

    private static func failure(_ provider: ProviderFixture, issuer: String, _ token: TestToken) async throws
        -> Failure?
    {
        try await ProviderFixture.failure {
            try await provider.party(issuer: issuer).verifiedGlobalRevocation(
                token.signed(by: .otherRSA, .rs256, kid: "org"), endpoint: endpoint, deadline: ProviderFixture.soon)
        }
    }

    /// Discovery and keys of the org's own server beside those of the custom one.
    private static func publish(_ provider: ProviderFixture, organization: String = organization) {
        provider.transport.on("discovery") { request throws(OutboundError) in
            let isOrganization = request.url == organization.trimmed + "/.well-known/openid-configuration"
            let document = TestToken(claims: ProviderFixture.discovery).claiming(
                isOrganization
                    ? [("issuer", .string(organization)), ("jwks_uri", "https://acme.okta.com/oauth2/v1/keys")] : []
            ).claims
            return OutboundResponse(status: 200, headers: [], body: JSON.object(document).serialized())
        }
        provider.transport.on("jwks") { request throws(OutboundError) in
            let isOrganization = request.url == "https://acme.okta.com/oauth2/v1/keys"
            return OutboundResponse(
                status: 200, headers: [],
                body: isOrganization ? keySet(TestKey.otherRSA.jwk(kid: "org")) : IDTokenFixture.keys)
        }
    }

    @Test("the keys are the org's, also where people sign in at a custom server")
    func organizationKeys() async throws {
        let provider = ProviderFixture()
        Self.publish(provider)
        #expect(try await Self.failure(provider, issuer: IDTokenFixture.issuer, Self.good) == nil)
        #expect(
            provider.transport.requests("discovery").map(\.url) == [
                "https://acme.okta.com/.well-known/openid-configuration"
            ])
        #expect(try await Self.failure(provider, issuer: Self.organization, Self.good) == nil)
    }

    @Test("the keys of the custom server vouch for no revocation")
    func customServerKeys() async throws {
        let provider = ProviderFixture()
        Self.publish(provider)
        let failure = try await ProviderFixture.failure {
            try await provider.party().verifiedGlobalRevocation(
                Self.good.signed(by: .p256, .es256, kid: "k1"), endpoint: Self.endpoint,
                deadline: ProviderFixture.soon)
        }
        #expect(failure == Failure("key_unknown", .answer))
    }

    @Test("an issuer with a slash for a path is its own org")
    func slash() async throws {
        let provider = ProviderFixture()
        Self.publish(provider, organization: Self.organization + "/")
        let token = Self.good.claiming([("iss", "https://acme.okta.com/")])
        #expect(try await Self.failure(provider, issuer: "https://acme.okta.com/", token) == nil)
    }

    @Test("another client's token has a reason of its own; a provider that cannot be asked is the provider's fault")
    func faults() async throws {
        let provider = ProviderFixture()
        Self.publish(provider)
        let other = Self.good.claiming([("sub", "other")])
        #expect(
            try await Self.failure(provider, issuer: IDTokenFixture.issuer, other)
                == Failure("client_mismatch", .answer))
        provider.transport.on("discovery", fails: .unreachable)
        #expect(
            try await Self.failure(provider, issuer: IDTokenFixture.issuer, Self.good)
                == Failure("provider_unreachable", .provider))
    }
}

extension String {
    fileprivate var trimmed: String { hasSuffix("/") ? String(dropLast()) : self }
}
