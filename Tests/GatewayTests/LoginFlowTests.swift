import Access
import HTTPTypes
import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("A login, from the first request to the session")
struct LoginFlowTests {
    @Test("a person comes back with a session, audited, where they wanted to go")
    func good() async throws {
        let gateway = try await GatewayFixture()
        let begun = try await gateway.begin(
            "/login?realm=infraon&return_to=https%3A%2F%2Fapp.example.com%2Fa%3Fb%23c&login_hint=ada")
        #expect(
            begun.asked["redirect_uri"] == "https://sso.example.com/login/callback"
                && begun.asked["login_hint"] == "ada")
        #expect(begun.asked["code_challenge_method"] == "S256" && begun.asked["response_type"] == "code")
        let answer = try await gateway.callback(begun)
        #expect(answer.status == .seeOther && answer.headers[.location] == "https://app.example.com/a?b#c")
        #expect(answer.headers[.cacheControl] == "no-store")
        let cookies = answer.headers[values: .setCookie]
        #expect(cookies.count == 2)
        #expect(
            cookies.contains {
                $0.hasPrefix("__Host-gatehouse-infraon=") && $0.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Secure")
            })
        #expect(cookies.contains { $0.hasPrefix(begun.cookie.prefix { $0 != "=" }) && $0.hasSuffix("Max-Age=0") })
        #expect(try await gateway.sessions == 1)
        #expect(Set(try await gateway.events()) == ["login.succeeded", "session.created"])
    }

    @Test("another browser's answer fails before the code is redeemed, and spoils nothing")
    func otherBrowser() async throws {
        let gateway = try await GatewayFixture()
        let begun = try await gateway.begin()
        let other = try await gateway.begin()
        for cookie in ["", "a=b", other.cookie, begun.cookie + "x"] {
            let answer = try await gateway.callback(begun, cookie: cookie)
            #expect(answer.status == .badRequest && GatewayFixture.cookie(answer) == nil)
        }
        #expect(gateway.transport.requests("token").isEmpty)
        #expect(try await gateway.sessions == 0)
        #expect(Set(try await gateway.events()) == ["login.failed browser_mismatch"])
        _ = try await gateway.begin()
        let fresh = try await gateway.begin()
        #expect(try await gateway.callback(fresh).status == .seeOther)
    }

    @Test("ten tabs at once work, each with its own cookie")
    func tabs() async throws {
        let gateway = try await GatewayFixture()
        var begun: [GatewayFixture.Begun] = []
        for _ in 0..<10 { begun.append(try await gateway.begin()) }
        let all = begun.map(\.cookie).joined(separator: "; ")
        #expect(Set(begun.map(\.cookie)).count == 10 && Set(begun.map(\.state)).count == 10)
        // The provider's script knows the last nonce only.
        #expect(try await gateway.callback(begun[9], cookie: all).status == .seeOther)
        for tab in begun.dropLast() { #expect(try await gateway.callback(tab, cookie: all).status == .badRequest) }
        let reasons = Set(try await gateway.events().filter { $0.hasPrefix("login.failed") })
        #expect(reasons == ["login.failed nonce_mismatch"])
    }

    @Test("an answer counts once, also when it comes 20 times at once")
    func replay() async throws {
        let gateway = try await GatewayFixture()
        let begun = try await gateway.begin()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await gateway.callback(begun).status.code } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 303 }.count == 1 && statuses.filter { $0 == 400 }.count == 19)
        #expect(gateway.transport.requests("token").count == 1)
        #expect(try await gateway.sessions == 1)
        #expect(try await gateway.callback(begun).status == .badRequest)
    }

    @Test("an attempt is used up before the code is redeemed, also when that fails")
    func order() async throws {
        let gateway = try await GatewayFixture()
        gateway.transport.on("token", fails: .timedOut)
        let begun = try await gateway.begin()
        #expect(try await gateway.callback(begun).status.code == 504)
        gateway.transport.on("token", status: 500, [:])
        #expect(try await gateway.callback(begun).status.code == 400)
        #expect(gateway.transport.requests("token").count == 1)
    }

    @Test(
        "answers that are none change nothing",
        arguments: [
            "", "code=x", "state=x&code=y", "state=0123456789abcdef.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&code=y",
            "state=%FF&code=y", "state=a&state=b&code=c",
            "error=access_denied",
        ])
    func malformed(query: String) async throws {
        let gateway = try await GatewayFixture()
        let begun = try await gateway.begin()
        let answer = try await gateway.get("/login/callback?" + query, cookie: begun.cookie)
        #expect(answer.status == .badRequest && answer.headers[values: .setCookie].isEmpty)
        #expect(gateway.transport.requests("token").isEmpty)
        #expect(try await gateway.callback(begun).status == .seeOther)
    }

    @Test(
        "whose fault it is decides the status",
        arguments: [
            ("error=access_denied", 403, "provider_refused"), ("error=login_required", 401, "provider_refused"),
            ("error=server_error", 502, "provider_refused"),
            ("error=made_up", 400, "provider_refused"),
            ("code=x&iss=https%3A%2F%2Fevil.example", 400, "callback_issuer_mismatch"),
        ])
    func refusedByProvider(fields: String, status: Int, reason: String) async throws {
        let gateway = try await GatewayFixture()
        let answer = try await gateway.callback(
            try await gateway.begin(), fields + "&error_description=%3Cscript%3Etheirs")
        #expect(answer.status.code == status && !answer.text.contains("theirs"))
        try await expectFailure(gateway, answer, reason: reason)
    }

    @Test(
        "a provider that does not work ends in a page with a reference",
        arguments: [
            (OutboundError.Reason.timedOut, 504), (.unreachable, 502), (.answerTooLarge, 502), (.addressRefused, 502),
        ], ["discovery", "jwks", "token", "userinfo"])
    func provider(failure: (OutboundError.Reason, Int), purpose: String) async throws {
        let gateway = try await GatewayFixture()
        gateway.claims.withLock { $0 = [("groups", nil)] }
        if purpose == "discovery" {
            gateway.transport.on(purpose, fails: failure.0)
            let answer = try await gateway.get("/login?realm=infraon")
            #expect(answer.status.code == failure.1 && answer.headers[values: .setCookie].isEmpty)
            return try await expectFailure(gateway, answer, reason: failure.0.rawValue)
        }
        let begun = try await gateway.begin()
        gateway.transport.on(purpose, fails: failure.0)
        let answer = try await gateway.callback(begun)
        #expect(answer.status.code == failure.1)
        try await expectFailure(gateway, answer, reason: failure.0.rawValue)
    }

    @Test("somebody without a role is told so, and whom to ask")
    func noRole() async throws {
        let gateway = try await GatewayFixture()
        gateway.claims.withLock { $0 = [("groups", ["others"])] }
        let answer = try await gateway.callback(try await gateway.begin())
        #expect(
            answer.status == .forbidden && answer.text.contains("the service desk")
                && answer.text.contains("ada@acme.example"))
        #expect(GatewayFixture.cookie(answer) == nil)
        #expect(try await gateway.sessions == 0)
        #expect(try await gateway.events() == ["login.refused no_role"])
    }

    @Test(
        "neither log nor audit nor page holds a secret", arguments: ["good", "token refused", "bad token", "no role"])
    func secrets(how: String) async throws {
        let gateway = try await GatewayFixture()
        let begun = try await gateway.begin()
        if how == "token refused" {
            gateway.transport.on("token", status: 400, ["error": "invalid_grant", "error_description": "the-code"])
        }
        if how == "bad token" { gateway.claims.withLock { $0 = [("aud", "other")] } }
        if how == "no role" { gateway.claims.withLock { $0 = [("groups", [])] } }
        let answer = try await gateway.callback(begun)
        var text = gateway.log.text + answer.text
        for event in try await gateway.trail() { text += "\(event)" }
        let cookie = GatewayFixture.cookie(answer)?.split(separator: "=").last.map(String.init)
        let secrets = [
            "the-code", "the-client-secret", GatewayFixture.accessToken, GatewayFixture.refreshToken, begun.state,
            String(begun.cookie.split(separator: "=")[1]),
            begun.asked["nonce"] ?? "?", "eyJ",
        ]
        for secret in secrets + (cookie.map { [$0] } ?? []) { #expect(!text.contains(secret), "\(secret) shows") }
        #expect(!gateway.log.text.isEmpty)
    }

    @Test("a return address that is not allowed starts nothing")
    func openRedirect() async throws {
        let gateway = try await GatewayFixture()
        for address in [
            "https://evil.example/", "//evil.example", "https://app.example.com.evil.example/", "javascript:alert(1)",
        ] {
            let answer = try await gateway.get("/login?realm=infraon&return_to=" + FormEncoding.encode(address))
            #expect(
                answer.status == .badRequest && answer.headers[.location] == nil
                    && answer.headers[values: .setCookie].isEmpty)
        }
        #expect(gateway.transport.requests("discovery").isEmpty)
    }

    private func expectFailure(_ gateway: GatewayFixture, _ answer: Answer, reason: String) async throws {
        #expect(GatewayFixture.cookie(answer) == nil)
        #expect(try await gateway.sessions == 0)
        let events = try await gateway.trail().filter { $0.kind == .signInFailed }
        #expect(events.map(\.reason) == [reason])
        let reference = try #require(events.first?.reference)
        #expect(answer.text.contains("<code>\(reference)</code>") && gateway.log.text.contains(reference))
    }
}
