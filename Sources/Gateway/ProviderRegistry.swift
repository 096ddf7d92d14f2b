import Access
import Identity
import Logging
import OIDC
import SQL
import Settings
import StrictJSON
import Synchronization

/// Puts the providers of the configuration file and of the store in force together. The file wins where names clash.
package final class ProviderRegistry: Sendable {
    private struct State {
        var file: GatewaySettings
        var readings = 0
        /// The store's count of changes that was heeded last.
        var changes: UInt64?
        var fingerprint: [String]?
    }

    private let state: Mutex<State>
    private let live: LiveSettings
    private let check: SessionCheck
    private let stored: StoredProviders
    private let proofKeys: ProofKeys
    private let revalidations: Revalidations
    private let changes: StoreChanges
    private let logger: Logger

    init(
        file: GatewaySettings, live: LiveSettings, check: SessionCheck, stored: StoredProviders, proofKeys: ProofKeys,
        revalidations: Revalidations, changes: StoreChanges, logger: Logger
    ) {
        state = Mutex(State(file: file))
        self.live = live
        self.check = check
        self.stored = stored
        self.proofKeys = proofKeys
        self.revalidations = revalidations
        self.changes = changes
        self.logger = logger
    }

    /// Puts other providers of the store in force when another process has added or removed some.
    package func refreshIfChanged() async throws {
        let count = changes.count
        guard state.withLock({ $0.changes != count }) else { return }
        // Most announcements are about sessions.
        let fingerprint = try await stored.fingerprint()
        if state.withLock({ $0.fingerprint != fingerprint }) { try await refresh() }
        state.withLock { $0.changes = count }
    }

    /// Reads the store's providers and puts everything in force.
    ///
    /// - Parameter newFile: a configuration that was read again.
    /// - Throws: `SQLError`, `CryptographyError`; then what was in force stays.
    package func refresh(file newFile: GatewaySettings? = nil) async throws {
        let (file, reading) = state.withLock { state in
            state.readings += 1
            return (newFile ?? state.file, state.readings)
        }
        let fingerprint = try await stored.fingerprint()
        let (stored, unreadable) = try await stored.all()
        if unreadable > 0 {
            logger.warning(
                "providers of the store are sealed under a master key that is not configured",
                metadata: ["providers": "\(unreadable)"])
        }
        var entries: [LiveSettings.Entry] = []
        for settings in file.providers.values { entries.append((try await withProofKey(settings), .file, nil)) }
        var realms = file.rules.realms
        for provider in stored where file.providers[provider.name] == nil {
            guard let settings = settings(of: provider) else { continue }
            entries.append((try await withProofKey(settings), .store, provider))
            for name in provider.realms { realms[name] = realms[name]?.adding([provider.name]) }
        }
        guard live.replace(providers: entries, reading: reading) else { return }
        let rules = AccessRules(origin: file.rules.origin, realms: realms, administrators: file.rules.administrators)
        check.replaceRules(rules)
        state.withLock { state in
            state.fingerprint = fingerprint
            state.file = file
        }
        try await revalidations.align(with: rules)
    }

    private func settings(of provider: StoredProvider) -> ProviderSettings? {
        do throws(ConfigurationError) {
            return try ProviderSettings(
                name: provider.name, members: provider.section, clientSecret: provider.clientSecret)
        } catch {
            // It was read when it was added; a newer program may be stricter.
            logger.error(
                "a provider of the store is not usable; remove it and add it again",
                metadata: ["provider": "\(provider.name)", "error": "\(error)"])
            return nil
        }
    }

    private func withProofKey(_ settings: ProviderSettings) async throws -> ProviderSettings {
        guard settings.bindsTokens else { return settings }
        var settings = settings
        settings.relyingParty.proofKey = try await proofKeys.key(of: settings.relyingParty.name)
        return settings
    }
}

extension StoredProvider {
    /// The realms that it is for.
    var realms: [RealmName] { (settings["realms"]?.strings ?? []).map { RealmName($0) } }

    /// The keys that the configuration file's section would have.
    var section: JSONObject { JSONObject(settings.members.filter { $0.name != "realms" }.map { ($0.name, $0.value) }) }
}
