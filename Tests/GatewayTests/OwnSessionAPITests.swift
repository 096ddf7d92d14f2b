import Access
import HTTPTypes
import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("API: one's own session")
struct OwnSessionAPITests {
    let gateway: GatewayFixture
    let cookie: String
    let bearer: [(String, String)]

    init() async throws {
        gateway = try await GatewayFixture(GatewayFixture.revalidating)
        gateway.claims.withLock { $0 = [("acr", "urn:okta:loa:2fa:any")] }
        cookie = try await gateway.signIn()
        bearer = [("Authorization", "Bearer \(try #require(cookie.split(separator: "=").last))")]
    }

    private func revalidate(_ headers: [(String, String)]? = nil) async throws -> Answer {
        try await gateway.send("POST", "/api/v1/session/revalidate", headers ?? bearer)
    }

    private var questions: Int {
        gateway.transport.requests("token").filter { $0.form["grant_type"] == "refresh_token" }.count
    }

    @Test("shows when the provider last vouched for the person, and how they authenticated")
    func shown() async throws {
        let json = try #require(try await gateway.get("/api/v1/session", bearer).json)
        #expect(json["kind"] == "browser" && json["host"] == .null && json["acr"] == "urn:okta:loa:2fa:any")
        #expect(json["validated_at"] == .string(TestClock.start.description))
        #expect(json["expires_at"] == .string((TestClock.start + .seconds(43200)).description))
    }

    @Test("the provider is asked at once, and the answer is in force")
    func revalidated() async throws {
        gateway.clock.advance(.seconds(60))
        gateway.claims.withLock { $0 = [("groups", ["infraon-tech-1"])] }
        let answer = try await revalidate()
        #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store" && questions == 1)
        #expect(answer.json?["roles"] == ["technician"])
        #expect(answer.json?["validated_at"] == .string(gateway.clock.now.description))
        #expect(try await gateway.get("/session/check?realm=infraon&role=admin", cookie: cookie).status == .forbidden)
    }

    @Test("a session that the provider ends is over: 401")
    func refused() async throws {
        gateway.transport.on("token", status: 400, ["error": "invalid_grant"])
        let answer = try await revalidate()
        #expect(answer.status == .unauthorized && answer.json?["type"] == "urn:gatehouse:problem:no_session")
        #expect(try await gateway.check(cookie) == 401)
        #expect(try await revalidate().status == .unauthorized)
        #expect(questions == 1)
    }

    @Test(
        "a provider that cannot be asked: whose fault it is decides the status, and the session is as it was",
        arguments: [(OutboundError.Reason.timedOut, 504), (.unreachable, 502), (.answerTooLarge, 502)])
    func unavailable(reason: OutboundError.Reason, status: Int) async throws {
        gateway.transport.on("token", fails: reason)
        let answer = try await revalidate()
        #expect(answer.status.code == status)
        #expect(answer.json?["type"] == .string("urn:gatehouse:problem:\(reason.rawValue)"))
        #expect(try await gateway.check(cookie) == 200)
    }

    @Test("nobody makes the gateway hammer the provider: six questions a minute for one session")
    func limit() async throws {
        for number in 1...9 {
            let answer = try await revalidate()
            #expect(answer.status == .ok && questions == min(number, 6))
        }
        gateway.clock.advance(.seconds(10))
        for _ in 0..<3 { #expect(try await revalidate().status == .ok) }
        #expect(questions == 7)
    }

    @Test("an overdue session may ask for its revalidation, and for its end, and for nothing else")
    func overdue() async throws {
        gateway.clock.advance(.seconds(1500))
        #expect(try await gateway.check(cookie) == 401)
        #expect(try await gateway.get("/api/v1/session", bearer).status == .unauthorized)
        #expect(try await gateway.get("/api/v1/sessions", cookie: cookie).status == .unauthorized)
        gateway.transport.on("token", fails: .timedOut)
        #expect(try await revalidate().status.code == 504)
        #expect(try await gateway.check(cookie) == 401)
        gateway.clock.advance(.seconds(60))
        let gateway = gateway
        gateway.transport.on("token") { _ throws(OutboundError) in gateway.tokenAnswer() }
        #expect(try await revalidate().status == .ok)
        #expect(try await gateway.check(cookie) == 200)
        gateway.clock.advance(.seconds(1500))
        #expect(try await gateway.check(cookie) == 401)
        #expect(try await gateway.send("DELETE", "/api/v1/session", bearer).status == .noContent)
        #expect(try await gateway.sessions == 0)
    }

    @Test("in a realm that does not ask, and without a refresh token, the session is shown as it is")
    func nothingToAsk() async throws {
        let portal = try await gateway.signIn("/login?realm=ssp")
        let answer = try await gateway.send("POST", "/api/v1/session/revalidate?realm=ssp", cookie: portal)
        #expect(answer.status == .ok && answer.json?["realm"] == "ssp" && questions == 0)
    }

    @Test("whoever asks while somebody else does gets their answer")
    func together() async throws {
        let (gateway, gate) = (gateway, Gate())
        gateway.clock.advance(.seconds(1))
        gateway.transport.on("token") { _ throws(OutboundError) in
            await gate.pass()
            return gateway.tokenAnswer()
        }
        async let first = revalidate()
        await gate.arrivals(1)
        async let second = revalidate()
        await gate.open()
        for answer in try await [first, second] {
            #expect(answer.status == .ok)
            #expect(answer.json?["validated_at"] == .string(gateway.clock.now.description))
        }
        #expect(questions <= 2)
    }

    @Test("nobody's session")
    func nobody() async throws {
        let token = String(repeating: "a", count: 43)
        for headers in [[], [("Authorization", "Bearer \(token)")], [("Authorization", "Bearer x")]] {
            #expect(try await revalidate(headers).status == .unauthorized)
            #expect(try await gateway.send("DELETE", "/api/v1/session", headers).status == .unauthorized)
        }
        #expect(try await gateway.send("GET", "/api/v1/session/revalidate", bearer).status == .methodNotAllowed)
        #expect(try await gateway.send("POST", "/api/v1/session/x", bearer).status == .notFound)
        #expect(
            try await gateway.get("/api/v1/session?user=x", bearer).json?["type"]?.string?.hasSuffix(
                "parameter_unknown") == true)
        #expect(try await gateway.sessions == 1 && questions == 0)
    }

    @Test("signing out by the API: a cookie acts from our own pages only")
    func deletion() async throws {
        #expect(
            try await gateway.send("DELETE", "/api/v1/session", cookie: cookie, SessionRouteTests.foreign).status
                == .forbidden)
        #expect(try await gateway.check(cookie) == 200)
        let answer = try await gateway.send("DELETE", "/api/v1/session", cookie: cookie, SessionRouteTests.own)
        #expect(answer.status == .noContent && answer.body.isEmpty)
        #expect(try await gateway.check(cookie) == 401)
        #expect(try await gateway.events().first == "session.ended signed_out")
    }

    @Test("another site cannot make a browser ask")
    func crossSite() async throws {
        let answer = try await gateway.send(
            "POST", "/api/v1/session/revalidate", cookie: cookie, SessionRouteTests.foreign)
        #expect(answer.status == .forbidden && questions == 0)
        let own = try await gateway.send("POST", "/api/v1/session/revalidate", cookie: cookie, SessionRouteTests.own)
        #expect(own.status == .ok && questions == 1)
    }
}
