import Identity
import Outbound
import StrictJSON
import Synchronization

/// A transport that answers from a script and remembers what it was asked.
package final class ScriptedTransport: OutboundTransport {
    package typealias Script = @Sendable (OutboundRequest) async throws(OutboundError) -> OutboundResponse

    private struct State {
        var scripts: [String: Script] = [:]
        var requests: [OutboundRequest] = []
        var configuredHosts: [Set<String>] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// What calls of this purpose get from now on.
    package func on(_ purpose: String, _ script: @escaping Script) {
        state.withLock { $0.scripts[purpose] = script }
    }

    package func on(_ purpose: String, status: Int = 200, _ body: JSON) {
        on(purpose, status: status, bytes: body.serialized())
    }

    package func on(_ purpose: String, status: Int = 200, bytes: [UInt8]) {
        on(purpose) { _ throws(OutboundError) in OutboundResponse(status: status, headers: [], body: bytes) }
    }

    package func on(_ purpose: String, fails reason: OutboundError.Reason) {
        on(purpose) { _ throws(OutboundError) in throw OutboundError(reason, "by script") }
    }

    /// What was asked for this purpose, in order.
    package func requests(_ purpose: String) -> [OutboundRequest] {
        state.withLock { $0.requests.filter { $0.purpose == purpose } }
    }

    package var configuredHosts: [Set<String>] { state.withLock { $0.configuredHosts } }

    package func send(
        _ request: OutboundRequest, deadline: ContinuousClock.Instant, configuredHosts: Set<String>
    ) async throws(OutboundError) -> OutboundResponse {
        let script = state.withLock { state in
            state.requests.append(request)
            state.configuredHosts.append(configuredHosts)
            return state.scripts[request.purpose]
        }
        guard let script else { throw OutboundError(.unreachable, "no script for \(request.purpose)") }
        return try await script(request)
    }
}

extension OutboundRequest {
    /// The value of a header field.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The fields of a form in the body; each name once.
    package var form: [String: String] {
        let fields = FormEncoding.decode(String(decoding: body, as: UTF8.self)) ?? []
        return Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first + " (twice)" })
    }
}
