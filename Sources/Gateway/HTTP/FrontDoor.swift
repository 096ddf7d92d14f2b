import Identity
import Settings
import Synchronization

/// Limits how often somebody may begin or end a sign-in or ask for a device code. Session checks never come here.
///
/// Each limit is a bucket that holds a minute's worth and fills evenly. The buckets are this process's own: a second
/// process doubles what somebody may do, which is still a limit.
package final class FrontDoor: Sendable {
    enum Limit: String, Hashable {
        case loginsPerAddress = "logins_per_address"
        case loginsPerAccount = "logins_per_account"
        case devicesPerAddress = "device_per_address"
        case revalidationsPerSession = "revalidations_per_session"
        case refusedLogoutsPerAddress = "refused_logouts_per_address"
    }

    private struct Key: Hashable {
        let limit: Limit
        let who: [UInt8]
    }

    private struct Bucket {
        /// In thousandths of a request.
        var level: Int64
        var at: UnixTime
    }

    private struct State {
        var rates: RateLimits
        var buckets: [Key: Bucket] = [:]
    }

    /// More than this many who knock at once, and those who could knock again freely are forgotten.
    private static let mostBuckets = 50_000

    private let state: Mutex<State>
    private let metrics: Metrics
    private let clock: WallClock

    init(rates: RateLimits, metrics: Metrics, clock: WallClock) {
        state = Mutex(State(rates: rates))
        self.metrics = metrics
        self.clock = clock
    }

    func replace(_ rates: RateLimits) { state.withLock { $0.rates = rates } }

    /// One request of an address. An IPv6 customer has a whole /64, so that counts as one.
    ///
    /// - Throws: `RequestProblem` (429) with `Retry-After`.
    func admit(_ limit: Limit, address: String?) throws(RequestProblem) {
        if let key = key(limit, address) { try admit(key) }
    }

    /// Whether one more request of an address would be admitted; it is not counted.
    ///
    /// - Throws: `RequestProblem` (429) with `Retry-After`.
    func requireOpen(_ limit: Limit, address: String?) throws(RequestProblem) {
        if let key = key(limit, address) { try admit(key, counting: false) }
    }

    /// Nil for loopback, which is exempt.
    private func key(_ limit: Limit, _ address: String?) -> Key? {
        guard let known = address.flatMap(IPAddress.init) else {
            return Key(limit: limit, who: Array((address ?? ForwardedAddress.unreadable).utf8))
        }
        guard !known.isLoopback else { return nil }
        return Key(limit: limit, who: known.bytes.count == 4 ? known.bytes : Array(known.bytes.prefix(8)))
    }

    /// One request of a person, from wherever.
    ///
    /// - Parameters:
    ///   - account: an e-mail address or the provider's name for the person; letters compare without case.
    ///   - address: of the client; loopback is exempt.
    /// - Throws: `RequestProblem` (429) with `Retry-After`.
    func admit(account: String, address: String?) throws(RequestProblem) {
        if let address = address.flatMap(IPAddress.init), address.isLoopback { return }
        try admit(Key(limit: .loginsPerAccount, who: Array(account.trimmingSpaces.lowercased().utf8)))
    }

    /// Whether the provider may be asked once more about a session because its holder wants it.
    func admitsRevalidation(of sessionID: String) -> Bool {
        do {
            try admit(Key(limit: .revalidationsPerSession, who: Array(sessionID.utf8)))
            return true
        } catch {
            return false
        }
    }

    private func admit(_ key: Key, counting: Bool = true) throws(RequestProblem) {
        let now = clock.now
        let wait = state.withLock { state -> Duration? in
            let rate = Int64(state.rates[key.limit])
            let capacity = rate * 1000
            if state.buckets.count >= Self.mostBuckets, state.buckets[key] == nil {
                let rates = state.rates
                state.buckets = state.buckets.filter { key, bucket in
                    Self.level(bucket, rate: Int64(rates[key.limit]), now: now) < Int64(rates[key.limit]) * 1000
                }
                // All of them busy: an attack from many addresses. Remembering none lets some in; remembering more would
                // cost memory without end.
                if state.buckets.count >= Self.mostBuckets { state.buckets = [:] }
            }
            let bucket = state.buckets[key] ?? Bucket(level: capacity, at: now)
            let level = min(Self.level(bucket, rate: rate, now: now), capacity)
            // A refused request leaves the bucket as it is: what has flowed in since is not rounded away.
            guard level >= 1000 else {
                // But a clock that was set back must not lock anybody out until it has caught up.
                if now < bucket.at { state.buckets[key] = Bucket(level: level, at: now) }
                return .milliseconds((1000 - level) * 60 / rate)
            }
            if counting { state.buckets[key] = Bucket(level: level - 1000, at: now) }
            return nil
        }
        guard let wait else { return }
        metrics.recordLimited(key.limit.rawValue)
        throw RequestProblem.tooMany(key.limit.sentence, wait: wait)
    }

    private static func level(_ bucket: Bucket, rate: Int64, now: UnixTime) -> Int64 {
        // A clock that was set back fills nothing.
        let elapsed = max(0, (now - bucket.at).wholeMilliseconds)
        return bucket.level + min(elapsed, 60_000) * rate / 60
    }
}

extension RateLimits {
    fileprivate subscript(limit: FrontDoor.Limit) -> Int {
        switch limit {
        case .loginsPerAddress: loginsPerAddress
        case .loginsPerAccount: loginsPerAccount
        case .devicesPerAddress: devicesPerAddress
        case .revalidationsPerSession: 6
        case .refusedLogoutsPerAddress: loginsPerAddress
        }
    }
}

extension FrontDoor.Limit {
    fileprivate var sentence: String {
        switch self {
        case .loginsPerAddress: "Too many sign-ins come from your network address."
        case .loginsPerAccount: "Too many sign-ins were made with this account."
        case .devicesPerAddress: "Too many device codes were asked for or entered from your network address."
        case .refusedLogoutsPerAddress: "Too many sign-outs that were refused come from your network address."
        case .revalidationsPerSession: "The identity provider was asked too often about this session."
        }
    }
}
