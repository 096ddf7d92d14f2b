import Cryptography
import Identity
import SQL
import StrictJSON
import TestSupport
import Testing

@testable import Access

/// A gateway's access parts on a new SQLite store, with a clock that a test moves.
final class AccessFixture: Sendable {
    static let masterKey = [UInt8](repeating: 1, count: 32)
    static let otherMasterKey = [UInt8](repeating: 2, count: 32)

    static let infraon = realm(
        "infraon", returnHosts: ["app.example.com"], idle: .seconds(1800), absolute: .seconds(12 * 3600),
        roles: [("infraon-admins", "admin"), ("infraon-tech-*", "technician")])
    static let portal = realm(
        "ssp", returnHosts: [], idle: .seconds(3600), absolute: .seconds(24 * 3600), roles: [], defaultRole: "requester"
    )

    static func realm(
        _ name: RealmName, providers: [ProviderName] = ["okta"], returnHosts: [String] = [],
        idle: Duration = .seconds(1800), absolute: Duration = .seconds(12 * 3600),
        commandLineSession: SessionLifetime? = nil, revalidation: RevalidationRules? = nil,
        roles: [(String, RoleName)], defaultRole: RoleName? = nil
    ) -> RealmRules {
        RealmRules(
            name: name, title: name.text, providers: providers, home: nil,
            returnHosts: returnHosts.compactMap { ReturnHost($0) }, cookieDomain: nil,
            session: SessionLifetime(idle: idle, absolute: absolute), commandLineSession: commandLineSession,
            revalidation: revalidation,
            roles: RoleMapping(
                rules: roles.map { RoleRule(groups: [GroupPattern($0.0)], role: $0.1) }, defaultRole: defaultRole),
            contact: nil)
    }

    static func rules(_ realms: RealmRules..., origin: String = "https://sso.example.com") -> AccessRules {
        AccessRules(
            origin: origin, realms: Dictionary(uniqueKeysWithValues: realms.map { ($0.name, $0) }), administrators: nil)
    }

    static func identity(
        subject: String = "00u1", groups: [GroupName] = ["infraon-admins"], issuer: String = "https://acme.okta.com",
        email: String? = "ada@acme.example", name: String? = "Ada Berger", authenticatedAt: UnixTime? = nil,
        authenticationContext: String? = nil, provider: ProviderName = "okta",
        providerSession: String? = "provider-session"
    ) -> VerifiedIdentity {
        VerifiedIdentity(
            provider: provider, issuer: issuer, subject: subject, email: email, name: name, preferredUsername: "ada",
            groups: groups, authenticatedAt: authenticatedAt, authenticationContext: authenticationContext,
            providerSession: providerSession)
    }

    let folder: TemporaryFolder
    let clock: TestClock
    let database: any Database
    let keyring: Keyring
    let cache: SessionCache
    let audit: AuditTrail
    let vault: ProviderTokenVault
    let admission: Admission
    let attempts: LoginAttempts
    let check: SessionCheck
    let sessions: Sessions
    let signingKeys: SigningKeys
    let devices: DeviceLogins
    let handovers: LoginHandovers
    let revalidations: Revalidations
    let revocations: TokenRevocations

    /// - Parameters:
    ///   - earlier: another process on the same store, at the same time.
    ///   - folder: of a store that is there.
    init(
        rules: AccessRules = rules(infraon, portal), capacity: Int = 1000, besides earlier: AccessFixture? = nil,
        in folder: TemporaryFolder? = nil,
        wrapping wrap: (any Database) -> any Database = { $0 }
    ) async throws {
        let folder = try folder ?? earlier?.folder ?? TemporaryFolder()
        self.folder = folder
        clock = earlier?.clock ?? TestClock()
        database = wrap(try await SQLiteDatabase(path: folder.file("store.db")))
        try await database.migrate(Schema.migrations)
        let random = RandomSource.system
        keyring = try Keyring(masterKeys: [Self.masterKey])
        cache = SessionCache(changes: database.changes, capacity: capacity)
        audit = AuditTrail(database: database, random: random)
        vault = ProviderTokenVault(database: database, keyring: keyring, random: random)
        devices = DeviceLogins(
            database: database, audit: audit, keyring: keyring, random: random, clock: clock.wallClock)
        handovers = LoginHandovers(
            database: database, audit: audit, keyring: keyring, random: random, clock: clock.wallClock)
        admission = Admission(
            database: database, audit: audit, vault: vault, devices: devices, handovers: handovers, cache: cache,
            random: random, clock: clock.wallClock)
        revalidations = Revalidations(
            database: database, audit: audit, vault: vault, cache: cache, random: random, clock: clock.wallClock)
        revocations = TokenRevocations(database: database, vault: vault, clock: clock.wallClock)
        attempts = LoginAttempts(database: database, keyring: keyring, random: random, clock: clock.wallClock)
        check = SessionCheck(database: database, cache: cache, rules: rules, clock: clock.wallClock)
        sessions = Sessions(database: database, audit: audit, cache: cache, clock: clock.wallClock)
        signingKeys = SigningKeys(database: database, keyring: keyring, random: random, clock: clock.wallClock)
    }

    struct Admitted { let token: String, id: String, endsAt: UnixTime }

    /// Signs somebody in; fails the test when they are refused.
    func signIn(
        _ identity: VerifiedIdentity = identity(), realm: RealmRules = infraon, previousToken: String? = nil,
        tokens: ProviderTokens = ProviderTokens(refreshToken: nil, logoutHint: nil), userAgent: String? = nil,
        kind: SessionKind = .browser, host: String? = nil, deviceID: String? = nil
    ) async throws -> Admitted {
        let outcome = try await admission.admit(
            identity, tokens: tokens, realm: realm,
            arrival: Arrival(
                address: "192.0.2.1", userAgent: userAgent, previousToken: previousToken, kind: kind, host: host,
                delivery: deviceID.map { .device(id: $0) } ?? .inPlace))
        guard case .admitted(let session) = outcome else { throw Refused() }
        return Admitted(token: session.token.reveal(), id: session.id, endsAt: session.endsAt)
    }

    struct Refused: Error {}

    /// Ends every session, as people do.
    func endAll() async throws {
        for session in try await list() { try await sessions.end(.session(id: session.id), reason: .signedOut) }
    }

    /// The id of the session that a token belongs to now.
    func liveSession(_ token: String) async throws -> String? { try await check.session(token: token)?.id }

    func count(_ table: StaticString) async throws -> Int {
        try await database.transaction(.readOnly) { try $0.rows(table).count }
    }

    var sessionRows: Int { get async throws { try await count("SELECT id FROM sessions") } }
    var userRows: Int { get async throws { try await count("SELECT id FROM users") } }

    /// The sessions of one page of a list, the newest first.
    func list(_ query: SessionQuery = SessionQuery()) async throws -> [SessionSummary] {
        try await sessions.list(query).sessions
    }

    func list(user id: String) async throws -> [SessionSummary] {
        var query = SessionQuery()
        query.userID = id
        return try await list(query)
    }

    func list(email: String) async throws -> [SessionSummary] {
        var query = SessionQuery()
        query.email = email
        return try await list(query)
    }

    /// The newest events of the audit trail.
    func trail(reference: String? = nil, limit: Int = 200) async throws -> [AuditEvent] {
        var query = AuditQuery(limit: limit)
        query.reference = reference
        return try await audit.events(query).events
    }

    /// Kinds and reasons of the audit trail, the newest first.
    func events() async throws -> [String] {
        try await trail().map { [$0.kind.rawValue, $0.reason].compactMap(\.self).joined(separator: " ") }
    }
}
