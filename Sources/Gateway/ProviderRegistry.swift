import Access
import Cryptography
import Identity
import Logging
import OIDC
import SAML
import SQL
import Settings
import StrictJSON
import Synchronization

/// Puts the configuration file and the providers of the store in force together. The file wins where names clash.
package final class ProviderRegistry: Sendable {
    private struct State {
        var file: GatewaySettings
        /// The store's count of changes that was heeded last.
        var changes: UInt64?
        var fingerprint: [String]?
        /// Providers of the store that cannot be used, by name, and why.
        var unusable: [ProviderName: String] = [:]
    }

    private let state: Mutex<State>
    private let turnstile = Turnstile()
    private let live: LiveSettings
    private let check: SessionCheck
    private let stored: StoredProviders
    private let metadata: ProviderMetadataStore
    private let proofKeys: ProofKeys
    private let revalidations: Revalidations
    private let frontDoor: FrontDoor
    private let changes: StoreChanges
    private let logger: Logger

    init(
        file: GatewaySettings, live: LiveSettings, check: SessionCheck, stored: StoredProviders,
        metadata: ProviderMetadataStore, proofKeys: ProofKeys, revalidations: Revalidations, frontDoor: FrontDoor,
        changes: StoreChanges, logger: Logger
    ) {
        state = Mutex(State(file: file))
        self.live = live
        self.check = check
        self.stored = stored
        self.metadata = metadata
        self.proofKeys = proofKeys
        self.revalidations = revalidations
        self.frontDoor = frontDoor
        self.changes = changes
        self.logger = logger
    }

    /// Providers of the store that cannot be used, by name, and why.
    var unusable: [ProviderName: String] { state.withLock { $0.unusable } }

    /// Puts other providers of the store in force when another process has added or removed some.
    package func refreshIfChanged() async throws {
        let count = changes.count
        guard state.withLock({ $0.changes != count }) else { return }
        // Most announcements are about sessions.
        let fingerprint = try await fingerprint()
        if state.withLock({ $0.fingerprint != fingerprint }) { try await refresh() }
        state.withLock { $0.changes = count }
    }

    private func fingerprint() async throws -> [String] {
        try await stored.fingerprint() + ["metadata"] + metadata.fingerprint()
    }

    /// Reads the store's providers and puts everything in force. One such reading at a time, or an older file could come
    /// back with a reading that began before.
    ///
    /// - Parameter newFile: a configuration that was read again.
    /// - Throws: `SQLError`; then what was in force stays.
    package func refresh(file newFile: GatewaySettings? = nil) async throws {
        try await turnstile.pass { [self] in
            let file = newFile ?? state.withLock { $0.file }
            let fingerprint = try await fingerprint()
            let metadata = try await metadata.all()
            let (stored, unreadable) = try await stored.all()
            var unusable = Dictionary(
                uniqueKeysWithValues: unreadable.map { ($0, "its secret is under a master key that is not configured") }
            )
            var entries: [LiveSettings.Entry] = []
            for settings in file.providers.values {
                if let settings = try await withProofKey(settings, &unusable) { entries.append((settings, .file, nil)) }
            }
            var realms = file.rules.realms
            for provider in stored where file.providers[provider.name] == nil {
                guard let settings = settings(of: provider, &unusable),
                    let settings = try await withProofKey(settings, &unusable)
                else { continue }
                entries.append((settings, .store, provider))
                for name in provider.realms { realms[name] = realms[name]?.adding([provider.name]) }
            }
            entries = Self.withoutShared(entries, &unusable)
            await put(file, entries, realms: realms, metadata: metadata)
            state.withLock { [unusable] state in
                (state.file, state.fingerprint, state.unusable) = (file, fingerprint, unusable)
            }
            for (name, why) in unusable {
                logger.error(
                    "a provider cannot be used", metadata: ["provider": "\(name)", "why": "\(why)"])
            }
        }
        do {
            try await revalidations.align(with: check.currentRules)
        } catch {
            logger.error("sessions keep their times of revalidation for now", metadata: ["error": "\(error)"])
        }
    }

    /// People are known by issuer and name, so a SAML provider must not be able to speak for another's: its keys alone
    /// make its word good, and the issuer is just what its metadata says.
    private static func withoutShared(
        _ entries: [LiveSettings.Entry], _ unusable: inout [ProviderName: String]
    ) -> [LiveSettings.Entry] {
        let ordered = entries.sorted { left, right in
            (left.source == .file ? 0 : 1, left.settings.name.text) < (
                right.source == .file ? 0 : 1, right.settings.name.text
            )
        }
        var kept: [LiveSettings.Entry] = []
        for entry in ordered {
            if let other = kept.first(where: { entry.settings.speaksForPeople(of: $0.settings) }) {
                unusable[entry.settings.name] = "its issuer is that of \(other.settings.name)"
            } else {
                kept.append(entry)
            }
        }
        return kept
    }

    private func put(
        _ file: GatewaySettings, _ entries: [LiveSettings.Entry], realms: [RealmName: RealmRules],
        metadata: [ProviderName: StoredProviderMetadata]
    ) async {
        live.replace(providers: entries, origin: file.rules.origin, trustedProxies: file.trustedProxies)
        var issuers: [ProviderName: String] = [:]
        for provider in live.providers {
            switch provider.party {
            case .openID(let party): issuers[provider.name] = party.settings.issuer
            // Nobody's, until it is known: a session of an earlier provider of this name is not this one's.
            case .saml(let party): issuers[provider.name] = party.settings.description.knownIssuer ?? ""
            }
        }
        for party in live.samlParties {
            let name = party.settings.name
            await party.source?.adopt(
                metadata[name], unlessOneOf: issuers.filter { $0.key != name && !$0.value.isEmpty }.map(\.value))
            if let known = await party.knownIdentityProvider() { issuers[name] = known.metadata.entityID }
        }
        check.replaceRules(
            AccessRules(
                origin: file.rules.origin, realms: realms, administrators: file.rules.administrators,
                issuers: issuers))
        // What was fetched while the issuers were collected.
        for party in live.samlParties {
            guard let issuer = await party.knownIdentityProvider()?.metadata.entityID,
                !check.learn(issuer: issuer, of: party.settings.name)
            else { continue }
            await party.source?.adopt(nil, unlessOneOf: [issuer])
        }
        frontDoor.replace(file.rateLimits)
    }

    private func settings(of provider: StoredProvider, _ unusable: inout [ProviderName: String]) -> ProviderSettings? {
        do throws(ConfigurationError) {
            return try ProviderSettings(
                name: provider.name, members: provider.section, clientSecret: provider.clientSecret)
        } catch {
            // It was read when it was added; this program may be stricter.
            unusable[provider.name] = "\(error)"
            return nil
        }
    }

    private func withProofKey(
        _ settings: ProviderSettings, _ unusable: inout [ProviderName: String]
    ) async throws -> ProviderSettings? {
        guard settings.bindsTokens, case .openID(var party) = settings.party else { return settings }
        var settings = settings
        do {
            party.proofKey = try await proofKeys.key(of: settings.name)
            settings.party = .openID(party)
            return settings
        } catch let error as CryptographyError {
            // One provider out of order must not stop the others.
            unusable[settings.name] = "its DPoP key cannot be read: \(error)"
            return nil
        }
    }
}

extension StoredProvider {
    /// The realms that it is for.
    var realms: [RealmName] { (settings["realms"]?.strings ?? []).map { RealmName($0) } }

    /// The keys that the configuration file's section would have.
    var section: JSONObject { JSONObject(settings.members.filter { $0.name != "realms" }.map { ($0.name, $0.value) }) }
}
