import Cryptography
import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Verifying a provider's set-up")
struct SetupTests {
    let provider = ProviderFixture()
    static let uri = "https://sso.example.com/login/callback"
    static let names = ["dns", "tls", "clock", "discovery", "keys", "client", "redirect_uri", "scopes", "groups_claim"]

    init() {
        provider.transport.on("discovery", Self.discovery([]))
        provider.transport.on("token", status: 400, ["error": "invalid_grant"])
        authorize { "\($0)?error=login_required&state=s" }
    }

    static func discovery(
        _ changes: [(String, JSON?)], date: String? = "Sun, 22 Nov 2026 09:52:51 GMT", age: String? = nil
    ) -> ScriptedTransport.Script {
        let document = TestToken(claims: ProviderFixture.discovery).claiming(
            [("claims_supported", ["sub", "groups"]), ("scopes_supported", ["openid", "profile", "groups"])] + changes
        ).claims
        let headers = [("date", date), ("age", age)].compactMap { name, value in value.map { (name: name, value: $0) } }
        return ProviderFixture.answering(200, .object(document), headers: headers)
    }

    /// The authorization endpoint sends the browser to an address made from the redirect URI.
    private func authorize(status: Int = 302, _ location: @escaping @Sendable (String) -> String?) {
        provider.transport.on("authorize") { request throws(OutboundError) in
            let fields = FormEncoding.decode(request.url.split(separator: "?", maxSplits: 1)[1]) ?? []
            let uri = fields.first { $0.name == "redirect_uri" }?.value ?? ""
            return OutboundResponse(
                status: status, headers: location(uri).map { [(name: "location", value: $0)] } ?? [], body: [])
        }
    }

    private func checks(
        _ party: RelyingParty? = nil, _ uris: [String] = [uri], deadline: ContinuousClock.Instant = ProviderFixture.soon
    ) async -> [SetupCheck] {
        let checks = await (party ?? provider.party()).verifySetup(redirectURIs: uris, deadline: deadline)
        for check in checks {
            #expect(check.detail.hasSuffix(".") && !check.detail.hasSuffix(".."), "\(check.detail)")
            #expect((check.advice == nil) == (check.outcome == .passed), "\(check)")
            for secret in [ProviderFixture.secret, ProviderFixture.accessToken] {
                #expect(!"\(check)".contains(secret))
            }
        }
        return checks
    }

    private func check(_ name: String, _ party: RelyingParty? = nil) async throws -> SetupCheck {
        let checks = await checks(party)
        #expect(checks.map(\.name) == Self.names)
        return try #require(checks.first { $0.name == name })
    }

    private func outcomes(_ party: RelyingParty? = nil) async -> [String: SetupCheck.Outcome] {
        Dictionary(uniqueKeysWithValues: await checks(party).map { ($0.name, $0.outcome) })
    }

    @Test("everything right: everything passes, and nobody was signed in")
    func good() async throws {
        let checks = await checks(nil, [Self.uri, "http://localhost:8301"])
        #expect(checks.map(\.name) == Self.names.flatMap { $0 == "redirect_uri" ? [$0, $0] : [$0] })
        #expect(checks.allSatisfy { $0.outcome == .passed }, "\(checks)")
        #expect(
            checks.filter { $0.name == "redirect_uri" }.map { $0.detail.contains("localhost:8301") } == [false, true])
        let token = try #require(provider.transport.requests("token").first)
        #expect(token.form["grant_type"] == "authorization_code" && token.form["redirect_uri"] == Self.uri)
        let authorize = try #require(provider.transport.requests("authorize").first)
        #expect(authorize.method == .get && authorize.body.isEmpty)
        for part in [
            "prompt=none", "state=", "nonce=", "code_challenge_method=S256", "scope=openid%20profile%20groups",
        ] {
            #expect(authorize.url.contains(part))
        }
        #expect(!authorize.url.contains("response_mode"))
    }

    @Test("documents are fetched anew, whatever is kept, and what is kept stays")
    func fresh() async throws {
        let party = provider.party()
        try await party.prepare(deadline: ProviderFixture.soon)
        _ = await checks(party)
        #expect(provider.transport.requests("discovery").count == 2 && provider.transport.requests("jwks").count == 2)
    }

    // MARK: The way there

    @Test(
        "the network, by how far one gets",
        arguments: [
            (.nameUnknown, .failed, .skipped), (.tlsFailed, .passed, .failed), (.unreachable, .passed, .failed),
            (.timedOut, .warning, .failed), (.addressRefused, .skipped, .failed), (.malformedURL, .skipped, .failed),
            (.answerTooLarge, .passed, .passed),
        ] as [(OutboundError.Reason, SetupCheck.Outcome, SetupCheck.Outcome)])
    func network(reason: OutboundError.Reason, dns: SetupCheck.Outcome, tls: SetupCheck.Outcome) async {
        provider.transport.on("discovery", fails: reason)
        let checks = await checks()
        #expect(checks.map(\.name) == Self.names)
        #expect(checks[0].outcome == dns && checks[1].outcome == tls)
        #expect(checks[3].outcome == (reason == .answerTooLarge ? .failed : .skipped))
        #expect(checks[4...].allSatisfy { $0.outcome == .skipped })
        #expect(provider.transport.requests("token").isEmpty)
    }

    @Test("plain http on loopback has no certificate to look at")
    func loopback() async throws {
        provider.transport.on("discovery", Self.discovery([("issuer", "http://localhost:8302")]))
        let outcomes = await outcomes(provider.party(issuer: "http://localhost:8302"))
        #expect(outcomes["tls"] == .skipped && outcomes["discovery"] == .passed)
    }

    @Test(
        "the clock",
        arguments: [
            (0, .passed), (30, .passed), (-30, .passed), (31, .warning), (-31, .warning), (60, .warning),
            (61, .failed), (-61, .failed),
        ] as [(Int, SetupCheck.Outcome)])
    func clock(offset: Int, outcome: SetupCheck.Outcome) async throws {
        provider.clock.advance(.seconds(offset))
        #expect(try await check("clock").outcome == outcome)
    }

    @Test("the clock without a date, with one that is none, and with an answer from a cache")
    func dates() async throws {
        for date in [nil, "now", "Mon, 22 Nov 2026 09:52:51 GMT"] {
            provider.transport.on("discovery", Self.discovery([], date: date))
            #expect(try await check("clock").outcome == .skipped)
        }
        provider.transport.on("discovery", Self.discovery([], date: "Sun, 22 Nov 2026 09:51:51 GMT", age: "60"))
        #expect(try await check("clock").outcome == .passed)
    }

    // MARK: Documents

    @Test("a discovery document of another issuer, of no issuer, and none at all")
    func discovery() async throws {
        for script in [
            Self.discovery([("issuer", "https://acme.okta.com")]), Self.discovery([("token_endpoint", nil)]),
            ProviderFixture.answering(404), ProviderFixture.answering(301),
        ] {
            provider.transport.on("discovery", script)
            let checks = await checks()
            #expect(checks.map(\.name) == Self.names)
            #expect(checks[3].outcome == .failed && checks[4...].allSatisfy { $0.outcome == .skipped })
            #expect(checks[3].advice?.contains("Security > API > Authorization Servers > KeyServer > Settings") == true)
        }
    }

    @Test("keys that are not there, no key set, or of no use")
    func keys() async throws {
        for script in [
            ProviderFixture.answering(200, ["keys": []]), ProviderFixture.answering(200, [:]),
            ProviderFixture.answering(404), ProviderFixture.answering(200, ["keys": [["kty": "oct", "k": "AAAA"]]]),
        ] {
            provider.transport.on("jwks", script)
            #expect(try await check("keys").outcome == .failed)
        }
        provider.transport.on("jwks", fails: .timedOut)
        let outcomes = await outcomes()
        #expect(outcomes["keys"] == .failed && outcomes["client"] == .passed)
    }

    // MARK: The client

    @Test(
        "what the token endpoint says to a code that nobody has",
        arguments: [
            (400, "invalid_grant", .passed, nil), (401, "invalid_client", .failed, "General > Client Credentials"),
            (400, "unauthorized_client", .failed, "Grant type"), (400, "unsupported_grant_type", .failed, "Grant type"),
            (400, "invalid_dpop_proof", .failed, "Proof of possession"),
            (400, "use_dpop_nonce", .failed, "Proof of possession"),
            (400, "invalid_request", .warning, "General > Client Credentials"),
            (500, "invalid_grant", .warning, "again"),
            (429, "invalid_client", .warning, "again"), (200, "x", .warning, "again"),
        ] as [(Int, String, SetupCheck.Outcome, String?)])
    func client(status: Int, error: String, outcome: SetupCheck.Outcome, advice: String?) async throws {
        provider.transport.on("token", status: status, ["error": .string(error)])
        let check = try await check("client")
        #expect(check.outcome == outcome)
        if let advice { #expect(check.advice?.contains(advice) == true) }
    }

    @Test("a client that cannot authenticate, and an endpoint that does not answer")
    func clientFailures() async throws {
        provider.transport.on("token", fails: .timedOut)
        #expect(try await check("client").outcome == .failed)
        provider.transport.on(
            "discovery", Self.discovery([("token_endpoint_auth_methods_supported", ["private_key_jwt"])]))
        let check = try await check("client")
        #expect(check.outcome == .failed && check.advice?.contains("Client Credentials") == true)
        let key = try PrivateKey(pem: TestKey.p256.pem())
        provider.transport.on("token", status: 401, ["error": "invalid_client"])
        let keyed = try await self.check("client", provider.party(.privateKey(key, keyID: nil)))
        #expect(keyed.advice?.contains("PUBLIC KEYS") == true)
    }

    @Test("proofs are made, and a nonce is given back")
    func proof() async throws {
        let key = try PrivateKey(pem: TestKey.p256.pem())
        provider.transport.on("token") { request throws(OutboundError) in
            let nonce = request.header("DPoP").flatMap { OpenedToken($0) }?.claims["nonce"]?.string
            return OutboundResponse(
                status: 400, headers: [(name: "dpop-nonce", value: "n")],
                body: Array("{\"error\":\"\(nonce == "n" ? "invalid_grant" : "use_dpop_nonce")\"}".utf8))
        }
        #expect(try await check("client", provider.party(proofKey: key)).outcome == .passed)
    }

    // MARK: Redirect URIs and scopes

    @Test(
        "a redirect to exactly the URI, whatever it says, means that it is registered",
        arguments: [
            "?error=login_required", "?error=access_denied&state=s", "?code=c", "",
        ])
    func registered(addition: String) async throws {
        authorize { $0 + addition }
        #expect(try await check("redirect_uri").outcome == .passed)
        let three = await checks(nil, [Self.uri, "https://a.example/cb?x=1", "http://localhost:8301"])
        #expect(three.filter { $0.name == "redirect_uri" }[0].outcome == .passed)
    }

    @Test("a URI with a query, and one without a path")
    func otherForms() async {
        authorize { uri in uri + (uri.contains("?") ? "&" : uri == "http://localhost:8301" ? "/?" : "?") + "error=x" }
        let checks = await checks(nil, [Self.uri, "https://a.example/cb?x=1", "http://localhost:8301"])
        #expect(checks.filter { $0.name == "redirect_uri" }.allSatisfy { $0.outcome == .passed })
    }

    @Test(
        "a redirect to anywhere else tells nothing",
        arguments: [
            "https://acme.okta.com/login", "https://sso.example.com/login/callback/?error=x",
            "https://sso.example.com/login/callback2?error=x", "https://sso.example.com/login/callback.evil.example",
            "https://sso.example.com/login/callbac\u{212A}?error=x", "", nil,
        ] as [String?])
    func elsewhere(location: String?) async throws {
        authorize { _ in location }
        let outcomes = await outcomes()
        #expect(outcomes["redirect_uri"] == .warning && outcomes["scopes"] == .skipped)
    }

    @Test("an error page means that it is not registered, and the advice names the URI")
    func unregistered() async throws {
        for status in [400, 403, 404] {
            authorize(status: status) { _ in nil }
            let check = try await check("redirect_uri")
            #expect(check.outcome == .failed && check.detail.contains(Self.uri))
            #expect(check.advice?.contains("General > LOGIN > Sign-in redirect URIs: add \(Self.uri)") == true)
        }
        #expect(try await check("scopes").outcome == .skipped)
    }

    @Test("an error page says nothing of the URI when the client is refused already")
    func unregisteredClient() async throws {
        provider.transport.on("token", status: 401, ["error": "invalid_client"])
        authorize(status: 400) { _ in nil }
        #expect(try await check("redirect_uri").outcome == .skipped)
        authorize { $0 + "?error=login_required" }
        #expect(try await check("redirect_uri").outcome == .passed)
    }

    @Test("each URI is looked at on its own")
    func several() async {
        authorize { $0.hasPrefix("https://sso") ? $0 + "?error=login_required" : nil }
        let found = await checks(nil, [Self.uri, "http://localhost:8301"]).filter { $0.name == "redirect_uri" }
        #expect(found.map(\.outcome) == [.passed, .warning])
        let none = await checks(nil, [])
        #expect(none.filter { $0.name == "redirect_uri" }.isEmpty)
        #expect(none.first { $0.name == "scopes" }?.outcome == .skipped)
    }

    @Test("answers that tell nothing", arguments: [200, 429, 500])
    func unclear(status: Int) async throws {
        authorize(status: status) { _ in nil }
        #expect(try await check("redirect_uri").outcome == .warning)
        provider.transport.on("authorize", fails: .timedOut)
        #expect(try await check("redirect_uri").outcome == .warning)
    }

    @Test("scopes: refused, or stopped by a policy")
    func scopes() async throws {
        authorize { $0 + "?error=invalid_scope&error_description=One+or+more+scopes+are+not+configured" }
        let refused = try await check("scopes")
        #expect(refused.outcome == .failed && refused.detail.contains("not configured"))
        #expect(refused.advice?.contains("Security > API > Authorization Servers > KeyServer > Scopes") == true)
        #expect(try await check("redirect_uri").outcome == .passed)
        authorize { $0 + "?error=access_denied&error_description=Policy+evaluation+failed" }
        let policy = try await check("scopes")
        #expect(policy.outcome == .warning && policy.advice?.contains("Access Policies") == true)
        #expect(try await check("scopes", provider.party(scopes: ["profile"])).outcome == .failed)
    }

    @Test("the advice on scopes names those that the provider does not list")
    func unlistedScopes() async throws {
        authorize { $0 + "?error=invalid_scope" }
        let check = try await check("scopes", provider.party(scopes: ["openid", "payroll"]))
        #expect(check.advice?.contains("add payroll,") == true)
    }

    // MARK: Pushed requests

    private func push(status: Int, _ body: JSON) async -> [String: SetupCheck.Outcome] {
        provider.transport.on(
            "discovery", Self.discovery([("pushed_authorization_request_endpoint", "https://acme.okta.com/v1/par")]))
        provider.transport.on("pushed_authorization", status: status, body)
        provider.transport.on(
            "authorize",
            ProviderFixture.answering(302, headers: [(name: "location", value: Self.uri + "?error=login_required")]))
        return await outcomes(provider.party(usesPushedAuthorization: true))
    }

    @Test("requests are pushed where people's are")
    func pushed() async throws {
        var outcomes = await push(status: 201, ["request_uri": "urn:x", "expires_in": 60])
        #expect(outcomes["redirect_uri"] == .passed && outcomes["scopes"] == .passed)
        #expect(provider.transport.requests("authorize").last?.url.contains("request_uri=urn%3Ax") == true)
        #expect(provider.transport.requests("pushed_authorization").last?.form["prompt"] == "none")
        for error in ["invalid_request", "invalid_redirect_uri"] {
            outcomes = await push(status: 400, ["error": .string(error)])
            #expect(outcomes["redirect_uri"] == .failed && outcomes["scopes"] == .skipped)
        }
        outcomes = await push(status: 400, ["error": "invalid_scope"])
        #expect(outcomes["redirect_uri"] == .skipped && outcomes["scopes"] == .failed)
        outcomes = await push(status: 401, ["error": "invalid_client"])
        #expect(outcomes["redirect_uri"] == .skipped && outcomes["scopes"] == .skipped)
        outcomes = await push(status: 500, ["error": "invalid_client"])
        #expect(outcomes["redirect_uri"] == .warning && outcomes["scopes"] == .skipped)
        outcomes = await push(status: 201, [:])
        #expect(outcomes["redirect_uri"] == .warning)
        #expect(provider.transport.requests("authorize").count == 1)
    }

    @Test("a provider that has no such endpoint")
    func pushUnsupported() async throws {
        let party = provider.party(usesPushedAuthorization: true)
        let check = try await check("discovery", party)
        #expect(check.outcome == .failed && check.advice?.contains("pushed_authorization") == true)
        let outcomes = await outcomes(party)
        #expect(outcomes["client"] == .passed && outcomes["redirect_uri"] == .skipped && outcomes["scopes"] == .skipped)
    }

    // MARK: Groups

    @Test("the groups claim")
    func groups() async throws {
        provider.transport.on("discovery", Self.discovery([("claims_supported", ["sub"])]))
        var check = try await check("groups_claim")
        #expect(check.outcome == .warning)
        #expect(check.advice?.contains("Authorization Servers > KeyServer > Claims > Add Claim") == true)
        provider.transport.on(
            "discovery", Self.discovery([("claims_supported", nil), ("issuer", "https://acme.okta.com")]))
        check = try await self.check("groups_claim", provider.party(issuer: "https://acme.okta.com"))
        #expect(check.advice?.contains("Sign On > OpenID Connect ID Token > Groups claim filter") == true)
        provider.transport.on("discovery", Self.discovery([("issuer", "https://acme.okta.com")]))
        check = try await self.check(
            "groups_claim", provider.party(issuer: "https://acme.okta.com", scopes: ["openid"]))
        #expect(check.outcome == .warning && check.advice?.contains("Add groups to scopes") == true)
        provider.transport.on("discovery", Self.discovery([]))
        #expect(try await self.check("groups_claim", provider.party(scopes: ["openid"])).outcome == .passed)
    }

    // MARK: Time

    @Test("when the time is up, what is left is skipped")
    func deadline() async {
        let checks = await checks(deadline: .now - .seconds(1))
        #expect(checks.map(\.name) == Self.names)
        #expect(
            ["keys", "client", "redirect_uri", "scopes"].allSatisfy { name in
                checks.first { $0.name == name }?.outcome == .skipped
            })
        #expect(provider.transport.requests("token").isEmpty)
    }
}
