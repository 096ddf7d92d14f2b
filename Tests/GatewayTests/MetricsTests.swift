import Outbound
import Testing

@testable import Gateway

@Suite("Metrics")
struct MetricsTests {
    private func lines(_ metrics: Metrics, cached: Int = 0) -> [String] {
        metrics.prometheusText(cachedSessions: cached).split(separator: "\n").map(String.init)
    }

    @Test("counts what happened")
    func counters() {
        let metrics = Metrics()
        for status in [200, 200, 401, 302, 303, 403, 400, 503, 418] {
            metrics.recordCheck(status: status, duration: .milliseconds(3))
        }
        metrics.recordCacheHit()
        metrics.recordCacheHit()
        metrics.recordCacheMiss()
        metrics.recordRequest(status: 404, duration: .seconds(1))
        metrics.recordLogin(provider: "okta", outcome: "succeeded")
        metrics.recordLogin(provider: "okta", outcome: "succeeded")
        metrics.recordLogin(provider: nil, outcome: "state_missing")
        let lines = lines(metrics, cached: 7)
        for line in [
            "gatehouse_session_checks_total{result=\"allow\"} 2",
            "gatehouse_session_checks_total{result=\"sign_in\"} 3",
            "gatehouse_session_checks_total{result=\"deny\"} 1",
            "gatehouse_session_checks_total{result=\"bad_request\"} 1",
            "gatehouse_session_checks_total{result=\"error\"} 2",
            "gatehouse_session_cache_lookups_total{outcome=\"hit\"} 2",
            "gatehouse_session_cache_lookups_total{outcome=\"miss\"} 1", "gatehouse_session_cache_entries 7",
            "gatehouse_http_requests_total{status=\"404\"} 1",
            "gatehouse_logins_total{provider=\"okta\",outcome=\"succeeded\"} 2",
            "gatehouse_logins_total{provider=\"\",outcome=\"state_missing\"} 1",
            "gatehouse_session_check_seconds_count 9",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("a histogram's buckets hold their bound and everything below it")
    func histogram() {
        let metrics = Metrics()
        for duration in [
            Duration.zero, .microseconds(50), .nanoseconds(50_001), .milliseconds(1), .seconds(10), .seconds(11),
        ] {
            metrics.recordCheck(status: 200, duration: duration)
        }
        let lines = lines(metrics).filter { $0.hasPrefix("gatehouse_session_check_seconds_") }
        #expect(lines.first == "gatehouse_session_check_seconds_bucket{le=\"0.00005\"} 2")
        #expect(lines.contains("gatehouse_session_check_seconds_bucket{le=\"0.0001\"} 3"))
        #expect(lines.contains("gatehouse_session_check_seconds_bucket{le=\"0.0005\"} 3"))
        #expect(lines.contains("gatehouse_session_check_seconds_bucket{le=\"0.001\"} 4"))
        #expect(lines.contains("gatehouse_session_check_seconds_bucket{le=\"10\"} 5"))
        #expect(lines.contains("gatehouse_session_check_seconds_bucket{le=\"+Inf\"} 6"))
        #expect(lines.suffix(2).last == "gatehouse_session_check_seconds_count 6")
        let buckets = lines.dropLast(2).compactMap { Int($0.split(separator: " ").last ?? "") }
        #expect(buckets == buckets.sorted() && buckets.count == Histogram.bounds.count + 1)
    }

    @Test("every sample belongs to a family that is described once, in Prometheus' form")
    func format() throws {
        let metrics = Metrics()
        metrics.recordCheck(status: 200, duration: .milliseconds(1))
        metrics.recordRequest(status: 200, duration: .milliseconds(1))
        metrics.recordLogin(provider: "a\"b\\c", outcome: "succeeded")
        var families: Set<String> = []
        for line in lines(metrics) {
            if line.hasPrefix("# TYPE ") {
                #expect(families.insert(String(line.split(separator: " ")[2])).inserted)
            } else if !line.hasPrefix("# HELP ") {
                #expect(
                    line.wholeMatch(of: /[a-z_]+(\{[a-z]+="[^\n]*"(,[a-z]+="[^\n]*")*\})? [0-9.e+-]+/) != nil, "\(line)"
                )
                let name = String(line.prefix { $0 != "{" && $0 != " " })
                #expect(families.contains { name == $0 || name.hasPrefix($0 + "_") }, "\(line)")
            }
        }
        #expect(lines(metrics).contains("gatehouse_logins_total{provider=\"a\\\"b\\\\c\",outcome=\"succeeded\"} 1"))
        #expect(metrics.prometheusText(cachedSessions: 0).hasSuffix("\n"))
    }
}
