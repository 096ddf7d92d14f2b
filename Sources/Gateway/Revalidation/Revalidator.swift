import Access
import Identity
import Logging
import OIDC
import SQL
import Synchronization

/// Asks providers, beside the requests, whether they still vouch for the people who are signed in.
package struct Revalidator: Sendable {
    /// Questions under way at one provider; more wait.
    static let mostAtOnce = 16
    /// A provider that is slow is waited for: giving up early would leave a used refresh token behind, again and again. But
    /// together with the pause and a lease that runs out it stays below Okta's grace for used tokens (30 s), or an answer
    /// that is lost on its way would cost the grant.
    static let askingLimit = Duration.seconds(20)
    static let judgingLimit = Duration.seconds(15)
    /// How long a stop of the program waits for answers.
    static let partingLimit = Duration.seconds(8)

    private let revalidations: Revalidations
    private let live: LiveSettings
    private let check: SessionCheck
    private let metrics: Metrics
    private let logger: Logger
    private let underway = UnderwayCounts()

    init(revalidations: Revalidations, live: LiveSettings, check: SessionCheck, metrics: Metrics, logger: Logger) {
        self.revalidations = revalidations
        self.live = live
        self.check = check
        self.metrics = metrics
        self.logger = logger
    }

    /// Until `pause` says that it is over; then the questions under way have some seconds to be answered.
    ///
    /// - Parameter pause: waits that long; false when the program is to stop.
    package func run(pause: @Sendable (Duration) async -> Bool) async {
        await withDiscardingTaskGroup { group in
            var goesOn = true
            while goesOn {
                var isMoreDue = false
                do {
                    isMoreDue = try await startDue(in: &group)
                } catch {
                    logger.error("revalidation cannot read the store", metadata: ["error": "\(error)"])
                }
                goesOn = await pause(isMoreDue ? .milliseconds(20) : .milliseconds(250))
            }
            let deadline = ContinuousClock.now + Self.partingLimit
            while underway.total > 0, ContinuousClock.now < deadline, !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(20))
            }
            // Whoever starts next asks again with the old token, while the provider still takes it.
            group.cancelAll()
        }
    }

    /// - Returns: whether more was due than may be asked at once.
    private func startDue(in group: inout DiscardingTaskGroup) async throws -> Bool {
        var isMoreDue = false
        for realm in check.currentRules.realms.values where realm.revalidation != nil {
            for provider in realm.providers where live.relyingParty(provider) != nil {
                let free = Self.mostAtOnce - underway.count(of: provider)
                guard free > 0 else { continue }
                let leases = try await revalidations.takeDue(realm: realm, provider: provider, limit: free)
                isMoreDue = isMoreDue || leases.count == free
                // A lease may have run out while a store that is held up keeps an answer waiting: that answer comes first.
                for lease in leases where underway.begin(lease.sessionID) {
                    underway.add(1, to: provider)
                    group.addTask {
                        await revalidate(lease)
                        underway.add(-1, to: provider)
                        underway.end(lease.sessionID)
                    }
                }
            }
        }
        return isMoreDue
    }

    /// Asks for one session now, due or not.
    ///
    /// - Returns: what came of it; nil when somebody else asks at the moment.
    package func revalidate(sessionID: String, evenInPause: Bool = false) async throws -> RevalidationOutcome? {
        guard underway.begin(sessionID) else { return nil }
        defer { underway.end(sessionID) }
        if let lease = try await revalidations.take(sessionID: sessionID, evenInPause: evenInPause) {
            return await revalidate(lease)
        }
        guard try await revalidations.isPausing(sessionID: sessionID) else { return nil }
        return .unavailable(
            SignInError(
                "provider_left_alone", "the provider failed a moment ago and is asked again later", fault: .provider))
    }

    @discardableResult
    private func revalidate(_ lease: SessionLease) async -> RevalidationOutcome {
        guard let party = live.relyingParty(lease.provider), let realm = check.currentRules.realms[lease.realm] else {
            return .lost
        }
        do {
            let outcome = try await ask(party, lease, realm: realm)
            metrics.recordRefresh(provider: lease.provider, outcome: outcome.label)
            return outcome
        } catch {
            // The lease runs out by itself, and whoever takes the next one asks again.
            logger.error(
                "a revalidation was not saved",
                metadata: ["session": "\(lease.sessionID)", "provider": "\(lease.provider)", "error": "\(error)"])
            metrics.recordRefresh(provider: lease.provider, outcome: "store_failed")
            return .unavailable(SignInError("store_failed", "the store could not be written", fault: .gateway))
        }
    }

    private func ask(
        _ party: RelyingParty, _ lease: SessionLease, realm: RealmRules
    ) async throws -> RevalidationOutcome {
        guard lease.issuer.isIdentical(to: party.settings.issuer) else {
            // A refresh token is a secret between us and whoever gave it.
            let error = SignInError(
                "provider_changed",
                "\(lease.provider) is \(party.settings.issuer) now, the session is from \(lease.issuer)")
            try await revalidations.end(lease, reason: .providerChanged, detail: error.detail)
            return .refused(error)
        }
        do {
            let answer = try await renewing(lease) {
                try await party.refresh(lease.refreshToken, deadline: .now + Self.askingLimit)
            }
            // First of all: from here on the old token is good for seconds only.
            if let rotated = answer.refreshToken {
                guard try await renewing(lease, { try await keep(rotated, lease) }) else { return .lost }
            }
            let signIn = try await renewing(lease) {
                try await party.verify(answer, subject: lease.subject, deadline: .now + Self.judgingLimit)
            }
            try await revalidations.succeed(lease, identity: signIn.identity, idToken: signIn.idToken, realm: realm)
            return .succeeded
        } catch let error as RefreshError {
            switch error {
            case .refused(let error):
                let reason = SessionEndReason(rawValue: error.reason) ?? .refreshRefused
                try await revalidations.end(lease, reason: reason, detail: error.detail)
                logger.notice("a session is over", metadata: describe(error, lease))
                return .refused(error)
            case .unavailable(let error, let retryAfter):
                let pause =
                    error.fault == .providerTimedOut
                    ? Self.pauseAfterTimeout : Self.pause(after: lease.failures, retryAfter: retryAfter)
                try await revalidations.postpone(lease, by: pause)
                logger.warning(
                    "a session could not be revalidated; it is tried again", metadata: describe(error, lease))
                return .unavailable(error)
            }
        }
    }

    private func describe(_ error: SignInError, _ lease: SessionLease) -> Logger.Metadata {
        [
            "session": "\(lease.sessionID)", "provider": "\(lease.provider)", "reason": "\(error.reason)",
            "detail": "\(error.detail)",
        ]
    }

    /// The provider may have answered, and the answer be lost: then the token was used, and its grace is running.
    static let pauseAfterTimeout = Duration.seconds(2)

    /// 2 s, doubled with each failure up to a minute, or what the provider asks for, up to five minutes.
    static func pause(after failures: Int, retryAfter: Duration?) -> Duration {
        let own = min(Duration.seconds(2 << min(failures, 5)), .seconds(60))
        return max(own, min(retryAfter ?? .zero, .seconds(300)))
    }

    /// Keeps the rotated token, also when the store is busy for a while: there is no second copy.
    private func keep(_ token: Secret, _ lease: SessionLease) async throws -> Bool {
        while true {
            do {
                return try await revalidations.store(rotated: token, for: lease)
            } catch let error as SQLError where !Task.isCancelled {
                logger.error(
                    "a newer refresh token could not be saved yet",
                    metadata: ["session": "\(lease.sessionID)", "error": "\(error)"])
                // At the end of the program once more, without a pause.
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Runs the closure and keeps the lease meanwhile.
    private func renewing<Value: Sendable>(
        _ lease: SessionLease, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                while true {
                    // Cancelled as soon as the closure is done.
                    do { try await Task.sleep(for: Revalidations.renewalInterval) } catch { return nil }
                    // A store that is busy may be free the next time; a lease that is lost changes nothing here: the
                    // answer is on its way, and whoever has the lease keeps it from being written twice.
                    _ = try? await revalidations.renew(lease)
                }
            }
            for try await value in group {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}

/// What came of asking for one session.
package enum RevalidationOutcome: Sendable {
    case succeeded
    /// The session is over.
    case refused(SignInError)
    /// The provider is asked again later.
    case unavailable(SignInError)
    /// The session ended, or somebody else asked, meanwhile.
    case lost

    var label: String {
        switch self {
        case .succeeded: "succeeded"
        case .refused: "refused"
        case .unavailable(let error): error.reason
        case .lost: "lost"
        }
    }
}

/// Which questions are under way, and how many at each provider.
private final class UnderwayCounts: Sendable {
    private let counts = Mutex<[ProviderName: Int]>([:])
    private let sessions = Mutex<Set<String>>([])

    /// - Returns: false when this process asks about the session already.
    func begin(_ sessionID: String) -> Bool { sessions.withLock { $0.insert(sessionID).inserted } }

    func end(_ sessionID: String) { sessions.withLock { _ = $0.remove(sessionID) } }

    func count(of provider: ProviderName) -> Int { counts.withLock { $0[provider] ?? 0 } }

    var total: Int { counts.withLock { $0.values.reduce(0, +) } }

    func add(_ number: Int, to provider: ProviderName) { counts.withLock { $0[provider, default: 0] += number } }
}
