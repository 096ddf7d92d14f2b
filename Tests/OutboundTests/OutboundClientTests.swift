import Identity
import Synchronization
import Testing

@testable import Outbound

@Suite("Outbound client")
struct OutboundClientTests {
    static let loopback: Set<String> = ["127.0.0.1"]

    /// Sends to a server that gives this answer, and gives what came of it and what was observed.
    private func send(
        _ answer: String?, then ending: LoopbackServer.Ending = .close, within limit: Duration = .seconds(20),
        _ request: @escaping @Sendable (String) -> OutboundRequest = {
            OutboundRequest(.get, $0 + "/x?y=1", purpose: "test")
        }
    ) async throws -> (result: Result<OutboundResponse, OutboundError>, observed: [String], received: String) {
        let observed = Observed()
        let outcome = Mutex<(Result<OutboundResponse, OutboundError>, String)?>(nil)
        try await LoopbackServer.run(answer, then: ending) { server in
            try await OutboundClient.withClient(observe: { observed.note("\($0.purpose) \($0.outcome)") }) { client in
                let result: Result<OutboundResponse, OutboundError>
                do throws(OutboundError) {
                    result = .success(
                        try await client.send(
                            request(server.url), deadline: .now + limit, configuredHosts: Self.loopback))
                } catch {
                    result = .failure(error)
                }
                outcome.withLock { $0 = (result, server.requests) }
            }
        }
        let (result, received) = try #require(outcome.withLock { $0 })
        return (result, observed.notes, received)
    }

    @Test("an answer comes back whole")
    func good() async throws {
        let answer = LoopbackServer.response(
            "200 OK", headers: ["Content-Type: application/json", "X-A: 1", "X-a: 2"], body: "{\"a\":1}")
        let (result, observed, received) = try await send(answer)
        let response = try result.get()
        #expect(response.status == 200 && String(decoding: response.body, as: UTF8.self) == "{\"a\":1}")
        #expect(response.headers.first { $0.name == "content-type" }?.value == "application/json")
        #expect(response.headers.filter { $0.name == "x-a" }.map(\.value) == ["1", "2"])
        #expect(observed == ["test 2xx"])
        #expect(
            received.hasPrefix("GET /x?y=1 HTTP/1.1\r\n") && received.lowercased().contains("user-agent: gatehouse\r\n")
        )
    }

    @Test("a request goes out as it was made")
    func request() async throws {
        let (result, _, received) = try await send(LoopbackServer.response("201 Created", body: "")) { url in
            OutboundRequest(
                .post, url + "/token", purpose: "token",
                headers: [(name: "Authorization", value: "Basic x"), (name: "User-Agent", value: "other")],
                body: Array("a=1&b=2".utf8))
        }
        #expect(try result.get().status == 201)
        #expect(received.hasPrefix("POST /token HTTP/1.1\r\n") && received.hasSuffix("\r\n\r\na=1&b=2"))
        #expect(received.contains("Authorization: Basic x\r\n") && !received.contains("other"))
        #expect(received.lowercased().contains("content-length: 7\r\n"))
    }

    @Test(
        "errors and redirects are answers; a redirect is not followed",
        arguments: [
            "301 Moved Permanently", "302 Found", "307 Temporary Redirect", "404 Not Found",
            "500 Internal Server Error",
        ])
    func statuses(status: String) async throws {
        let answer = LoopbackServer.response(status, headers: ["Location: /elsewhere"], body: "x")
        let (result, observed, received) = try await send(answer)
        #expect(try "\(result.get().status)" == status.prefix(3))
        #expect(observed == ["test \(status.prefix(1))xx"])
        #expect(!received.contains("elsewhere"))
    }

    @Test("an answer of at most 1 MiB is read, with a length and without")
    func size() async throws {
        let largest = String(repeating: "x", count: OutboundClient.maximumAnswerBytes)
        #expect(
            try await send(LoopbackServer.response("200 OK", body: largest)).result.get().body.count
                == largest.utf8.count)
        #expect(try await send("HTTP/1.1 200 OK\r\n\r\n" + largest).result.get().body.count == largest.utf8.count)
        for answer in [
            LoopbackServer.response("200 OK", body: largest + "x"), "HTTP/1.1 200 OK\r\n\r\n" + largest + "x",
        ] {
            let (result, observed, _) = try await send(answer)
            #expect(Self.reason(result) == .answerTooLarge)
            #expect(observed == ["test provider_answer_too_large"])
        }
    }

    @Test("a body that is compressed is not inflated")
    func compression() async throws {
        let answer = LoopbackServer.response("200 OK", headers: ["Content-Encoding: gzip"], body: "not gzip at all")
        let (result, _, received) = try await send(answer)
        #expect(try result.get().body.count == 15)
        #expect(!received.lowercased().contains("accept-encoding"))
    }

    @Test(
        "who does not answer in time is given up",
        arguments: [
            ("", LoopbackServer.Ending.hang), ("HTTP/1.1 200 OK\r\nContent-Le", .hang),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", .hang), ("HTTP/1.1 200 OK\r\nX: ", .drip),
            ("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", .drip),
        ])
    func deadline(answer: String, ending: LoopbackServer.Ending) async throws {
        let started = ContinuousClock.now
        let (result, observed, _) = try await send(answer, then: ending, within: .milliseconds(300))
        #expect(Self.reason(result) == .timedOut && observed == ["test provider_timed_out"])
        // Far more than it is given: a thousand other tests want the processor too.
        #expect(.now - started < .seconds(60))
    }

    @Test(
        "what is no HTTP, or ends early",
        arguments: [
            nil, "", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ] as [String?])
    func broken(answer: String?) async throws {
        let (result, observed, _) = try await send(answer)
        #expect(Self.reason(result) == .unreachable && observed == ["test provider_unreachable"])
    }

    @Test("nobody listens")
    func refused() async throws {
        let port = Mutex(0)
        try await LoopbackServer.run(nil) { server in port.withLock { $0 = server.port } }
        let url = "http://127.0.0.1:\(port.withLock { $0 })/"
        try await OutboundClient.withClient { client in
            let error = await #expect(throws: OutboundError.self) {
                try await client.send(
                    OutboundRequest(.get, url, purpose: "test"), deadline: .now + .seconds(20),
                    configuredHosts: Self.loopback)
            }
            #expect(error?.reason == .unreachable && error?.detail.contains("test at \(url)") == true)
        }
    }

    @Test("an address that may not be asked is not asked")
    func notAsked() async throws {
        try await LoopbackServer.run(LoopbackServer.response("200 OK", body: "")) { server in
            try await OutboundClient.withClient { client in
                let error = await #expect(throws: OutboundError.self) {
                    try await client.send(
                        OutboundRequest(.get, server.url, purpose: "test"), deadline: .now + .seconds(20),
                        configuredHosts: ["acme.okta.com"])
                }
                #expect(error?.reason == .addressRefused)
            }
            #expect(server.requests.isEmpty)
        }
    }

    private static func reason(_ result: Result<OutboundResponse, OutboundError>) -> OutboundError.Reason? {
        if case .failure(let error) = result { error.reason } else { nil }
    }
}

private final class Observed: Sendable {
    private let list = Mutex<[String]>([])

    var notes: [String] { list.withLock { $0 } }

    func note(_ text: String) { list.withLock { $0.append(text) } }
}
