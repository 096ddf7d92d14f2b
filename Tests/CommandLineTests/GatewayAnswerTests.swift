import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import CommandLineClient

@Suite("What a gateway answers, in sentences")
struct GatewayAnswerTests {
    let transport = ScriptedTransport()
    let api: GatewayAPI

    init() throws {
        api = GatewayAPI(try ServerAddress("https://sso.example.com"), token: Secret("t0ken"), transport: transport)
    }

    private func error(
        _ status: Int, _ body: String, headers: [(name: String, value: String)] = []
    ) async throws -> ClientError {
        transport.on("gateway") { _ throws(OutboundError) in
            OutboundResponse(status: status, headers: headers, body: Array(body.utf8))
        }
        return try #require(await #expect(throws: ClientError.self) { try await api.call(.get, "/api/v1/session") })
    }

    private func error(_ reason: OutboundError.Reason, _ detail: String) async throws -> ClientError {
        transport.on("gateway") { _ throws(OutboundError) in throw OutboundError(reason, detail) }
        return try #require(await #expect(throws: ClientError.self) { try await api.call(.get, "/api/v1/session") })
    }

    @Test("A problem: its detail and its reference")
    func problem() async throws {
        let text =
            #"{"type":"urn:gatehouse:problem:no_role","status":403,"detail":"You have no role","reference":"ABCD1234"}"#
        let error = try await error(403, text)
        #expect(error.reason == .refused && error.problem?.code == "no_role" && error.problem?.status == 403)
        #expect(error.sentence == "You have no role. Reference: ABCD1234")
    }

    @Test("Too many attempts: when to try again")
    func tooMany() async throws {
        let after = [(name: "retry-after", value: "40")]
        #expect(
            try await error(429, #"{"detail":"Too many."}"#, headers: after).sentence
                == "Too many. Try again in 40 seconds.")
        #expect(try await error(429, "", headers: after).sentence == "too many attempts. Try again in 40 seconds.")
        #expect(try await error(429, "{}").sentence == "too many attempts")
    }

    @Test("A choice that is missing: the option that makes it")
    func missing() async throws {
        let error = try await error(400, #"{"type":"urn:gatehouse:problem:realm_missing","detail":"Which realm?"}"#)
        #expect(error.sentence == "Which realm? Add --realm NAME.")
    }

    @Test("Another server than a gateway", arguments: [200, 201, 204, 400, 401, 404, 405])
    func html(status: Int) async throws {
        let error = try await error(status, "<html>", headers: [(name: "content-type", value: "text/html")])
        #expect(error.reason == .notAGateway)
        #expect(
            error.sentence.contains("no gateway at https://sso.example.com") && error.sentence.contains("text/html"))
    }

    @Test("JSON that says nothing", arguments: [200, 404])
    func empty(status: Int) async throws { #expect(try await error(status, "").reason == .notAGateway) }

    @Test("A redirect, with where it leads; a proxy without a gateway behind it")
    func between() async throws {
        let moved = try await error(301, "", headers: [(name: "location", value: "https://www.example.com/")])
        #expect(moved.reason == .notAGateway && moved.sentence.contains("https://www.example.com/"))
        #expect(try await error(502, "<html>").reason == .unreachable)
    }

    @Test("No answer: one sentence for each cause, with the gateway's name")
    func noAnswer() async throws {
        let refused = try await error(
            .unreachable,
            "gateway at https://sso.example.com/x: Connection errors: (error: … Connection refused) (errno: 111))")
        #expect(refused.reason == .unreachable && refused.sentence.contains("(connection refused)"))
        #expect(try await error(.timedOut, "x").sentence.contains("https://sso.example.com did not answer in time"))
        #expect(try await error(.nameUnknown, "x").sentence.contains("no host of the name in https://sso.example.com"))
        let certificate = try await error(.tlsFailed, "… CERTIFICATE_VERIFY_FAILED at /somewhere/ssl.c …")
        #expect(certificate.reason == .tlsFailed && certificate.sentence.contains("certificate"))
        #expect(!certificate.sentence.contains("/somewhere"))
        #expect(try await error(.tlsFailed, "x WRONG_VERSION_NUMBER").sentence.contains("does not speak TLS"))
    }

    @Test("The token goes to this host only, and private addresses are allowed for it alone")
    func token() async throws {
        transport.on("gateway", ["a": 1])
        #expect(try await api.call(.get, "/x") == ["a": 1])
        #expect(transport.requests("gateway").map(\.url) == ["https://sso.example.com/x"])
        #expect(transport.requests("gateway").first?.header("Authorization") == "Bearer t0ken")
        #expect(transport.configuredHosts == [["sso.example.com"]])
    }

    @Test("A list is followed to its end, and a circle is not")
    func pages() async throws {
        transport.on("gateway") { request throws(OutboundError) in
            let next: [String: (JSON, JSON)] = [
                "https://sso.example.com/l?user=a%40b": (["1", "2"], "x/1"),
                "https://sso.example.com/l?user=a%40b&cursor=x%2F1": (["3"], "x2"),
                "https://sso.example.com/l?user=a%40b&cursor=x2": ([], nil),
            ]
            guard let (items, cursor) = next[request.url] else { throw OutboundError(.unreachable, request.url) }
            return OutboundResponse(
                status: 200, headers: [], body: (["items": items, "next": cursor] as JSON).serialized())
        }
        #expect(try await api.pages("/l", query: [("user", "a@b")], member: "items") == ["1", "2", "3"])
        transport.on("gateway", ["items": [], "next": "again"])
        await #expect(throws: ClientError.self) { _ = try await api.pages("/l", member: "items") }
        transport.on("gateway", ["sessions": []])
        await #expect(throws: ClientError.self) { _ = try await api.pages("/l", member: "items") }
    }
}

@Suite("The caller's own session")
struct OwnSessionTests {
    let transport = ScriptedTransport()
    let api: GatewayAPI

    init() throws {
        api = GatewayAPI(try ServerAddress("https://sso.example.com"), token: Secret("t0ken"), transport: transport)
    }

    private func gateway(session: (Int, JSON), revalidate: (Int, JSON)) {
        transport.on("gateway") { request throws(OutboundError) in
            let (status, body) = request.url.hasSuffix("/revalidate") ? revalidate : session
            return OutboundResponse(status: status, headers: [], body: body.serialized())
        }
    }

    private func fetch(freshly: Bool = true) async throws -> JSON {
        try await OwnSession.fetch(api, freshly: freshly, now: TestClock.start).json
    }

    private func session(validated ago: Duration) -> (Int, JSON) {
        (200, ["id": "old", "validated_at": .string((TestClock.start - ago).description)])
    }

    private let confirmed: (Int, JSON) = (200, ["id": "confirmed"])
    private let over: (Int, JSON) = (401, ["detail": "over"])
    private let providerDown: (Int, JSON) = (502, ["detail": "The provider does not answer", "reference": "ABCD1234"])

    @Test("A fresh session is taken as it is; an old one is confirmed first, for scripts only")
    func age() async throws {
        gateway(session: session(validated: .seconds(60)), revalidate: confirmed)
        #expect(try await fetch()["id"] == "old")
        gateway(session: session(validated: .seconds(3600)), revalidate: confirmed)
        #expect(try await fetch()["id"] == "confirmed")
        #expect(try await fetch(freshly: false)["id"] == "old")
        gateway(session: (200, ["id": "old", "validated_at": nil]), revalidate: over)
        #expect(try await fetch()["id"] == "old")
    }

    @Test("An overdue session is confirmed, or the provider is said to be the hindrance")
    func overdue() async throws {
        gateway(session: over, revalidate: confirmed)
        #expect(try await fetch(freshly: false)["id"] == "confirmed")
        gateway(session: over, revalidate: providerDown)
        let error = try #require(await #expect(throws: ClientError.self) { _ = try await fetch() })
        #expect(error.reason == .refused && error.sentence.contains("ABCD1234"))
    }

    @Test("A live session stays good when the provider cannot be asked, and is over when it says so")
    func confirmation() async throws {
        gateway(session: session(validated: .seconds(3600)), revalidate: providerDown)
        #expect(try await fetch()["id"] == "old")
        for session in [session(validated: .seconds(3600)), over] {
            gateway(session: session, revalidate: over)
            let error = try #require(await #expect(throws: ClientError.self) { _ = try await fetch() })
            #expect(error.reason == .sessionOver)
            #expect(error.sentence.contains("gatehouse login --server https://sso.example.com"))
        }
    }
}
