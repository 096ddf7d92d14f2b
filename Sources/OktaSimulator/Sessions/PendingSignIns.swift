import FoundationEssentials
import Synchronization

/// Authorization requests that wait for someone to be chosen on the sign-in page.
final class PendingSignIns: Sendable {
    private static let lifetime: TimeInterval = 3600

    private let state = Mutex<[String: (request: AuthorizationRequest, since: Date)]>([:])

    /// Returns the name that the page's form carries.
    func add(_ request: AuthorizationRequest, now: Date) -> String {
        let id = RandomIdentifiers.token(32)
        state.withLock { pending in
            pending = pending.filter { now.timeIntervalSince($0.value.since) < PendingSignIns.lifetime }
            pending[id] = (request, now)
        }
        return id
    }

    func request(_ id: String) -> AuthorizationRequest? {
        state.withLock { $0[id]?.request }
    }

    /// Takes the request out; each is answered once.
    func take(_ id: String) -> AuthorizationRequest? {
        state.withLock { $0.removeValue(forKey: id)?.request }
    }
}
