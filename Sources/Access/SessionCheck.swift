import Cryptography
import Identity
import SQL
import StrictJSON
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
        cache.removeAll()
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
        let hash = SHA256Digest(of: token)
        let generation = cache.generation()
        let now = clock.now
        let row = try await database.transaction(.readOnly) { tx in
            try tx.rows(
                """
                SELECT s.*, u.email, u.name, u.preferred_username
                FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1
                """, .text(hash.base64URL)
            ).first
        }
        guard let row, let session = try hotSession(row, hash: hash, now: now) else { return nil }
        if let seen = cache.lastSeen(hash) { session.touch(at: seen) }
        guard session.isLive(at: now) else { return nil }
        session.touch(at: now)
        cache.keep(session, generation: generation)
        return session
    }

    /// Nil when the realm, or the provider's place in it, is no longer configured: default deny.
    private func hotSession(_ row: SQLRow, hash: SHA256Digest, now: UnixTime) throws -> HotSession? {
        let realmName = RealmName(try row.text("realm"))
        let provider = ProviderName(try row.text("provider"))
        guard let realm = currentRules.realms[realmName], realm.providers.contains(provider) else { return nil }
        guard let groups = try? JSON.parse(Array(row.text("groups").utf8)).strings else {
            throw SQLError(.misuse, "the groups of a session are unreadable")
        }
        let groupNames = groups.map { GroupName($0) }
        return HotSession(
            id: try row.text("id"), userID: try row.text("user_id"), email: try row.optionalText("email"),
            name: try row.optionalText("name"), preferredUsername: try row.optionalText("preferred_username"),
            realm: realmName, provider: provider, roles: realm.roles.roles(for: groupNames), groups: groupNames,
            authenticatedAt: try row.optionalTime("authenticated_at"), createdAt: try row.time("created_at"),
            endsAt: min(try row.time("ends_at"), try row.time("created_at") + realm.session.absolute),
            idle: realm.session.idle, tokenHash: hash, lastSeenAt: try row.time("last_seen_at"), loadedAt: now)
    }
}
