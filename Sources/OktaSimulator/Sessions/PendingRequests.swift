import FoundationEssentials
import Synchronization

/// What waits for a browser to come back with its name: requests of applications while someone is chosen on the sign-in
/// page, and pages with logout messages.
final class PendingRequests<Request: Sendable>: Sendable {
    private let lifetime: TimeInterval = 3600

    private let state = Mutex<[String: (request: Request, since: Date)]>([:])

    /// Returns the name that addresses and forms carry.
    func add(_ request: Request, now: Date) -> String {
        let id = RandomIdentifiers.token(32)
        state.withLock { pending in
            pending = pending.filter { now.timeIntervalSince($0.value.since) < lifetime }
            pending[id] = (request, now)
        }
        return id
    }

    func request(_ id: String) -> Request? {
        state.withLock { $0[id]?.request }
    }

    /// Takes the request out; each is answered once.
    func take(_ id: String) -> Request? {
        state.withLock { $0.removeValue(forKey: id)?.request }
    }
}
