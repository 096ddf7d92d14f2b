// Gateway: HTTP. Routes, cookies, pages, the faces of the session check, the API, health and metrics.
//
// Owns: everything that is said in HTTP. `HTTP/HummingbirdAdapter.swift` alone knows the web framework; all other files
// turn an `IncomingRequest` into an `Answer`.
// Does not own: decisions. It asks Access who somebody is and OIDC what a provider's answer is worth.
// Flow: `HummingbirdAdapter` → `Routes.answer` → one of Check, Login, Pages, API, Operations → `Answer`.

import Access
import Cryptography
import Identity
import Logging
import OIDC
import Outbound
import SQL
import Settings
import Synchronization

/// Everything that the routes work with.
package struct GatewayServices: Sendable {
    package let check: SessionCheck
    package let sessions: Sessions
    package let admission: Admission
    package let attempts: LoginAttempts
    package let vault: ProviderTokenVault
    package let audit: AuditTrail
    package let signingKeys: SigningKeys
    package let applicationTokens: ApplicationTokens
    package let administratorTokens: AdministratorTokens
    package let live: LiveSettings
    package let metrics: Metrics
    package let cache: SessionCache
    let checkWordings = CheckWordingCache()
    package let database: any Database
    package let random: RandomSource
    package let clock: WallClock
    package let logger: Logger

    /// Puts the parts together. Program and tests both come through here.
    ///
    /// - Parameter database: open and migrated.
    /// - Throws: `CryptographyError` for bad master keys.
    package init(
        settings: GatewaySettings, database: any Database, transport: any OutboundTransport, metrics: Metrics,
        random: RandomSource = .system, clock: WallClock = .system, logger: Logger
    ) throws {
        let keyring = try Keyring(masterKeys: settings.masterKeys)
        cache = SessionCache()
        audit = AuditTrail(database: database, random: random)
        check = SessionCheck(database: database, cache: cache, rules: settings.rules, clock: clock)
        sessions = Sessions(database: database, audit: audit, cache: cache, clock: clock)
        vault = ProviderTokenVault(database: database, keyring: keyring, random: random)
        admission = Admission(
            database: database, audit: audit, vault: vault, cache: cache, random: random, clock: clock)
        attempts = LoginAttempts(database: database, keyring: keyring, random: random, clock: clock)
        signingKeys = SigningKeys(database: database, keyring: keyring, random: random, clock: clock)
        applicationTokens = ApplicationTokens(keys: signingKeys, clock: clock)
        administratorTokens = AdministratorTokens(keyring: keyring, random: random, clock: clock)
        live = LiveSettings(settings: settings, transport: transport, random: random, clock: clock)
        self.metrics = metrics
        self.database = database
        self.random = random
        self.clock = clock
        self.logger = logger
    }

    /// Puts a re-read configuration in force: rules, providers, proxies. Listeners, store and keys need a restart.
    package func reload(_ settings: GatewaySettings) {
        live.replace(settings)
        check.replaceRules(settings.rules)
    }

    var rules: AccessRules { check.currentRules }
}

/// The parts of the configuration, beside the access rules, that a reload replaces.
package final class LiveSettings: Sendable {
    private struct State {
        var relyingParties: [ProviderName: RelyingParty]
        var trustedProxies: [AddressBlock]
    }

    private let state: Mutex<State>
    private let transport: any OutboundTransport
    private let random: RandomSource
    private let clock: WallClock

    init(settings: GatewaySettings, transport: any OutboundTransport, random: RandomSource, clock: WallClock) {
        self.transport = transport
        self.random = random
        self.clock = clock
        state = Mutex(Self.state(of: settings, transport, random, clock))
    }

    func replace(_ settings: GatewaySettings) {
        state.withLock { state in
            state = Self.state(of: settings, transport, random, clock, keepingDocumentsOf: state.relyingParties)
        }
    }

    package func relyingParty(_ name: ProviderName) -> RelyingParty? { state.withLock { $0.relyingParties[name] } }

    package var relyingParties: [RelyingParty] { state.withLock { Array($0.relyingParties.values) } }

    func trusts(_ peer: IPAddress?) -> Bool {
        guard let peer else { return false }
        return state.withLock { state in state.trustedProxies.contains { $0.contains(peer) } }
    }

    private static func state(
        of settings: GatewaySettings, _ transport: any OutboundTransport, _ random: RandomSource, _ clock: WallClock,
        keepingDocumentsOf earlier: [ProviderName: RelyingParty] = [:]
    ) -> State {
        let parties = settings.providers.mapValues { provider in
            RelyingParty(
                settings: provider, transport: transport, random: random, clock: clock,
                configuredHosts: Set([WebAddress(provider.issuer)?.host].compactMap(\.self)),
                earlier: earlier[provider.name])
        }
        return State(relyingParties: parties, trustedProxies: settings.trustedProxies)
    }
}
