import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceLifecycle
import Testing

@testable import OktaSimulator

@Suite("The time that answers tell")
struct DateTests {
    @Test("A date is written as RFC 9110 §5.6.7 has it")
    func format() {
        #expect(HTTPDate.text(Date(timeIntervalSince1970: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test("Date moves with the clock, on answers and on refusals")
    func responder() async throws {
        let organization = try await Organization(
            people: [], clients: [], algorithm: .es256,
            clock: SimulatorClock { Date(timeIntervalSince1970: 784_111_777) })
        let responder = DatedResponder(
            inner: buildRouter(for: organization).buildResponder(), clock: organization.clock)
        try await Application(responder: responder).test(.router) { client in
            for path in ["/oauth2/v1/keys", "/nowhere"] {
                let answer = try await client.execute(uri: path, method: .get)
                #expect(answer.headers[.date]?.hasSuffix("08:49:37 GMT") == true)
            }
            let moved = try await client.execute(
                uri: "/simulator/clock", method: .post, body: ByteBuffer(string: #"{"advance_seconds": 3600}"#))
            #expect(moved.headers[.date] == "Sun, 06 Nov 1994 09:49:37 GMT")
            #expect(try moved.json()["now"] == 784_115_377)
            let read = try await client.execute(uri: "/simulator/clock", method: .get)
            #expect(try read.json()["offset_seconds"] == 3600)
        }
    }

    @Test("The server itself sends that Date, on both addresses of localhost")
    func server() async throws {
        let organization = try await Organization(
            people: [], clients: [], algorithm: .es256,
            clock: SimulatorClock { Date(timeIntervalSince1970: 784_111_777) })
        var logger = Logger(label: "DateTests")
        logger.logLevel = .critical
        let (bound, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = SimulatorServer(
            organization: organization, address: try ListenAddress("localhost:0"), logger: logger
        ) { continuation.yield($0) }
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await bound.first { _ in true })
            let post = LoopbackPost(
                address: "http://127.0.0.1:\(port)/oauth2/v1/token", contentType: "text/plain", body: "")
            let answer = try await post.send().get()
            #expect(answer.status == 401)
            #expect(answer.headers["date"] == "Sun, 06 Nov 1994 08:49:37 GMT")
            #expect(answer.headers["server"] == "Okta simulator")
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
