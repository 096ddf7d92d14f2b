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

    /// - Parameter capacity: how many sessions are kept; 1 to 10 KB each, as many groups as they have.
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

    /// When the session was last used, as far as memory knows; the store hears of it later, or not while it cannot be
    /// written.
    func lastSeen(_ hash: SHA256Digest) -> UnixTime? { state.withLock { $0.sessions[hash]?.lastSeenAt } }

    /// Keeps a session that was read while the cache had this generation.
    func keep(_ session: HotSession, generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.sessions.count >= capacity, state.sessions[session.tokenHash] == nil {
                // Seldom, so the simplest rule will do: half of them have to be read again.
                state.sessions = state.sessions.filter { _ in Bool.random() }
            }
            if let kept = state.sessions[session.tokenHash] { session.takeApplicationTokens(from: kept) }
            state.sessions[session.tokenHash] = session
        }
    }

    package func remove(_ hash: SHA256Digest) {
        state.withLock { state in
            state.generation += 1
            state.sessions[hash] = nil
        }
    }

    func remove(sessionIDs: Set<String>) {
        guard !sessionIDs.isEmpty else { return }
        state.withLock { state in
            state.generation += 1
            state.sessions = state.sessions.filter { !sessionIDs.contains($0.value.id) }
        }
    }

    package func removeAll() {
        state.withLock { state in
            state.generation += 1
            state.sessions = [:]
        }
    }

    /// Forgets sessions that are no longer live, and gives all that were there.
    func sweep(now: UnixTime) -> [HotSession] {
        // Judged outside of the lock: checks wait for it.
        let all = state.withLock { Array($0.sessions.values) }
        let dead = all.filter { !$0.isLive(at: now) }
        if !dead.isEmpty {
            state.withLock { state in
                for session in dead where state.sessions[session.tokenHash] === session {
                    state.sessions[session.tokenHash] = nil
                }
            }
        }
        return all
    }
}
