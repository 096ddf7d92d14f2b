import FoundationEssentials
import Synchronization

/// The nonces that clients must put into their proofs (RFC 9449 §8). Okta demands one at the token endpoint from the
/// first request on, and keeps each good for a day.
final class DPoPNonces: Sendable {
    private static let lifetime: TimeInterval = 24 * 3600

    private let state = Mutex<[String: Date]>([:])

    func issue(now: Date) -> String {
        let nonce = RandomIdentifiers.token(32)
        state.withLock { nonces in
            nonces = nonces.filter { now.timeIntervalSince($0.value) < DPoPNonces.lifetime }
            nonces[nonce] = now
        }
        return nonce
    }

    func isGood(_ nonce: String, now: Date) -> Bool {
        state.withLock { nonces in
            nonces[nonce].map { now.timeIntervalSince($0) < DPoPNonces.lifetime } ?? false
        }
    }

    /// From here on every proof needs a new nonce.
    func forget() {
        state.withLock { $0 = [:] }
    }
}
