import AsyncHTTPClient
import Identity
import Logging
import NIOCore
import NIOHTTP1

/// The HTTP client that goes to the network.
package final class OutboundClient: OutboundTransport {
    /// One finished call, for metrics: what for, how it ended, how long it took.
    package struct Observation: Sendable {
        package let purpose: String
        /// The status class (`2xx`…) or the reason of an `OutboundError`.
        package let outcome: String
        package let duration: Duration
    }

    /// No provider's document is near this; the largest key sets are about 20 KB.
    package static let maximumAnswerBytes = 1 << 20

    private let client: HTTPClient
    private let observe: @Sendable (Observation) -> Void

    private init(observe: @escaping @Sendable (Observation) -> Void) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // How long an answer may take is the caller's deadline: for a refresh giving up early costs more than waiting.
        configuration.timeout = .init(connect: .seconds(5))
        // A shift begins, and everybody signs in at once: enough connections that nobody waits for one.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        // Short, so that a connection which the other side has closed is seldom picked for a request that cannot be sent twice.
        configuration.connectionPool.idleTimeout = .seconds(10)
        // Retrying until the time is up would make a time-out of a refused connection, and hide the cause.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .disabled
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.observe = observe
    }

    /// Runs the closure with a client whose connections end with it, however it ends.
    package static func withClient<Result>(
        observe: @escaping @Sendable (Observation) -> Void = { _ in },
        _ body: (OutboundClient) async throws -> Result
    ) async throws -> Result {
        let outbound = OutboundClient(observe: observe)
        let result: Result
        do {
            result = try await body(outbound)
        } catch {
            // What went wrong first is what the caller must hear.
            try? await outbound.client.shutdown()
            throw error
        }
        try await outbound.client.shutdown()
        return result
    }

    package func send(
        _ request: OutboundRequest, deadline: ContinuousClock.Instant, configuredHosts: Set<String>
    ) async throws(OutboundError) -> OutboundResponse {
        let start = ContinuousClock.now
        do {
            let response = try await withDeadline(deadline, request) {
                try await self.perform(request, deadline: deadline, configuredHosts: configuredHosts)
            }
            observe(
                Observation(
                    purpose: request.purpose, outcome: "\(response.status / 100)xx", duration: .now - start))
            return response
        } catch {
            observe(Observation(purpose: request.purpose, outcome: error.reason.rawValue, duration: .now - start))
            throw error
        }
    }

    private func perform(
        _ request: OutboundRequest, deadline: ContinuousClock.Instant, configuredHosts: Set<String>
    ) async throws -> OutboundResponse {
        try await AddressPolicy(configuredHosts: configuredHosts).check(request.url)
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        outgoing.headers.replaceOrAdd(name: "User-Agent", value: "Gatehouse")
        if request.method == .post { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let remaining = max((deadline - .now).wholeMilliseconds, 1)
        let response = try await client.execute(outgoing, timeout: .milliseconds(remaining))
        let body: ByteBuffer
        do {
            body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
        } catch is NIOTooManyBytesError {
            throw OutboundError(
                .answerTooLarge, "\(request.purpose) at \(request.url) answers more than 1 MiB")
        }
        return OutboundResponse(
            status: Int(response.status.code),
            headers: response.headers.map { (name: $0.name.lowercased(), value: $0.value) },
            body: Array(body.readableBytesView))
    }

    // The client's own deadline ends with the head of the answer; a body that drips in must end too, and so must a name
    // system that does not answer.
    private func withDeadline(
        _ deadline: ContinuousClock.Instant, _ request: OutboundRequest,
        _ body: @escaping @Sendable () async throws -> OutboundResponse
    ) async throws(OutboundError) -> OutboundResponse {
        let call = Task { try await body() }
        defer { call.cancel() }
        do {
            return try await value(of: call, by: deadline)
        } catch is DeadlineExceeded {
            throw OutboundError(.timedOut, "\(request.purpose) at \(request.url) did not answer in time")
        } catch let error as OutboundError {
            throw error
        } catch {
            let failure = ConnectionFailure(error)
            throw OutboundError(failure.reason, "\(request.purpose) at \(request.url): \(failure.words)")
        }
    }
}
