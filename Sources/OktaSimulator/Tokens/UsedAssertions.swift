import FoundationEssentials
import Synchronization

/// The `jti` of client assertions or DPoP proofs that were used; each is good for once (RFC 7523 §3, item 7, RFC 9449
/// §11.1). For a proof the key's thumbprint stands for the client.
final class UsedAssertions: Sendable {
    private let state = Mutex<[String: Date]>([:])

    /// False when this client has used `id` before and that assertion has not expired yet.
    func use(_ id: String, clientID: String, expires: Date, now: Date) -> Bool {
        state.withLock { used in
            if used.count % 256 == 255 { used = used.filter { $0.value > now } }
            let earlier = used.updateValue(expires, forKey: "\(clientID) \(id)")
            return earlier.map { $0 <= now } ?? true
        }
    }
}
