import Cryptography
import Identity
import SQL
import Synchronization

/// Hot sessions in memory, by the digest of their token.
package final class SessionCache: Sendable {
    /// How long a session is believed without a look at the store, should another process die before it announces a change.
    package static let lifetime = Duration.seconds(5)

    /// A state of the cache: a row that was read at one is not kept at another.
    struct Generation: Equatable {
        fileprivate let removals: Int
        fileprivate let changes: UInt64
    }

    private struct Entry {
        let session: HotSession
        /// Of the state in which it was read; an entry of another epoch is not believed.
        var epoch: Int
    }

    private struct State {
        var entries: [SHA256Digest: Entry] = [:]
        /// Grows with each removal.
        var removals = 0
        /// The count of the store's changes that has been heeded.
        var changes: UInt64
        /// Grows with each announcement of another process: entries of an earlier epoch are not believed, but still know when
        /// their session was last used.
        var epoch = 0

        init(changes: UInt64) { self.changes = changes }

        var generation: Generation { Generation(removals: removals, changes: changes) }

        /// Another process has changed or ended a session: which one is not told, so all are read again.
        mutating func heed(_ count: UInt64) {
            // Counts are read outside of the lock, so an older one may come late.
            guard Int64(bitPattern: count &- changes) > 0 else { return }
            changes = count
            epoch += 1
        }
    }

    private let capacity: Int
    private let changes: StoreChanges
    private let state: Mutex<State>

    /// - Parameters:
    ///   - changes: of the store that the sessions come from.
    ///   - capacity: how many sessions are kept; 1 to 10 KB each, as many groups as they have.
    package init(changes: StoreChanges, capacity: Int = 100_000) {
        self.changes = changes
        self.capacity = capacity
        state = Mutex(State(changes: changes.count))
    }

    package var count: Int { state.withLock { $0.entries.count } }

    /// The session, when it is kept, fresh and live.
    func session(_ hash: SHA256Digest, now: UnixTime) -> HotSession? {
        let count = changes.count
        let kept = state.withLock { state -> HotSession? in
            state.heed(count)
            guard let entry = state.entries[hash], entry.epoch == state.epoch else { return nil }
            return entry.session
        }
        guard let session = kept else { return nil }
        let age = now - session.loadedAt
        // A clock that was set back makes every entry look new: then none is believed.
        guard age >= .zero, age < Self.lifetime, session.isLive(at: now) else { return nil }
        return session
    }

    func generation() -> Generation {
        let count = changes.count
        return state.withLock { state in
            state.heed(count)
            return state.generation
        }
    }

    /// When the session was last used, as far as memory knows; the store hears of it later, or not while it cannot be
    /// written.
    func lastSeen(_ hash: SHA256Digest) -> UnixTime? { state.withLock { $0.entries[hash]?.session.lastSeenAt } }

    /// Keeps a session that was read while the cache had this generation.
    func keep(_ session: HotSession, generation: Generation) {
        let count = changes.count
        state.withLock { state in
            state.heed(count)
            guard state.generation == generation else { return }
            if state.entries.count >= capacity, state.entries[session.tokenHash] == nil {
                // Seldom, so the simplest rule will do: half of them have to be read again.
                state.entries = state.entries.filter { _ in Bool.random() }
            }
            if let kept = state.entries[session.tokenHash] { session.takeApplicationTokens(from: kept.session) }
            state.entries[session.tokenHash] = Entry(session: session, epoch: state.epoch)
        }
    }

    /// Forgets sessions that ended, and lets other processes know, after the transaction.
    package func remove(_ hashes: [SHA256Digest]) {
        guard !hashes.isEmpty else { return }
        announcing { state in
            for hash in hashes { state.entries[hash] = nil }
        }
    }

    /// Has sessions that changed read again, here and in other processes, after the transaction. When they were last used
    /// is still known.
    func distrust(_ hashes: [SHA256Digest]) {
        guard !hashes.isEmpty else { return }
        announcing { state in
            for hash in hashes { state.entries[hash]?.epoch = -1 }
        }
    }

    /// Has a session read again here, after a change that other processes may hear of when they read it.
    func distrustHere(_ hash: SHA256Digest) {
        state.withLock { state in
            state.removals += 1
            state.entries[hash]?.epoch = -1
        }
    }

    /// Has all sessions read again, after a change of the rules, which is this process's own matter.
    package func distrustAll() {
        state.withLock { state in
            state.removals += 1
            state.epoch += 1
        }
    }

    private func announcing(_ removal: (inout State) -> Void) {
        let count = changes.announce()
        state.withLock { state in
            // Another process's announcement in between must still be heeded.
            if state.changes &+ 1 == count { state.changes = count }
            state.removals += 1
            removal(&state)
        }
    }

    /// Forgets sessions that are no longer live, and gives all that were there.
    func sweep(now: UnixTime) -> [HotSession] {
        // Judged outside of the lock: checks wait for it.
        let all = state.withLock { $0.entries.values.map(\.session) }
        let dead = all.filter { !$0.isLive(at: now) }
        if !dead.isEmpty {
            state.withLock { state in
                for session in dead where state.entries[session.tokenHash]?.session === session {
                    state.entries[session.tokenHash] = nil
                }
            }
        }
        return all
    }
}
