// Gateway: HTTP. Routes, cookies, pages, the faces of the session check, the API, health and metrics.
//
// Owns: everything that is said in HTTP. `HTTP/HummingbirdAdapter.swift` alone knows the web framework; all other files
// turn an `IncomingRequest` into an `Answer`.
// Does not own: decisions. It asks Access who somebody is, and OIDC and SAML what a provider's answer is worth.
// Flow: `HummingbirdAdapter` → `Routes.answer` → one of Check, Login, SAML, Logout, Device, API, Operations → `Answer`.

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
    package let users: Users
    package let admission: Admission
    package let attempts: LoginAttempts
    package let devices: DeviceLogins
    package let handovers: LoginHandovers
    package let logouts: LogoutAttempts
    package let usedTokens: UsedTokens
    package let revalidator: Revalidator
    package let tokenRevocations: TokenRevocations
    package let tokenRevoker: TokenRevoker
    package let vault: ProviderTokenVault
    package let audit: AuditTrail
    package let signingKeys: SigningKeys
    package let applicationTokens: ApplicationTokens
    package let administratorTokens: AdministratorTokens
    package let live: LiveSettings
    package let registry: ProviderRegistry
    package let storedProviders: StoredProviders
    private let proofKeys: ProofKeys
    package let frontDoor: FrontDoor
    package let metrics: Metrics
    package let certificateWatch: CertificateWatch
    let transport: any OutboundTransport
    package let cache: SessionCache
    let checkWordings = CheckWordingCache()
    package let database: any Database
    package let random: RandomSource
    package let clock: WallClock
    package let logger: Logger

    /// Puts the parts together. Program and tests both come through here; `registry.refresh()` then adds what the store has.
    ///
    /// - Parameter database: open and migrated.
    /// - Throws: `CryptographyError` for bad master keys.
    package init(
        settings: GatewaySettings, database: any Database, transport: any OutboundTransport, metrics: Metrics,
        random: RandomSource = .system, clock: WallClock = .system, logger: Logger
    ) throws {
        let keyring = try Keyring(masterKeys: settings.masterKeys)
        cache = SessionCache(changes: database.changes)
        audit = AuditTrail(database: database, random: random)
        check = SessionCheck(database: database, cache: cache, rules: settings.rules, clock: clock)
        sessions = Sessions(database: database, audit: audit, cache: cache, clock: clock)
        users = Users(database: database)
        vault = ProviderTokenVault(database: database, keyring: keyring, random: random)
        devices = DeviceLogins(database: database, audit: audit, keyring: keyring, random: random, clock: clock)
        handovers = LoginHandovers(database: database, audit: audit, keyring: keyring, random: random, clock: clock)
        admission = Admission(
            database: database, audit: audit, vault: vault, devices: devices, handovers: handovers, cache: cache,
            random: random, clock: clock)
        attempts = LoginAttempts(database: database, keyring: keyring, random: random, clock: clock)
        logouts = LogoutAttempts(database: database, keyring: keyring, random: random, clock: clock)
        usedTokens = UsedTokens(database: database, clock: clock)
        signingKeys = SigningKeys(database: database, keyring: keyring, random: random, clock: clock)
        applicationTokens = ApplicationTokens(keys: signingKeys, clock: clock)
        administratorTokens = AdministratorTokens(keyring: keyring, random: random, clock: clock)
        storedProviders = StoredProviders(database: database, audit: audit, keyring: keyring, random: random)
        proofKeys = ProofKeys(database: database, keyring: keyring, random: random)
        let metadata = ProviderMetadataStore(database: database)
        live = LiveSettings(
            trustedProxies: settings.trustedProxies, transport: transport, metadata: metadata, random: random,
            clock: clock, logger: logger
        ) { [check] provider, issuer in check.learn(issuer: issuer, of: provider) }
        // Those that bind tokens follow when their keys are read.
        live.replace(
            providers: settings.providers.values.filter { !$0.bindsTokens }.map { ($0, .file, nil) },
            origin: settings.rules.origin, trustedProxies: settings.trustedProxies)
        let revalidations = Revalidations(
            database: database, audit: audit, vault: vault, cache: cache, random: random, clock: clock)
        revalidator = Revalidator(
            revalidations: revalidations, live: live, check: check, metrics: metrics, logger: logger)
        tokenRevocations = TokenRevocations(database: database, vault: vault, clock: clock)
        tokenRevoker = TokenRevoker(revocations: tokenRevocations, live: live, logger: logger)
        frontDoor = FrontDoor(rates: settings.rateLimits, metrics: metrics, clock: clock)
        registry = ProviderRegistry(
            file: settings, live: live, check: check, stored: storedProviders,
            metadata: metadata, proofKeys: proofKeys, revalidations: revalidations, frontDoor: frontDoor,
            changes: database.changes, logger: logger)
        self.metrics = metrics
        self.transport = transport
        certificateWatch = CertificateWatch(live: live, clock: clock, logger: logger)
        self.database = database
        self.random = random
        self.clock = clock
        self.logger = logger
    }

    /// Puts a re-read configuration in force: rules, providers, proxies, rate limits. Listeners, store and keys need a
    /// restart.
    ///
    /// - Throws: `SQLError`; then the old one stays in force.
    package func reload(_ settings: GatewaySettings) async throws {
        try await registry.refresh(file: settings)
    }

    /// Seals everything in the store again that is under an older master key, so that the old key can be dropped.
    ///
    /// - Returns: how many sessions changed, and how many values no configured key opens.
    package func resealOutdated() async throws -> (resealed: Int, unreadable: Int) {
        let sessions = try await vault.resealOutdated()
        let providers = try await storedProviders.resealOutdated()
        let keys = try await proofKeys.resealOutdated()
        return (sessions.resealed, sessions.unreadable + providers + keys)
    }

    var rules: AccessRules { check.currentRules }
}
