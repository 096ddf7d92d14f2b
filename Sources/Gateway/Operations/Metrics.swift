import Identity
import Outbound
import Synchronization

/// Counts and latencies, in memory, in Prometheus' text format on request.
///
/// Label values are of our own making (statuses, reason codes, configured names), so nobody outside can grow the tables.
package final class Metrics: Sendable {
    private struct State {
        var checks: [String: Int] = [:]
        var checkLatency = Histogram()
        var cacheHits = 0
        var cacheMisses = 0
        var requests: [Int: Int] = [:]
        var requestLatency = Histogram()
        var logins: [[String]: Int] = [:]
        var limited: [String: Int] = [:]
        var refreshes: [[String]: Int] = [:]
        var outbound: [[String]: Int] = [:]
        var outboundLatency: [String: Histogram] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    func recordCheck(status: Int, duration: Duration) {
        let result =
            switch status {
            case 200: "allow"
            case 401, 302, 303: "sign_in"
            case 403: "deny"
            case 400: "bad_request"
            default: "error"
            }
        state.withLock { state in
            state.checks[result, default: 0] += 1
            state.checkLatency.record(duration)
        }
    }

    func recordCacheHit() { state.withLock { $0.cacheHits += 1 } }
    func recordCacheMiss() { state.withLock { $0.cacheMisses += 1 } }

    func recordRequest(status: Int, duration: Duration) {
        state.withLock { state in
            state.requests[status, default: 0] += 1
            state.requestLatency.record(duration)
        }
    }

    func recordLogin(provider: ProviderName?, outcome: String) {
        state.withLock { $0.logins[[provider?.text ?? "", outcome], default: 0] += 1 }
    }

    func recordLimited(_ limit: String) { state.withLock { $0.limited[limit, default: 0] += 1 } }

    func recordRefresh(provider: ProviderName, outcome: String) {
        state.withLock { $0.refreshes[[provider.text, outcome], default: 0] += 1 }
    }

    package func recordOutbound(_ observation: OutboundClient.Observation) {
        state.withLock { state in
            state.outbound[[observation.purpose, observation.outcome], default: 0] += 1
            state.outboundLatency[observation.purpose, default: Histogram()].record(observation.duration)
        }
    }

    /// - Parameter certificateEnds: of the pinned SAML certificates.
    func prometheusText(
        cachedSessions: Int, certificateEnds: [(provider: ProviderName, fingerprint: String, end: UnixTime)] = []
    ) -> String {
        let state = state.withLock { $0 }
        var text = PrometheusText()
        text.family("gatehouse_session_checks_total", "counter", "Session checks by result.")
        for (result, count) in state.checks.sorted(by: { $0.key < $1.key }) {
            text.sample("gatehouse_session_checks_total", [("result", result)], "\(count)")
        }
        text.family("gatehouse_session_check_seconds", "histogram", "Time to answer a session check.")
        text.histogram("gatehouse_session_check_seconds", [], state.checkLatency)
        text.family("gatehouse_session_cache_lookups_total", "counter", "Look-ups of hot sessions in memory.")
        text.sample("gatehouse_session_cache_lookups_total", [("outcome", "hit")], "\(state.cacheHits)")
        text.sample("gatehouse_session_cache_lookups_total", [("outcome", "miss")], "\(state.cacheMisses)")
        text.family("gatehouse_session_cache_entries", "gauge", "Sessions in memory.")
        text.sample("gatehouse_session_cache_entries", [], "\(cachedSessions)")
        text.family("gatehouse_logins_total", "counter", "Finished logins by provider and outcome.")
        for (labels, count) in state.logins.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample("gatehouse_logins_total", [("provider", labels[0]), ("outcome", labels[1])], "\(count)")
        }
        text.family(
            "gatehouse_saml_certificate_not_after_seconds", "gauge",
            "When a pinned SAML certificate ends, in seconds since 1970.")
        for (provider, fingerprint, end) in certificateEnds {
            text.sample(
                "gatehouse_saml_certificate_not_after_seconds",
                [("provider", provider.text), ("fingerprint", fingerprint)], "\(end.seconds)")
        }
        text.family("gatehouse_limited_total", "counter", "Requests refused for being too many, by limit.")
        for (limit, count) in state.limited.sorted(by: { $0.key < $1.key }) {
            text.sample("gatehouse_limited_total", [("limit", limit)], "\(count)")
        }
        text.family("gatehouse_refreshes_total", "counter", "Revalidations of sessions by provider and outcome.")
        for (labels, count) in state.refreshes.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample("gatehouse_refreshes_total", [("provider", labels[0]), ("outcome", labels[1])], "\(count)")
        }
        text.family("gatehouse_http_requests_total", "counter", "Requests other than session checks, by status.")
        for (status, count) in state.requests.sorted(by: { $0.key < $1.key }) {
            text.sample("gatehouse_http_requests_total", [("status", "\(status)")], "\(count)")
        }
        text.family("gatehouse_http_request_seconds", "histogram", "Time to answer other requests.")
        text.histogram("gatehouse_http_request_seconds", [], state.requestLatency)
        text.family("gatehouse_outbound_calls_total", "counter", "Calls to providers by purpose and outcome.")
        for (labels, count) in state.outbound.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample("gatehouse_outbound_calls_total", [("purpose", labels[0]), ("outcome", labels[1])], "\(count)")
        }
        text.family("gatehouse_outbound_call_seconds", "histogram", "Time of calls to providers.")
        for (purpose, histogram) in state.outboundLatency.sorted(by: { $0.key < $1.key }) {
            text.histogram("gatehouse_outbound_call_seconds", [("purpose", purpose)], histogram)
        }
        return text.output
    }
}

/// Latencies in buckets from 50 µs to 10 s.
struct Histogram: Sendable {
    static let bounds: [(label: String, nanoseconds: Int64)] = [
        ("0.00005", 50_000), ("0.0001", 100_000), ("0.00025", 250_000), ("0.0005", 500_000), ("0.001", 1_000_000),
        ("0.0025", 2_500_000), ("0.005", 5_000_000), ("0.01", 10_000_000), ("0.025", 25_000_000),
        ("0.05", 50_000_000), ("0.1", 100_000_000), ("0.25", 250_000_000), ("0.5", 500_000_000),
        ("1", 1_000_000_000), ("2.5", 2_500_000_000), ("5", 5_000_000_000), ("10", 10_000_000_000),
    ]

    /// One more than there are bounds: the last is for everything slower.
    private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    private(set) var totalNanoseconds: Int64 = 0

    mutating func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        totalNanoseconds += nanoseconds
        counts[Self.bounds.firstIndex { nanoseconds <= $0.nanoseconds } ?? Self.bounds.count] += 1
    }
}

/// Prometheus' text format 0.0.4.
private struct PrometheusText {
    private(set) var output = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        output += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let list = labels.map { name, value in
            let escaped = value.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
                .split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
        output += list.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        var total = 0
        for (index, bound) in Histogram.bounds.enumerated() {
            total += histogram.counts[index]
            sample("\(name)_bucket", labels + [("le", bound.label)], "\(total)")
        }
        total += histogram.counts[Histogram.bounds.count]
        sample("\(name)_bucket", labels + [("le", "+Inf")], "\(total)")
        sample("\(name)_sum", labels, "\(Double(histogram.totalNanoseconds) / 1e9)")
        sample("\(name)_count", labels, "\(total)")
    }
}
