import NIOPosix
import Synchronization

/// The signing keys of one authorization server: the current one, those still published, and those withdrawn, which
/// the simulator itself still knows (an `id_token_hint` may be old).
final class KeyRing: Sendable {
    private struct State {
        var current: SigningKey
        var published: [SigningKey]
        var withdrawn: [SigningKey] = []
    }

    private let state: Mutex<State>

    init(first: SigningKey) {
        state = Mutex(State(current: first, published: [first]))
    }

    var current: SigningKey { state.withLock { $0.current } }

    /// What the keys endpoint shows, newest first.
    var published: [SigningKey] { state.withLock { $0.published } }

    func key(id: String) -> SigningKey? {
        state.withLock { state in (state.published + state.withdrawn).first { $0.id == id } }
    }

    /// Starts to sign with a new key. With `publishOld` the previous key stays published beside it, as during Okta's
    /// regular rotation; without it the previous key vanishes at once, as after an incident.
    func rotate(to algorithm: SigningAlgorithm, publishOld: Bool) async throws -> SigningKey {
        let new = try await KeyRing.generate(for: algorithm)
        state.withLock { state in
            let old = state.current
            state.withdrawn += state.published.filter { !publishOld || $0.id != old.id }
            state.published = publishOld ? [new, old] : [new]
            state.current = new
        }
        return new
    }

    /// An RSA key takes some hundred milliseconds of computing, so it is made off the cooperative pool.
    static func generate(for algorithm: SigningAlgorithm) async throws -> SigningKey {
        try await NIOThreadPool.singleton.runIfActive { try SigningKey.generate(for: algorithm) }
    }
}
