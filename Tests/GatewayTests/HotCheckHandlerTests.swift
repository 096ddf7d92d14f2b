import HTTPTypes
import Identity
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import TestSupport
import Testing

@testable import Gateway

@Suite("Checks that are answered in front of the framework")
struct HotCheckHandlerTests {
    /// What came out of the handler for these parts of requests.
    struct Exchange {
        /// Parts that went on to the framework.
        var passedOn: [HTTPRequestPart] = []
        var answers: [HTTPResponsePart] = []
    }

    /// - Parameter answering: the framework answers each request that it gets with this status.
    static func exchange(
        _ gateway: GatewayFixture, _ parts: [HTTPRequestPart], answering status: HTTPResponse.Status? = nil
    ) throws -> Exchange {
        let channel = EmbeddedChannel(handler: HotCheckHandler(services: gateway.services))
        var exchange = Exchange()
        for part in parts {
            try channel.writeInbound(part)
            while let passed = try channel.readInbound(as: HTTPRequestPart.self) {
                exchange.passedOn.append(passed)
                if let status, case .end = passed {
                    try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: status)))
                    try channel.writeOutbound(HTTPResponsePart.end(nil))
                }
            }
        }
        while let answer = try channel.readOutbound(as: HTTPResponsePart.self) { exchange.answers.append(answer) }
        _ = try? channel.finish()
        return exchange
    }

    static func head(_ path: String, _ headers: [(String, String)], method: HTTPRequest.Method = .get) throws
        -> HTTPRequestPart
    {
        var head = HTTPRequest(method: method, scheme: "http", authority: "gateway.internal", path: path)
        for (name, value) in headers {
            head.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return .head(head)
    }

    private func statuses(_ exchange: Exchange) -> [Int] {
        exchange.answers.compactMap { if case .head(let head) = $0 { head.status.code } else { nil } }
    }

    /// A gateway with a session that is in memory; `name=value` of its cookie.
    private func hot() async throws -> (GatewayFixture, String) {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: cookie).status == .ok)
        return (gateway, cookie)
    }

    @Test("a hot session is allowed at once, with the very headers of the long way")
    func allowed() async throws {
        let (gateway, cookie) = try await hot()
        for path in ["/session/check?realm=infraon", "/session/check/forward?realm=infraon&headers=remote"] {
            let exchange = try Self.exchange(gateway, [Self.head(path, [("Cookie", cookie)]), .end(nil)])
            #expect(exchange.passedOn.isEmpty && exchange.answers.count == 2)
            guard case .head(let head)? = exchange.answers.first else { throw Missing() }
            var fields = head.headerFields
            #expect(head.status == .ok && fields[.contentLength] == "0" && fields[.date] == gateway.clock.now.httpDate)
            fields[.contentLength] = nil
            fields[.date] = nil
            let long = try await gateway.get(path, cookie: cookie, trusted: false)
            #expect(fields == long.headers)
        }
    }

    struct Missing: Error {}

    @Test("whatever is not an allowance from memory goes the long way")
    func passedOn() async throws {
        let (gateway, cookie) = try await hot()
        let cold = try await gateway.signIn()
        for (path, headers) in [
            ("/session/check?realm=infraon", []), ("/session/check?realm=infraon", [("Cookie", cold)]),
            ("/session/check?realm=infraon&role=owner", [("Cookie", cookie)]),
            ("/session/check?realm=infraon&rol=x", [("Cookie", cookie)]),
            ("/session/check?realm=ssp", [("Cookie", cookie)]), ("/session/check", [("Cookie", cookie)]),
            ("/session/check/", [("Cookie", cookie)]), ("/session/checks?realm=infraon", [("Cookie", cookie)]),
            ("/", [("Cookie", cookie)]),
            ("/session/check?realm=infraon", [("Cookie", cookie), ("Connection", "close")]),
            ("/session/check?realm=infraon", [("Cookie", cookie), ("X_Auth_User", "root")]),
            ("/session/check?realm=infraon", [("Cookie", cookie), ("X-Gatehouse-Check", "role=admin")]),
            ("/session/check?realm=infraon", [("Cookie", cookie), ("Host", "other")]),
        ] as [(String, [(String, String)])] {
            let exchange = try Self.exchange(gateway, [Self.head(path, headers), .end(nil)])
            #expect(exchange.passedOn.count == 2 && exchange.answers.isEmpty, "\(path) \(headers)")
        }
    }

    @Test("after the cache's lifetime, a revocation or the session's end nothing is answered from memory")
    func noLongerHot() async throws {
        let (gateway, cookie) = try await hot()
        let request = [try Self.head("/session/check?realm=infraon", [("Cookie", cookie)]), .end(nil)]
        #expect(statuses(try Self.exchange(gateway, request)) == [200])
        gateway.clock.advance(.seconds(5))
        #expect(try Self.exchange(gateway, request).answers.isEmpty)
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: cookie).status == .ok)
        #expect(statuses(try Self.exchange(gateway, request)) == [200])
        try await gateway.services.sessions.end(.email("ada@acme.example"), reason: .revokedByAdministrator)
        #expect(try Self.exchange(gateway, request).answers.isEmpty)
    }

    @Test("the body of a request that was answered is skipped, and the next request is read as one")
    func bodies() async throws {
        let (gateway, cookie) = try await hot()
        let check = try Self.head("/session/check?realm=infraon", [("Cookie", cookie)], method: .post)
        let body = HTTPRequestPart.body(ByteBuffer(string: "x"))
        let exchange = try Self.exchange(
            gateway, [check, body, body, .end(nil), check, .end(nil), try Self.head("/healthz", []), body, .end(nil)])
        #expect(statuses(exchange) == [200, 200])
        #expect(exchange.passedOn.count == 3)
    }

    @Test("an answer of ours does not overtake one that the framework still works at")
    func pipelining() async throws {
        let (gateway, cookie) = try await hot()
        let check = try Self.head("/session/check?realm=infraon", [("Cookie", cookie)])
        let slow = [try Self.head("/login", []), HTTPRequestPart.end(nil), check, .end(nil)]
        let waiting = try Self.exchange(gateway, slow)
        #expect(waiting.answers.isEmpty && waiting.passedOn.count == 4)
        let answered = try Self.exchange(gateway, slow, answering: .seeOther)
        #expect(statuses(answered) == [303, 200] && answered.passedOn.count == 2)
    }

    @Test("a cookie whose session is not in memory goes the long way, whatever the bearer token")
    func order() async throws {
        let (gateway, bob) = try await hot()
        gateway.claims.withLock { $0 = [("sub", "00u2"), ("email", "alice@acme.example")] }
        let alice = try await gateway.signIn()
        let token = String(try #require(bob.split(separator: "=").last))
        let headers = [("Cookie", alice), ("Authorization", "Bearer \(token)")]
        #expect(
            try Self.exchange(gateway, [Self.head("/session/check?realm=infraon", headers), .end(nil)]).answers.isEmpty)
        let long = try await gateway.get("/session/check?realm=infraon", headers)
        #expect(long.headers[.xAuthEmail] == "alice@acme.example")
    }
}
