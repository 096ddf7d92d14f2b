import Access
import HTTPTypes
import Identity
import Settings
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("Providers of file and store together")
struct ProviderRegistryTests {
    static let json = ("Content-Type", "application/json")

    let gateway: GatewayFixture
    let bearer: [(String, String)]

    init() async throws {
        gateway = try await GatewayFixture()
        let token = gateway.services.administratorTokens.make(lifetime: .seconds(3600)).token.reveal()
        bearer = [("Authorization", "Bearer \(token)"), Self.json]
    }

    private static let good: [(String, JSON)] = [
        ("name", "acme"), ("kind", "okta"), ("url", "https://acme2.okta.com"), ("client_id", "0oa2"),
        ("client_secret", "the-other-secret"), ("realms", ["ssp"]),
    ]

    private func add(_ changes: [(String, JSON?)] = [], _ headers: [(String, String)]? = nil) async throws -> Answer {
        var members = Self.good.filter { member in !changes.contains { $0.0 == member.0 } }
        for case (let name, let value?) in changes { members.append((name, value)) }
        return try await gateway.send(
            "POST", "/api/v1/providers", headers ?? bearer, body: JSON.object(JSONObject(members)).text)
    }

    private func names(_ gateway: GatewayFixture) -> [ProviderName] {
        gateway.services.live.providers.map(\.name)
    }

    private func expect(
        _ answer: Answer, _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status.code == status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(
            answer.json?["type"] == .string("urn:gatehouse:problem:\(code)"), "\(answer.text)",
            sourceLocation: sourceLocation)
    }

    @Test("what is added is in force at once, shown without its secret, and audited")
    func added() async throws {
        let answer = try await add([("dpop", true), ("logout", "local"), ("scopes", ["openid"])])
        #expect(answer.status == .created && answer.headers[.location] == "/api/v1/providers/acme")
        let shown = try #require(answer.json)
        #expect(shown["name"] == "acme" && shown["source"] == "store" && shown["client_secret"] == "set")
        #expect(shown["url"] == "https://acme2.okta.com" && shown["realms"] == ["ssp"] && shown["scopes"] == ["openid"])
        #expect(shown["dpop"] == true && shown["logout"] == "local" && shown["pushed_authorization"] == false)
        #expect(try await gateway.get("/api/v1/providers/acme", bearer).json == shown)
        let list = try #require(try await gateway.get("/api/v1/providers", bearer).json?["providers"]?.array)
        #expect(list.map { $0["name"] } == ["acme", "okta"] && list.map { $0["source"] } == ["store", "file"])
        #expect(!gateway.log.text.contains("the-other-secret") && !answer.text.contains("the-other-secret"))
        // The realm asks which one now.
        #expect(gateway.services.rules.realms["ssp"]?.providers == ["okta", "acme"])
        #expect(gateway.services.rules.realms["infraon"]?.providers == ["okta"])
        #expect(gateway.services.live.relyingParty("acme")?.settings.proofKey != nil)
        #expect(gateway.services.live.relyingParty("okta")?.settings.proofKey == nil)
        #expect(try await gateway.events().prefix(1) == ["administration.request"])
        #expect(try await gateway.events().contains("provider.added"))
    }

    @Test(
        "an addition with one flaw changes nothing",
        arguments: [
            ("name", nil, 400, "member_missing"), ("client_secret", nil, 400, "member_missing"),
            ("client_secret", ["file": "/etc/hostname"], 400, "member_malformed"),
            ("client_id", ["env": "HOME"], 400, "member_malformed"), ("url", ["file": "x"], 400, "member_malformed"),
            ("kind", nil, 400, "provider_malformed"), ("kind", "saml", 400, "member_unknown"),
            ("url", "http://acme2.okta.com", 400, "provider_malformed"), ("name", "a b", 400, "provider_malformed"),
            ("scopes", "openid", 400, "member_malformed"), ("scopes", ["profile"], 400, "provider_malformed"),
            ("scopes", ["openid", "a\u{202E}"], 400, "member_malformed"), ("dpop", "true", 400, "member_malformed"),
            ("pushed_authorization", 1, 400, "member_malformed"), ("logout", "never", 400, "provider_malformed"),
            ("realms", "ssp", 400, "member_malformed"), ("realms", ["none"], 400, "realm_unknown"),
            ("client_key", "x", 400, "member_unknown"), ("clientsecret", "x", 400, "member_unknown"),
            ("name", "okta", 409, "provider_exists"),
        ] as [(String, JSON?, Int, String)])
    func flaws(name: String, value: JSON?, status: Int, code: String) async throws {
        let answer = try await add([(name, value)])
        expect(answer, status, code)
        #expect(!answer.text.contains("the-other-secret"))
        #expect(names(gateway) == ["okta"])
        #expect(try await gateway.services.storedProviders.all().providers.isEmpty)
        #expect(try await add().status == .created)
        expect(try await add(), 409, "provider_exists")
    }

    @Test("another process hears of it, and of the removal, when it looks; other announcements cost it no reading")
    func otherProcess() async throws {
        let other = try await GatewayFixture(besides: gateway)
        #expect(try await add().status == .created)
        #expect(names(other) == ["okta"])
        try await other.services.registry.refreshIfChanged()
        #expect(names(other) == ["acme", "okta"])
        #expect(other.services.rules.realms["ssp"]?.providers == ["okta", "acme"])
        let rules = other.services.rules.realms["ssp"]?.providers
        _ = try await gateway.signIn()
        try await gateway.services.sessions.end(.email("ada@acme.example"), reason: .signedOut)
        try await other.services.registry.refreshIfChanged()
        #expect(other.services.rules.realms["ssp"]?.providers == rules)
        #expect(try await gateway.send("DELETE", "/api/v1/providers/acme", bearer).status == .noContent)
        try await other.services.registry.refreshIfChanged()
        #expect(names(other) == ["okta"] && other.services.rules.realms["ssp"]?.providers == ["okta"])
    }

    @Test("it is there after a start, and the file wins where names clash")
    func starts() async throws {
        #expect(try await add().status == .created)
        let later = try await GatewayFixture(besides: gateway)
        #expect(names(later) == ["acme", "okta"])
        let clashing = GatewayFixture.configuration.replacing(
            "realms:\n",
            with: "  acme: {kind: oidc, url: https://id.example.com, client_id: x, client_secret: y}\nrealms:\n")
        let file = try await GatewayFixture(clashing, besides: gateway)
        #expect(file.services.live.provider("acme")?.source == .file)
        #expect(file.services.live.relyingParty("acme")?.settings.issuer == "https://id.example.com")
        // Its realms are the file's too.
        #expect(file.services.rules.realms["ssp"]?.providers == ["okta"])
    }

    @Test("a configuration that is read again keeps the store's providers and what was fetched from providers")
    func reload() async throws {
        #expect(try await add().status == .created)
        _ = try await gateway.signIn()
        let fetched = gateway.transport.requests("discovery").count
        let text = GatewayFixture.configuration.replacing("default_role: requester", with: "default_role: guest")
        let settings = try GatewaySettings(
            yaml: text, file: gateway.folder.file("gatehouse.yaml"), environment: [:])
        try await gateway.services.reload(settings)
        #expect(names(gateway) == ["acme", "okta"])
        #expect(gateway.services.rules.realms["ssp"]?.roles.defaultRole == "guest")
        #expect(gateway.services.rules.realms["ssp"]?.providers == ["okta", "acme"])
        _ = try await gateway.signIn()
        #expect(gateway.transport.requests("discovery").count == fetched)
    }

    @Test("a reload that meets a store that fails leaves everything as it was")
    func reloadFails() async throws {
        #expect(try await add().status == .created)
        let text = GatewayFixture.configuration.replacing("default_role: requester", with: "default_role: guest")
        let settings = try GatewaySettings(
            yaml: text, file: gateway.folder.file("gatehouse.yaml"), environment: [:])
        try await gateway.database.transaction { try $0.execute("ALTER TABLE providers RENAME TO away") }
        await #expect(throws: (any Error).self) { try await gateway.services.reload(settings) }
        #expect(names(gateway) == ["acme", "okta"])
        #expect(gateway.services.rules.realms["ssp"]?.roles.defaultRole == "requester")
        try await gateway.database.transaction { try $0.execute("ALTER TABLE away RENAME TO providers") }
        try await gateway.services.registry.refresh()
        #expect(gateway.services.rules.realms["ssp"]?.roles.defaultRole == "requester")
        try await gateway.services.reload(settings)
        #expect(gateway.services.rules.realms["ssp"]?.roles.defaultRole == "guest")
    }

    @Test("a reload and another process's addition at the same time: both are in force")
    func readingsTogether() async throws {
        let other = try await GatewayFixture(besides: gateway)
        let text = GatewayFixture.configuration.replacing("default_role: requester", with: "default_role: guest")
        let settings = try GatewaySettings(yaml: text, file: gateway.folder.file("gatehouse.yaml"), environment: [:])
        for round in 0..<10 {
            #expect(try await add([("name", .string("p\(round)"))]).status == .created)
            async let reload: Void = other.services.reload(settings)
            async let refresh: Void = other.services.registry.refreshIfChanged()
            _ = try await (reload, refresh)
            #expect(other.services.rules.realms["ssp"]?.roles.defaultRole == "guest")
            #expect(names(other).count == round + 2)
        }
    }

    @Test("what is unusable is told in the log and left out, and the others are in force")
    func unusable() async throws {
        #expect(try await add().status == .created)
        #expect(try await add([("name", "good")]).status == .created)
        try await gateway.database.transaction {
            try $0.execute("UPDATE providers SET settings = '{\"kind\":\"okta\"}' WHERE name = 'acme'")
        }
        let later = try await GatewayFixture(besides: gateway)
        #expect(names(later) == ["good", "okta"])
        #expect(later.log.text.contains("a provider cannot be used") && later.log.text.contains("acme"))
        // Somebody can see why, and remove it.
        let unusable = try #require(try await later.get("/api/v1/providers", bearer).json?["unusable"]?.array)
        #expect(unusable.map { $0["name"] } == ["acme"] && unusable[0]["why"]?.string?.isEmpty == false)
        #expect(try await later.get("/api/v1/providers/acme", bearer).status == .notFound)
        #expect(try await later.send("DELETE", "/api/v1/providers/acme", bearer).status == .noContent)
        #expect(try await later.get("/api/v1/providers", bearer).json?["unusable"] == [])
        let otherKey = GatewayFixture.configuration.replacing("MDEyMzQ1", with: "MDEyMzQ2")
        #expect(otherKey != GatewayFixture.configuration)
        await #expect(throws: SigningKeysError.self) { try await GatewayFixture(otherKey, besides: gateway) }
    }

    @Test("removing: the store's only, and its sessions end with it")
    func removal() async throws {
        expect(try await gateway.send("DELETE", "/api/v1/providers/okta", bearer), 409, "provider_in_file")
        expect(try await gateway.send("DELETE", "/api/v1/providers/acme", bearer), 404, "provider_unknown")
        #expect(try await add().status == .created)
        let kept = try await gateway.signIn()
        #expect(try await gateway.send("DELETE", "/api/v1/providers/acme", bearer).status == .noContent)
        expect(try await gateway.get("/api/v1/providers/acme", bearer), 404, "provider_unknown")
        #expect(try await gateway.events().contains("provider.removed"))
        #expect(try await gateway.check(kept) == 200)
        #expect(try await add().status == .created)
    }

    @Test("for administrators only, and from our own pages")
    func authorisation() async throws {
        let admin = try await gateway.signIn()
        gateway.claims.withLock { $0 = [("sub", "00u2"), ("groups", ["infraon-tech-1"])] }
        let technician = try await gateway.signIn()
        for (method, path) in [
            ("GET", "/api/v1/providers"), ("GET", "/api/v1/providers/okta"), ("POST", "/api/v1/providers"),
            ("DELETE", "/api/v1/providers/okta"), ("POST", "/api/v1/providers/okta/verify"), ("GET", "/api/v1/realms"),
            ("GET", "/api/v1/realms/infraon/roles?group=x"), ("GET", "/api/v1/users"), ("GET", "/api/v1/users/usr_x"),
        ] {
            #expect(try await gateway.send(method, path, [Self.json], body: "{}").status == .unauthorized)
            let own = SessionRouteTests.own + [Self.json]
            #expect(try await gateway.send(method, path, cookie: technician, own, body: "{}").status == .forbidden)
            guard method != "GET" else { continue }
            let foreign = SessionRouteTests.foreign + [Self.json]
            #expect(try await gateway.send(method, path, cookie: admin, foreign, body: "{}").status == .forbidden)
        }
        #expect(names(gateway) == ["okta"])
    }
}
