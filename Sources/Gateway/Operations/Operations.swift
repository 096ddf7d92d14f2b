import HTTPTypes
import StrictJSON

/// Health, readiness, metrics, and the key set of application tokens.
struct Operations: Sendable {
    let services: GatewayServices

    /// The process runs and answers.
    func alive() -> Answer { .json(.ok, ["status": "alive"]) }

    /// The store answers and there is a key to sign with. A provider that is down does not count: sessions go on.
    func ready() async -> Answer {
        do {
            _ = try await services.database.transaction(.readOnly) { tx in try tx.rows("SELECT 1 AS one").count }
            guard services.signingKeys.canSign else {
                return .problem(
                    RequestProblem(503, "signing_key_missing", "There is no key to sign X-Auth-Token with."))
            }
        } catch {
            services.logger.error("not ready", metadata: ["error": "\(error)"])
            return .problem(
                RequestProblem(503, "store_unavailable", "The store does not answer; the log has the reason."))
        }
        return .json(.ok, ["status": "ready"])
    }

    func metrics() async -> Answer {
        let text = services.metrics.prometheusText(
            cachedSessions: services.cache.count,
            certificateEnds: await services.certificateWatch.sightings().map { sighting in
                (sighting.provider, sighting.certificate.fingerprint, sighting.certificate.notAfter)
            })
        return Answer(
            .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: Array(text.utf8))
    }

    /// RFC 7517 §5. May be kept for an hour: a new key is published a day before it signs.
    func keySet() -> Answer {
        Answer(
            .ok, headers: [.contentType: "application/json", .cacheControl: "public, max-age=3600"],
            body: services.signingKeys.published.serialized())
    }
}
