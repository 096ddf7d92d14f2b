import Cryptography
import Identity
import Synchronization

/// Hot sessions in memory, by the digest of their token.
package final class SessionCache: Sendable {
    /// How long a session is believed without a look at the store; another replica's news takes at most this long.
    package static let lifetime = Duration.seconds(5)

    private struct State {
        var sessions: [SHA256Digest: HotSession] = [:]
        /// Grows with each removal, so that a row read before a removal is not kept after it.
        var generation = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many sessions are kept; about 1 KB each.
    package init(capacity: Int = 100_000) { self.capacity = capacity }

    package var count: Int { state.withLock { $0.sessions.count } }

    /// The session, when it is kept, fresh and live.
    func session(_ hash: SHA256Digest, now: UnixTime) -> HotSession? {
        guard let session = state.withLock({ $0.sessions[hash] }) else { return nil }
        let age = now - session.loadedAt
        // A clock that was set back makes every entry look new: then none is believed.
        guard age >= .zero, age < Self.lifetime, session.isLive(at: now) else { return nil }
        return session
    }

    func generation() -> Int { state.withLock { $0.generation } }

    /// Keeps a session that was read while the cache had this generation.
    func keep(_ session: HotSession, generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.sessions.count >= capacity, state.sessions[session.tokenHash] == nil {
                // Seldom, so the simplest rule will do: half of them have to be read again.
                state.sessions = state.sessions.filter { _ in Bool.random() }
            }
            if let kept = state.sessions[session.tokenHash] { session.touch(at: kept.lastSeenAt) }
            state.sessions[session.tokenHash] = session
        }
    }

    package func remove(_ hash: SHA256Digest) {
        state.withLock { state in
            state.generation += 1
            state.sessions[hash] = nil
        }
    }

    package func removeAll() {
        state.withLock { state in
            state.generation += 1
            state.sessions = [:]
        }
    }

    /// Forgets sessions that are no longer live, and gives the others.
    func sweep(now: UnixTime) -> [HotSession] {
        state.withLock { state in
            let dead = state.sessions.filter { !$0.value.isLive(at: now) }
            for hash in dead.keys { state.sessions[hash] = nil }
            return Array(state.sessions.values) + Array(dead.values)
        }
    }
}
