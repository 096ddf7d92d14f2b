import Cryptography
import Identity
import SQL
import Synchronization

/// Answers who a token belongs to. For a hot session nothing waits and nothing is read from the disk.
package final class SessionCheck: Sendable {
    private let database: any Database
    private let cache: SessionCache
    private let rules: Mutex<AccessRules>
    private let clock: WallClock

    package init(database: any Database, cache: SessionCache, rules: AccessRules, clock: WallClock) {
        self.database = database
        self.cache = cache
        self.rules = Mutex(rules)
        self.clock = clock
    }

    /// The rules in force.
    package var currentRules: AccessRules { rules.withLock { $0 } }

    /// Puts new rules in force: the next check of every session works its roles out anew.
    package func replaceRules(_ new: AccessRules) {
        rules.withLock { $0 = new }
        cache.distrustAll()
    }

    /// A provider that is described by a URL said who it is.
    ///
    /// - Returns: false, and nothing is changed, when another provider is that: people are known by issuer and name, and one
    ///   provider must not speak for another's.
    package func learn(issuer: String, of provider: ProviderName) -> Bool {
        let (isFree, isNew) = rules.withLock { rules in
            guard !rules.issuers.contains(where: { $0.key != provider && $0.value.isIdentical(to: issuer) }) else {
                return (false, false)
            }
            guard !(rules.issuers[provider]?.isIdentical(to: issuer) ?? false) else { return (true, false) }
            rules = rules.with(issuer: issuer, of: provider)
            return (true, true)
        }
        if isNew { cache.distrustAll() }
        return isFree
    }

    /// Whether a text has the form of a session token; what has not is never looked up.
    package static func isToken(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 43
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }

    /// The session from memory, and notes its use; nil means only that it is not hot.
    package func hotSession(token: String) -> HotSession? {
        let now = clock.now
        guard let session = cache.session(SHA256Digest(of: token), now: now) else { return nil }
        session.touch(at: now)
        return session
    }

    /// The live session of a token, and notes its use; nil when there is none.
    ///
    /// - Throws: `SQLError`; the caller then denies.
    package func session(token: String) async throws -> HotSession? {
        guard Self.isToken(token) else { return nil }
        if let session = hotSession(token: token) { return session }
        let generation = cache.generation()
        let now = clock.now
        guard let session = try await storedSession(token: token, now: now), session.isLive(at: now) else { return nil }
        session.touch(at: now)
        cache.keep(session, generation: generation)
        return session
    }

    /// The session of a token that is not over, though the provider may not have been asked for too long. It opens nothing:
    /// it is for asking the provider again.
    package func sessionToRevalidate(token: String) async throws -> HotSession? {
        guard Self.isToken(token) else { return nil }
        let now = clock.now
        guard let session = try await storedSession(token: token, now: now), !session.isOver(at: now) else {
            return nil
        }
        return session
    }

    private func storedSession(token: String, now: UnixTime) async throws -> HotSession? {
        let hash = SHA256Digest(of: token)
        let row = try await database.transaction(.readOnly) { tx in
            try tx.rows(
                """
                SELECT s.*, u.issuer, u.email, u.name, u.preferred_username
                FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1
                """, .text(hash.base64URL)
            ).first
        }
        guard let row else { return nil }
        let record = try SessionRecord(row)
        // Default deny: the realm, or the provider's place in it, may no longer be configured.
        let rules = currentRules
        guard let realm = rules.realms[record.realm], realm.providers.contains(record.provider) else { return nil }
        // Somebody whom another issuer vouched for, before the provider's name was given to this one.
        if let issuer = rules.issuers[record.provider], !issuer.isIdentical(to: record.issuer) { return nil }
        let session = HotSession(
            record, roles: realm.roles.roles(for: record.groups), realm: realm, tokenHash: hash, loadedAt: now)
        if let seen = cache.lastSeen(hash) { session.touch(at: seen) }
        return session
    }
}
