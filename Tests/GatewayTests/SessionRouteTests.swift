import Access
import HTTPTypes
import Identity
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("Signing out, and the API")
struct SessionRouteTests {
    static let own = [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "navigate")]
    static let foreign = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")]
    static let form = ("Content-Type", "application/x-www-form-urlencoded")

    @Test("signing out ends the session and takes the cookie")
    func signOut() async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        let answer = try await gateway.send(
            "POST", "/logout", cookie: cookie, Self.own + [Self.form], body: "realm=infraon")
        #expect(answer.status == .seeOther && answer.headers[.location] == "/")
        #expect(
            answer.headers[values: .setCookie].contains {
                $0.hasPrefix("__Host-gatehouse-infraon=;") && $0.hasSuffix("Max-Age=0")
            })
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: cookie).status == .unauthorized)
        #expect(try await gateway.events().first == "session.ended signed_out")
    }

    @Test("another site's link gets a question, its form a refusal")
    func crossSite() async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        let link = try await gateway.get("/logout?realm=infraon", cookie: cookie, Self.foreign)
        #expect(link.status == .ok && link.text.contains("Nothing has happened yet"))
        let form = try await gateway.send(
            "POST", "/logout", cookie: cookie, Self.foreign + [Self.form], body: "realm=infraon")
        #expect(form.status == .forbidden)
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: cookie).status == .ok)
        #expect(try await gateway.get("/logout?realm=infraon", cookie: cookie, Self.own).status == .seeOther)
        #expect(try await gateway.sessions == 0)
    }

    @Test("the start page ends one's own other session, and nobody else's")
    func otherSession() async throws {
        let gateway = try await GatewayFixture()
        let here = try await gateway.signIn()
        let there = try await gateway.signIn()
        gateway.claims.withLock { $0 = [("sub", "00u2"), ("email", "colin@acme.example")] }
        let colin = try await gateway.signIn()
        let all = try await gateway.services.sessions.list(SessionQuery()).sessions
        let colins = try #require(all.first { $0.email == "colin@acme.example" }?.id)
        let thereID = try #require(
            try await gateway.get("/api/v1/session?realm=infraon", cookie: there).json?["id"]?.string)
        for id in [colins, thereID, "ses_none"] {
            let answer = try await gateway.send(
                "POST", "/logout", cookie: here, Self.own + [Self.form], body: "realm=infraon&session=\(id)")
            #expect(answer.status == .seeOther)
        }
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: colin).status == .ok)
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: here).status == .ok)
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: there).status == .unauthorized)
    }

    @Test("the start page shows who is signed in, escaped, and everybody else the way in")
    func startPage() async throws {
        let gateway = try await GatewayFixture()
        #expect(try await gateway.get("/").text.contains("You are not signed in"))
        gateway.claims.withLock { $0 = [("name", "<b>Ada</b> \"\u{301}")] }
        let cookie = try await gateway.signIn()
        let page = try await gateway.get("/", cookie: cookie)
        #expect(page.status == .ok && page.text.contains("&lt;b&gt;Ada&lt;/b&gt;") && !page.text.contains("<b>Ada"))
        #expect(page.text.contains("this browser"))
    }

    @Test("one's own session as JSON; 401 without one")
    func ownSession() async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        let json = try #require(try await gateway.get("/api/v1/session", cookie: cookie).json)
        #expect(
            json["user"]?["email"] == "ada@acme.example" && json["realm"] == "infraon" && json["roles"] == ["admin"])
        #expect(json["id"]?.string?.hasPrefix("ses_") == true && !json.text.contains(cookie.split(separator: "=")[1]))
        let none = try await gateway.get("/api/v1/session")
        #expect(none.status == .unauthorized && none.json?["type"] == "urn:gatehouse:problem:no_session")
        #expect(try await gateway.get("/api/v1/session?realm=ssp", cookie: cookie).status == .unauthorized)
        #expect(try await gateway.get("/api/v1/session?realm=x", cookie: cookie).status == .badRequest)
    }

    @Test("administration: for administrators' sessions and tokens only")
    func administrators() async throws {
        let gateway = try await GatewayFixture()
        let admin = try await gateway.signIn()
        gateway.claims.withLock { $0 = [("sub", "00u2"), ("groups", ["infraon-tech-1"])] }
        let technician = try await gateway.signIn()
        let token = gateway.services.administratorTokens.make(lifetime: .seconds(60)).token.reveal()
        let bearer = [("Authorization", "Bearer \(token)")]
        for path in ["/api/v1/sessions", "/api/v1/audit"] {
            #expect(try await gateway.get(path).status == .unauthorized)
            #expect(try await gateway.get(path, cookie: technician).status == .forbidden)
            #expect(try await gateway.get(path, cookie: admin).status == .ok)
            #expect(try await gateway.get(path, bearer).status == .ok)
            #expect(try await gateway.get(path, [("Authorization", "Bearer \(token)x")]).status == .unauthorized)
        }
        gateway.clock.advance(.seconds(60))
        #expect(try await gateway.get("/api/v1/sessions", bearer).status == .unauthorized)
    }

    @Test("ending sessions by the API: a cookie acts from our own pages only")
    func ending() async throws {
        let gateway = try await GatewayFixture()
        let admin = try await gateway.signIn()
        gateway.claims.withLock { $0 = [("sub", "00u2"), ("email", "colin@acme.example")] }
        let colin = try await gateway.signIn()
        let id = try #require(try await gateway.get("/api/v1/session?realm=infraon", cookie: colin).json?["id"]?.string)
        #expect(
            try await gateway.send("DELETE", "/api/v1/sessions/\(id)", cookie: admin, Self.foreign).status == .forbidden
        )
        #expect(
            try await gateway.send("DELETE", "/api/v1/sessions/ses_none", cookie: admin, Self.own).status == .notFound)
        #expect(try await gateway.send("DELETE", "/api/v1/sessions", cookie: admin, Self.own).status == .badRequest)
        #expect(try await gateway.sessions == 2)
        let answer = try await gateway.send("DELETE", "/api/v1/sessions/\(id)", cookie: admin, Self.own)
        #expect(answer.status == .ok && answer.json?["ended"] == [.string(id)])
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: colin).status == .unauthorized)
        let byEmail = try await gateway.send(
            "DELETE", "/api/v1/sessions?user=ADA%40acme.example", cookie: admin, Self.own)
        #expect(byEmail.json?["ended"]?.array?.count == 1)
        #expect(try await gateway.sessions == 0)
    }

    @Test("what cannot be audited is not done")
    func auditFirst() async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        let token = gateway.services.administratorTokens.make(lifetime: .seconds(60)).token.reveal()
        try await gateway.database.transaction { try $0.execute("ALTER TABLE audit_events RENAME TO away") }
        let bearer = [("Authorization", "Bearer \(token)")]
        for (method, path) in [("GET", "/api/v1/sessions"), ("DELETE", "/api/v1/sessions?user=ada%40acme.example")] {
            let answer = try await gateway.send(method, path, bearer)
            #expect(answer.status == .serviceUnavailable && answer.json?["sessions"] == nil)
        }
        #expect(
            try await gateway.send("POST", "/logout", cookie: cookie, Self.own + [Self.form], body: "").status
                == .serviceUnavailable)
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: cookie).status == .ok)
        let begun = try await gateway.begin()
        #expect(try await gateway.callback(begun).status == .serviceUnavailable)
        #expect(try await gateway.sessions == 1)
    }

    @Test(
        "what is not there, and what is not for this method",
        arguments: [
            ("GET", "/none", 404), ("GET", "/api/v1/none", 404), ("GET", "/api/v1/", 404), ("GET", "/login/", 404),
            ("GET", "//", 404), ("POST", "/", 405),
            ("POST", "/login", 405), ("HEAD", "/login", 405), ("PUT", "/login/callback", 405),
            ("DELETE", "/logout", 405), ("POST", "/healthz", 405),
            ("POST", "/api/v1/session", 405), ("POST", "/api/v1/sessions", 405), ("DELETE", "/api/v1/audit", 405),
            ("POST", "/metrics", 405),
            ("HEAD", "/", 200), ("HEAD", "/healthz", 200), ("GET", "/metrics", 200), ("GET", "/readyz", 200),
        ])
    func paths(method: String, path: String, status: Int) async throws {
        let gateway = try await GatewayFixture()
        let answer = try await gateway.send(method, path)
        #expect(answer.status.code == status)
        if status == 405 { #expect(answer.headers[.allow]?.isEmpty == false) }
        #expect(answer.headers[.xRequestID] == "request-1")
    }

    @Test("the listener of metrics_listen serves nothing else")
    func metricsOnly() async throws {
        let gateway = try await GatewayFixture()
        let only = Routes(services: gateway.services, servesMetrics: true, servesOnlyMetrics: true)
        let others = Routes(services: gateway.services, servesMetrics: false)
        for (path, status) in [
            ("/metrics", 200), ("/", 404), ("/session/check", 404), ("/login", 404), ("/api/v1/sessions", 404),
        ] {
            #expect(await only.answer(try .make("GET", path)).status.code == status)
        }
        #expect(await others.answer(try .make("GET", "/metrics")).status == .notFound)
    }
}
