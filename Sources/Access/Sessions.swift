import Cryptography
import Identity
import SQL

/// A session as people see it.
package struct SessionSummary: Sendable {
    package let id: String
    package let userID: String
    package let email: String?
    package let name: String?
    package let realm: RealmName
    package let provider: ProviderName
    package let createdAt: UnixTime
    package let lastSeenAt: UnixTime
    package let endsAt: UnixTime
    package let address: String?
    package let userAgent: String?
}

/// Which sessions are meant.
package enum SessionSelection: Sendable {
    case all
    /// One session by its public id.
    case session(id: String)
    /// Every session of everybody with this e-mail address; letters compare without case.
    case email(String)
    /// Every session of one person.
    case user(id: String)
    /// One session of one person: for people who may only touch their own.
    case own(id: String, userID: String)
}

/// Lists and ends sessions, and keeps the store tidy.
package struct Sessions: Sendable {
    private let database: any Database
    private let audit: AuditTrail
    private let cache: SessionCache
    private let clock: WallClock

    package init(database: any Database, audit: AuditTrail, cache: SessionCache, clock: WallClock) {
        self.database = database
        self.audit = audit
        self.cache = cache
        self.clock = clock
    }

    /// Sessions that are not past their absolute end, the newest first, at most 1,000.
    package func list(_ selection: SessionSelection) async throws -> [SessionSummary] {
        let now = clock.now
        let (id, userID, email) = selection.columns
        return try await database.transaction(.readOnly) { tx in
            try tx.rows(
                """
                SELECT s.id, s.user_id, u.email, u.name, s.realm, s.provider, s.created_at, s.last_seen_at,
                       s.ends_at, s.address, s.user_agent
                FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.ends_at > $1 AND ($2 IS NULL OR s.id = $2) AND ($3 IS NULL OR s.user_id = $3)
                    AND ($4 IS NULL OR u.email_folded = $4)
                ORDER BY s.created_at DESC, s.id LIMIT 1000
                """, SQLValue(now), id, userID, email
            ).map { row in
                SessionSummary(
                    id: try row.text("id"), userID: try row.text("user_id"), email: try row.optionalText("email"),
                    name: try row.optionalText("name"), realm: RealmName(try row.text("realm")),
                    provider: ProviderName(try row.text("provider")), createdAt: try row.time("created_at"),
                    lastSeenAt: try row.time("last_seen_at"), endsAt: try row.time("ends_at"),
                    address: try row.optionalText("address"), userAgent: try row.optionalText("user_agent"))
            }
        }
    }

    /// Ends sessions: they are over at the very next check. Each end is audited in the same transaction.
    ///
    /// - Parameters:
    ///   - reason: a stable code, e.g. `signed_out`.
    ///   - actor: who did it, when it was not the person themselves.
    /// - Returns: the public ids of the ended sessions.
    @discardableResult
    package func end(
        _ selection: SessionSelection, reason: String, actor: String? = nil, address: String? = nil
    ) async throws -> [String] {
        let now = clock.now
        let (id, userID, email) = selection.columns
        let ended = try await database.transaction { tx in
            let rows = try tx.rows(
                """
                DELETE FROM sessions
                WHERE ($1 IS NULL OR id = $1) AND ($2 IS NULL OR user_id = $2)
                    AND ($3 IS NULL OR user_id IN (SELECT u.id FROM users u WHERE u.email_folded = $3))
                RETURNING id, user_id, realm, provider
                """, id, userID, email)
            try audit.appendEnds(of: rows, at: now, reason: { _ in reason }, actor: actor, address: address, in: tx)
            return try rows.map { try $0.text("id") }
        }
        cache.remove(sessionIDs: Set(ended))
        return ended
    }

    /// Ends the session of a token, when there is one in this realm.
    @discardableResult
    package func end(token: String, realm: RealmName, reason: String, address: String?) async throws -> Bool {
        let hash = SHA256Digest(of: token)
        let now = clock.now
        let ended = try await database.transaction { tx in
            let rows = try tx.rows(
                "DELETE FROM sessions WHERE token_hash = $1 AND realm = $2 RETURNING id, user_id, realm, provider",
                .text(hash.base64URL), SQLValue(realm))
            try audit.appendEnds(of: rows, at: now, reason: { _ in reason }, address: address, in: tx)
            return !rows.isEmpty
        }
        cache.remove(hash)
        return ended
    }

    /// Saves when hot sessions were last used, in one transaction.
    ///
    /// - Parameter everything: also small differences; at shutdown.
    package func saveLastSeen(everything: Bool = false) async throws {
        let pending = cache.sweep(now: clock.now).compactMap { session in
            session.lastSeenToSave(always: everything).map { (session: session, seen: $0) }
        }
        guard !pending.isEmpty else { return }
        try await database.transaction { tx in
            for (session, seen) in pending {
                try tx.execute(
                    "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2", .text(session.id),
                    SQLValue(seen))
            }
        }
        for (session, seen) in pending { session.didSave(seen) }
    }

    /// Removes sessions that are past an end, with an audit event each.
    package func removeExpired(rules: AccessRules) async throws {
        let now = clock.now
        try await database.transaction { tx in
            for realm in rules.realms.values {
                // The store lags behind memory by at most 30 s; twice that is on the safe side.
                let idleSince = now - realm.session.idle - .seconds(60)
                let rows = try tx.rows(
                    """
                    DELETE FROM sessions WHERE realm = $1 AND (created_at <= $2 OR last_seen_at <= $3)
                    RETURNING id, user_id, realm, provider, created_at
                    """, SQLValue(realm.name), SQLValue(now - realm.session.absolute), SQLValue(idleSince))
                try audit.appendEnds(
                    of: rows, at: now,
                    reason: { row in
                        try row.time("created_at") <= now - realm.session.absolute ? "absolute_timeout" : "idle_timeout"
                    }, in: tx)
            }
            // Also of realms that are no longer configured.
            let rows = try tx.rows(
                "DELETE FROM sessions WHERE ends_at <= $1 RETURNING id, user_id, realm, provider", SQLValue(now))
            try audit.appendEnds(of: rows, at: now, reason: { _ in "absolute_timeout" }, in: tx)
        }
    }
}

extension SessionSelection {
    /// Parameters for id, user id and e-mail; NULL where it does not matter.
    fileprivate var columns: (id: SQLValue, userID: SQLValue, email: SQLValue) {
        switch self {
        case .all: (.null, .null, .null)
        case .session(let id): (.text(id), .null, .null)
        case .email(let email): (.null, .null, .text(email.lowercased()))
        case .user(let id): (.null, .text(id), .null)
        case .own(let id, let userID): (.text(id), .text(userID), .null)
        }
    }
}
