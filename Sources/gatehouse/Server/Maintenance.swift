import Access
import Gateway
import Logging
import OIDC
import ServiceLifecycle

/// What is done beside the requests: saving when sessions were used, asking providers for them again, removing what is over,
/// revoking what is left of it, renewing keys, and fetching the providers' documents ahead of the first sign-in.
struct Maintenance: Service {
    let services: GatewayServices

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await every(.seconds(1), "saving last use") { try await services.sessions.saveLastSeen() } }
            group.addTask { await every(.seconds(30), "removing what is over") { try await removeExpired() } }
            group.addTask { await every(.seconds(600), "renewing keys") { try await renewKeys() } }
            group.addTask { await services.revalidator.run(pause: Self.pause) }
            group.addTask {
                await every(.seconds(1), "revoking refresh tokens") { try await services.tokenRevoker.revokeDue() }
            }
            group.addTask {
                await every(.seconds(1), "reading the store's providers") {
                    try await services.registry.refreshIfChanged()
                }
            }
            group.addTask { await cancelWhenGracefulShutdown { await prepareProviders() } }
            group.addTask { await cancelWhenGracefulShutdown { await services.certificateWatch.look() } }
            // Often enough for providers that were added meanwhile; metadata itself is fetched once a day.
            group.addTask {
                await every(.seconds(3600), "looking at SAML certificates") { await services.certificateWatch.look() }
            }
            group.addTask { await resealTokens() }
        }
        // After the last request, so nothing that was asked is lost.
        do {
            try await services.sessions.saveLastSeen(everything: true)
        } catch {
            services.logger.error("saving last use failed", metadata: ["error": "\(error)"])
        }
    }

    private func renewKeys() async throws {
        let unreadable = try await services.signingKeys.refresh()
        guard unreadable > 0 else { return }
        services.logger.warning(
            "signing keys of the store are sealed under a master key that is not configured",
            metadata: ["keys": "\(unreadable)"])
    }

    private func removeExpired() async throws {
        try await services.attempts.removeExpired()
        try await services.logouts.removeExpired()
        try await services.devices.removeExpired()
        try await services.handovers.removeExpired()
        try await services.usedTokens.removeExpired()
        try await services.sessions.removeExpired(rules: services.check.currentRules)
    }

    /// Once, after a start: that is when a new master key comes into force.
    private func resealTokens() async {
        do {
            let outcome = try await services.resealOutdated()
            if outcome.unreadable > 0 {
                services.logger.warning(
                    "sealed values of the store are under a master key that is not configured",
                    metadata: ["values": "\(outcome.unreadable)"])
            }
            guard services.vault.hasOlderKeys, outcome.unreadable == 0 else { return }
            services.logger.notice(
                "the store is sealed under the first master key; the older ones are needed for one more day at most",
                metadata: ["sessions_changed": "\(outcome.resealed)"])
        } catch {
            services.logger.error("sealing under the new master key failed", metadata: ["error": "\(error)"])
        }
    }

    private func prepareProviders() async {
        await withDiscardingTaskGroup { group in
            for party in services.live.relyingParties {
                group.addTask { await prepare(party) }
            }
        }
    }

    private func prepare(_ party: RelyingParty) async {
        do {
            try await party.prepare(deadline: .now + .seconds(10))
        } catch {
            guard !Task.isCancelled else { return }
            services.logger.warning(
                "a provider does not answer; sign-ins through it fail until it does",
                metadata: [
                    "provider": "\(party.settings.name)", "reason": "\(error.reason)", "detail": "\(error.detail)",
                ])
        }
    }

    /// - Returns: false when the program is to stop.
    @Sendable private static func pause(_ duration: Duration) async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
        } catch {
            return false
        }
        return !Task.isShuttingDownGracefully
    }

    /// Until graceful shutdown. A failure is logged and tried again next time.
    private func every(_ interval: Duration, _ what: String, _ body: () async throws -> Void) async {
        let ticks = AsyncStream<Void> {
            do { try await Task.sleep(for: interval) } catch { return nil }
        }.cancelOnGracefulShutdown()
        for await _ in ticks {
            do {
                try await body()
            } catch {
                services.logger.error("\(what) failed", metadata: ["error": "\(error)"])
            }
        }
    }
}
