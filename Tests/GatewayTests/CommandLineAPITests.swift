import Access
import Cryptography
import HTTPTypes
import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("API: sign-ins of the command line")
struct CommandLineAPITests {
    static let json = ("Content-Type", "application/json")
    static let verifier = String(repeating: "v", count: 43)
    static let challenge = SHA256Digest(of: verifier).base64URL

    let gateway: GatewayFixture

    init() async throws { gateway = try await GatewayFixture() }

    private func begin(_ changes: [(String, JSON?)] = []) async throws -> Answer {
        var members: [(String, JSON)] = [
            ("realm", "infraon"), ("code_challenge", .string(Self.challenge)), ("host", "ada's laptop"),
        ].filter { member in !changes.contains { $0.0 == member.0 } }
        for case (let name, let value?) in changes { members.append((name, value)) }
        return try await gateway.send(
            "POST", "/api/v1/cli/logins", [Self.json], body: JSON.object(JSONObject(members)).text)
    }

    /// A sign-in under way.
    private func begun() async throws -> (id: String, state: String) {
        let answer = try await begin()
        try #require(answer.status == .created, "\(answer.text)")
        let location = try #require(answer.json?["authorize_url"]?.string)
        let query = try #require(location.split(separator: "?", maxSplits: 1).last)
        let fields = try #require(FormEncoding.decode(query))
        let asked = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) })
        gateway.remember(nonce: GatewayFixture.Begun(state: "", cookie: "", asked: asked))
        let id = try #require(answer.json?["login_id"]?.string)
        let state = try #require(answer.json?["state"]?.string)
        #expect(
            asked["state"] == state && state.hasPrefix(id + ".") && asked["redirect_uri"] == "http://localhost:8301")
        // The gateway's pair with the provider is another one.
        #expect(asked["code_challenge"] != Self.challenge && asked["code_challenge_method"] == "S256")
        return (id, state)
    }

    private func complete(_ login: (id: String, state: String), _ changes: [(String, JSON?)] = [], id: String? = nil)
        async throws -> Answer
    {
        var members: [(String, JSON)] = [
            ("code", "the-code"), ("state", .string(login.state)), ("code_verifier", .string(Self.verifier)),
        ].filter { member in !changes.contains { $0.0 == member.0 } }
        for case (let name, let value?) in changes { members.append((name, value)) }
        return try await gateway.send(
            "POST", "/api/v1/cli/logins/\(id ?? login.id)/complete", [Self.json],
            body: JSON.object(JSONObject(members)).text)
    }

    private func expect(
        _ answer: Answer, _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status.code == status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(
            answer.json?["type"] == .string("urn:gatehouse:problem:\(code)"), "\(answer.text)",
            sourceLocation: sourceLocation)
    }

    @Test("a sign-in gives a session of the machine, with its own life-time, once")
    func good() async throws {
        let login = try await begun()
        let answer = try await complete(login)
        #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
        let json = try #require(answer.json)
        let token = try #require(json["token"]?.string)
        #expect(json["realm"] == "infraon" && json["provider"] == "okta" && json["roles"] == ["admin"])
        #expect(json["user"]?["email"] == "ada@acme.example")
        #expect(json["expires_at"] == .string((gateway.clock.now + .seconds(43200)).description))
        let own = try #require(try await gateway.get("/api/v1/session", [("Authorization", "Bearer \(token)")]).json)
        #expect(own["id"] == json["session_id"] && own["kind"] == "cli" && own["host"] == "ada's laptop")
        // The code went to the provider with the loopback address that it was asked for with.
        #expect(gateway.transport.requests("token").first?.form["redirect_uri"] == "http://localhost:8301")
        expect(try await complete(login), 400, "attempt_unknown")
        #expect(try await gateway.sessions == 1)
        for secret in ["the-code", Self.verifier, token, login.state] { #expect(!gateway.log.text.contains(secret)) }
    }

    @Test(
        "whoever has another verifier or state gets nothing, learns nothing, and uses nothing up",
        arguments: [
            ("code_verifier", .string(String(repeating: "w", count: 43))), ("code_verifier", .string(challenge)),
            ("code_verifier", "v"), ("state", .string("0123456789abcdef." + String(repeating: "a", count: 43))),
            ("state", "x"),
        ] as [(String, JSON)])
    func others(name: String, value: JSON) async throws {
        let login = try await begun()
        expect(try await complete(login, [(name, value)]), 400, "attempt_unknown")
        #expect(gateway.transport.requests("token").isEmpty)
        #expect(try await complete(login).status == .ok)
    }

    @Test("an answer to another sign-in's address is none")
    func otherID() async throws {
        let (first, second) = (try await begun(), try await begun())
        for id in [second.id, "x", "0123456789abcdef", first.id.uppercased() + "0"] {
            expect(try await complete(first, id: id), 400, "attempt_unknown")
        }
        gateway.claims.withLock { $0 = [] }
        #expect(try await gateway.sessions == 0)
    }

    @Test("is good for five minutes, to the millisecond")
    func expiry() async throws {
        let early = try await begun()
        gateway.clock.advance(.seconds(300) - .milliseconds(1))
        #expect(try await complete(early).status == .ok)
        let late = try await begun()
        gateway.clock.advance(.seconds(300))
        expect(try await complete(late), 400, "attempt_unknown")
        #expect(try await gateway.sessions == 1)
    }

    @Test("a browser cannot finish it, nor it a browser's sign-in")
    func notABrowser() async throws {
        let login = try await begun()
        for cookie in ["", "__Host-gatehouse-login-\(login.id)=\(Self.verifier)"] {
            let answer = try await gateway.get("/login/callback?state=\(login.state)&code=the-code", cookie: cookie)
            #expect(answer.status == .badRequest && GatewayFixture.cookie(answer) == nil)
        }
        #expect(gateway.transport.requests("token").isEmpty)
        let browser = try await gateway.begin()
        let binding = try #require(browser.cookie.split(separator: "=").last)
        let answer = try await complete(
            (String(browser.state.prefix(16)), browser.state), [("code_verifier", .string(String(binding)))])
        #expect(answer.status.code == 503 || answer.status == .badRequest)
        #expect(try await gateway.sessions == 0)
    }

    @Test(
        "a beginning with one flaw",
        arguments: [
            ("code_challenge", nil, "code_challenge_malformed"), ("code_challenge", "x", "code_challenge_malformed"),
            ("code_challenge", .string(challenge + "="), "code_challenge_malformed"),
            ("code_challenge", .string(challenge + "A"), "code_challenge_malformed"),
            ("code_challenge", .string(String(challenge.dropLast())), "code_challenge_malformed"),
            ("code_challenge", 1, "member_malformed"), ("realm", nil, "realm_missing"),
            ("realm", "none", "realm_unknown"),
            ("realm", "Infraon", "realm_unknown"), ("realm", ["infraon"], "member_malformed"),
            ("provider", "none", "provider_unknown"), ("provider", "Okta", "provider_unknown"),
            ("host", .string(String(repeating: "x", count: 101)), "member_malformed"),
            ("host", "a\u{202E}b", "member_malformed"), ("host", "a\u{1B}[2Jb", "member_malformed"),
            ("hots", "x", "member_unknown"), ("redirect_uri", "http://localhost:9999", "member_unknown"),
        ] as [(String, JSON?, String)])
    func beginnings(name: String, value: JSON?, code: String) async throws {
        expect(try await begin([(name, value)]), 400, code)
        #expect(gateway.transport.requests("discovery").isEmpty)
        #expect(try await begin().status == .created)
    }

    @Test("a body that is no strict JSON object")
    func bodies() async throws {
        for body in ["[]", "{", "{\"realm\":\"infraon\",\"realm\":\"ssp\"}", "null", "{} {}"] {
            for path in ["/api/v1/cli/logins", "/api/v1/cli/logins/x/complete"] {
                expect(try await gateway.send("POST", path, [Self.json], body: body), 400, "json_malformed")
            }
        }
        let form = try await gateway.send("POST", "/api/v1/cli/logins", [SessionRouteTests.form], body: "realm=infraon")
        expect(form, 415, "json_expected")
        let long = try await gateway.send(
            "POST", "/api/v1/cli/logins", [Self.json], body: String(repeating: " ", count: 65537))
        expect(long, 413, "body_too_large")
        expect(try await complete(try await begun(), [("code_verifier", nil)]), 400, "code_verifier_missing")
        for path in ["/api/v1/cli", "/api/v1/cli/", "/api/v1/cli/logins/x", "/api/v1/cli/logins/x/complete/y"] {
            #expect(try await gateway.send("POST", path, [Self.json]).status == .notFound)
        }
        #expect(try await gateway.get("/api/v1/cli/logins").status == .methodNotAllowed)
    }

    @Test("what the provider says no to comes with its reason and a reference")
    func refusals() async throws {
        let denied = try await complete(try await begun(), [("code", nil), ("error", "access_denied")])
        expect(denied, 403, "provider_refused")
        let reference = try #require(denied.json?["reference"]?.string)
        let event = try #require(try await gateway.trail().first)
        #expect(reference.utf8.count == 8 && event.reference == reference && event.reason == "provider_refused")
        gateway.claims.withLock { $0 = [("groups", ["others"])] }
        let roleless = try await complete(try await begun())
        expect(roleless, 403, "no_role")
        #expect(roleless.json?["reference"]?.string == (try await gateway.trail().first?.reference))
        gateway.claims.withLock { $0 = [("nonce", "other")] }
        expect(try await complete(try await begun()), 400, "nonce_mismatch")
        #expect(try await gateway.sessions == 0)
    }

    @Test(
        "a provider that does not work",
        arguments: [(OutboundError.Reason.timedOut, 504), (.unreachable, 502)], ["discovery", "token"])
    func provider(failure: (OutboundError.Reason, Int), purpose: String) async throws {
        if purpose == "token" {
            let login = try await begun()
            gateway.transport.on(purpose, fails: failure.0)
            return expect(try await complete(login), failure.1, failure.0.rawValue)
        }
        gateway.transport.on(purpose, fails: failure.0)
        expect(try await begin(), failure.1, failure.0.rawValue)
    }

    @Test("beginnings and ends are limited together, by address")
    func limit() async throws {
        let headers = [Self.json, ("X-Forwarded-For", "192.0.2.1")]
        var statuses: [Int] = []
        for number in 0..<121 {
            let path = "/api/v1/cli/logins" + (number.isMultiple(of: 2) ? "" : "/x/complete")
            statuses.append(try await gateway.send("POST", path, headers, body: "{}").status.code)
        }
        #expect(statuses.dropLast().allSatisfy { $0 == 400 } && statuses.last == 429)
        #expect(try await begin().status == .created)
    }
}
