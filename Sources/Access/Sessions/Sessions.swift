import Cryptography
import Identity
import SQL

/// A session as people see it.
package struct SessionSummary: Sendable {
    package let id: String
    package let kind: SessionKind
    /// The machine of a command line, as it calls itself.
    package let host: String?
    package let userID: String
    package let email: String?
    package let name: String?
    package let realm: RealmName
    package let provider: ProviderName
    package let groups: [GroupName]
    package let createdAt: UnixTime
    package let lastSeenAt: UnixTime
    package let endsAt: UnixTime
    package let validatedAt: UnixTime
    package let address: String?
    package let userAgent: String?

    /// - Parameter row: of `sessions s JOIN users u`.
    init(_ row: SQLRow) throws {
        let record = try SessionRecord(row)
        (id, kind, host, userID) = (record.id, record.kind, record.host, record.userID)
        (email, name, realm, provider) = (record.email, record.name, record.realm, record.provider)
        (createdAt, lastSeenAt, endsAt) = (record.createdAt, record.lastSeenAt, record.endsAt)
        (groups, validatedAt) = (record.groups, record.validatedAt)
        address = try row.optionalText("address")
        userAgent = try row.optionalText("user_agent")
    }
}

/// Which sessions a page of a list shows; all conditions must hold.
package struct SessionQuery: Sendable {
    /// Everybody's with this e-mail address; letters compare without case.
    package var email: String?
    package var userID: String?
    package var realm: RealmName?
    package var provider: ProviderName?
    /// Only what comes after the page that ended with this cursor.
    package var cursor: String?
    package var limit: Int

    package init(limit: Int = 200) { self.limit = limit }
}

/// Which sessions are to end.
package enum SessionSelection: Sendable {
    /// One session by its public id.
    case session(id: String)
    /// Every session of everybody with this e-mail address; letters compare without case.
    case email(String)
    /// One session of one person: for people who may only touch their own.
    case own(id: String, userID: String)
    /// What a provider calls one session (`sid`); with a subject, only when that fits too, and also those of the subject
    /// whose sid the provider never told.
    case providerSession(ProviderName, id: String, issuer: String, subject: String?)
    /// The same for several sessions of a provider's, all or none.
    case providerSessions(ProviderName, ids: [String], issuer: String, subject: String)
    /// Every session of the person whom an issuer calls so, through whichever of our providers.
    case subject(issuer: String, subject: String)
    /// Every session that one of an issuer's people has through one of our providers.
    case subjectAt(ProviderName, issuer: String, subject: String)
    /// No session at all, where only the token of the request is to be used up.
    case nobody
    /// Every session of whoever has this e-mail address at an issuer.
    case emailAt(issuer: String, email: String)
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

    /// One page of the sessions that are not past their absolute end, the newest first.
    ///
    /// - Returns: the sessions, and the cursor of the next page when there is one.
    package func list(_ query: SessionQuery) async throws -> (sessions: [SessionSummary], next: String?) {
        let now = clock.now
        let after = query.cursor.flatMap(SessionCursor.init)
        let parameters: [SQLValue] = [
            SQLValue(now), SQLValue(query.userID), SQLValue(query.email?.emailFolded), SQLValue(query.realm?.text),
            SQLValue(query.provider?.text), SQLValue(after?.createdAt), SQLValue(after?.id),
            .integer(Int64(query.limit) + 1),
        ]
        let isPersonal = query.userID != nil || query.email != nil
        let rows = try await database.transaction(.readOnly) { tx in
            if isPersonal {
                return try tx.rows(
                    """
                    SELECT s.*, u.issuer, u.email, u.name, u.preferred_username FROM users u JOIN sessions s ON s.user_id = u.id
                    WHERE u.id IN (SELECT id FROM users WHERE id = $2 UNION SELECT id FROM users WHERE email_folded = $3)
                        AND (u.id = $2 OR $2 IS NULL) AND (u.email_folded = $3 OR $3 IS NULL)
                        AND s.ends_at > $1 AND (s.realm = $4 OR $4 IS NULL) AND (s.provider = $5 OR $5 IS NULL)
                        AND (s.created_at < $6 OR (s.created_at = $6 AND s.id > $7) OR $6 IS NULL)
                    ORDER BY s.created_at DESC, s.id LIMIT $8
                    """, parameters)
            }
            return try tx.rows(
                """
                SELECT s.*, u.issuer, u.email, u.name, u.preferred_username FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.ends_at > $1 AND (s.user_id = $2 OR $2 IS NULL) AND (u.email_folded = $3 OR $3 IS NULL)
                    AND (s.realm = $4 OR $4 IS NULL) AND (s.provider = $5 OR $5 IS NULL)
                    AND (s.created_at < $6 OR (s.created_at = $6 AND s.id > $7) OR $6 IS NULL)
                ORDER BY s.created_at DESC, s.id LIMIT $8
                """, parameters)
        }
        let page = try rows.prefix(query.limit).map { try SessionSummary($0) }
        let next = rows.count > query.limit ? page.last.map { SessionCursor(after: $0).text } : nil
        return (page, next)
    }

    package static func isCursor(_ text: String) -> Bool { SessionCursor(text) != nil }

    /// One session by its public id; nil when it is over.
    package func session(id: String) async throws -> SessionSummary? {
        let now = clock.now
        return try await database.transaction(.readOnly) { tx in
            try tx.rows(
                """
                SELECT s.*, u.issuer, u.email, u.name, u.preferred_username FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.id = $1 AND s.ends_at > $2
                """, .text(id), SQLValue(now)
            ).first.map { try SessionSummary($0) }
        }
    }

    /// Whether an issuer has named somebody so here before.
    package func knows(issuer: String, subject: String) async throws -> Bool {
        try await database.transaction(.readOnly) { tx in
            try !tx.rows(
                "SELECT id FROM users WHERE issuer = $1 AND subject = $2", .text(issuer), .text(subject)
            ).isEmpty
        }
    }

    /// Whether an issuer has somebody here who has this e-mail address.
    package func knows(issuer: String, email: String) async throws -> Bool {
        try await database.transaction(.readOnly) { tx in
            try !tx.rows(
                "SELECT id FROM users WHERE email_folded = $2 AND issuer = $1", .text(issuer), .text(email.emailFolded)
            ).isEmpty
        }
    }

    /// Ends sessions: they are over at the very next check, in every process on the store. Each end is audited in the same
    /// transaction.
    ///
    /// - Parameters:
    ///   - actor: who did it, when it was not the person themselves.
    ///   - token: by which it was asked for, when that may be used once.
    /// - Returns: the public ids of the ended sessions.
    /// - Throws: `SQLError`, `TokenReplayed`; then nothing has happened.
    @discardableResult
    package func end(
        _ selection: SessionSelection, reason: SessionEndReason, detail: String? = nil, actor: String? = nil,
        address: String? = nil, using token: OneTimeToken? = nil
    ) async throws -> [String] {
        let now = clock.now
        let ended = try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            if let token { try UsedTokens.use(token, in: tx) }
            let rows = try Self.remove(selection, in: tx)
            try ending.finish(rows, at: now, reason: reason, detail: detail, actor: actor, address: address, in: tx)
            return try rows.map { (id: try $0.text("id"), hash: SHA256Digest(base64URL: try $0.text("token_hash"))) }
        }
        cache.remove(ended.compactMap(\.hash))
        return ended.map(\.id)
    }

    private static func remove(_ selection: SessionSelection, in tx: any SQLTransaction) throws -> [SQLRow] {
        switch selection {
        case .nobody: []
        case .session(let id):
            try tx.rows("DELETE FROM sessions WHERE id = $1 RETURNING *", .text(id))
        case .email(let email):
            try tx.rows(
                """
                DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE email_folded = $1) RETURNING *
                """, .text(email.emailFolded))
        case .own(let id, let userID):
            try tx.rows("DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING *", .text(id), .text(userID))
        case .providerSession(let provider, let id, let issuer, let subject):
            try tx.rows(
                """
                DELETE FROM sessions WHERE provider = $1
                    AND ((provider_session = $2
                            AND (user_id IN (SELECT id FROM users WHERE issuer = $3 AND subject = $4) OR $4 IS NULL))
                        OR (provider_session IS NULL
                            AND user_id IN (SELECT id FROM users WHERE issuer = $3 AND subject = $4)))
                RETURNING *
                """, SQLValue(provider), .text(id), .text(issuer), SQLValue(subject))
        case .providerSessions(let provider, let ids, let issuer, let subject):
            try ids.flatMap { id in
                try remove(.providerSession(provider, id: id, issuer: issuer, subject: subject), in: tx)
            }
        case .subject(let issuer, let subject):
            try tx.rows(
                """
                DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE issuer = $1 AND subject = $2)
                RETURNING *
                """, .text(issuer), .text(subject))
        case .subjectAt(let provider, let issuer, let subject):
            try tx.rows(
                """
                DELETE FROM sessions
                WHERE user_id IN (SELECT id FROM users WHERE issuer = $2 AND subject = $3) AND provider = $1 RETURNING *
                """, SQLValue(provider), .text(issuer), .text(subject))
        case .emailAt(let issuer, let email):
            try tx.rows(
                """
                DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE email_folded = $2 AND issuer = $1)
                RETURNING *
                """, .text(issuer), .text(email.emailFolded))
        }
    }

    /// Ends the session of a token, when there is one in this realm.
    ///
    /// - Returns: where the person is still signed in at the provider; nil when there was no session.
    /// - Throws: `SQLError`.
    @discardableResult
    package func end(
        token: String, realm: RealmName, reason: SessionEndReason, address: String?, vault: ProviderTokenVault,
        rules: AccessRules
    ) async throws -> ProviderLogout? {
        let hash = SHA256Digest(of: token)
        let now = clock.now
        // A look first: a made-up token must not take the store's only writer.
        let isThere = try await database.transaction(.readOnly) { tx in
            try !tx.rows("SELECT id FROM sessions WHERE token_hash = $1", .text(hash.base64URL)).isEmpty
        }
        guard isThere else { return nil }
        let (row, issuer) = try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            let rows = try tx.rows(
                "DELETE FROM sessions WHERE token_hash = $1 AND realm = $2 RETURNING *", .text(hash.base64URL),
                SQLValue(realm))
            try ending.finish(rows, at: now, reason: reason, address: address, in: tx)
            guard let row = rows.first else { return (SQLRow?.none, String?.none) }
            let users = try tx.rows("SELECT issuer FROM users WHERE id = $1", .text(row.text("user_id")))
            return (row, try users.first?.text("issuer"))
        }
        guard let row else { return nil }
        cache.remove([hash])
        let provider = ProviderName(try row.text("provider"))
        // The provider's name may mean another one by now, which is told nothing of the earlier one's people.
        guard let issuer, rules.issuers[provider]?.isIdentical(to: issuer) ?? true,
            let sealed = try row.optionalText("id_token")
        else { return ProviderLogout(provider: provider, hint: nil) }
        return ProviderLogout(provider: provider, hint: try? vault.openLogoutHint(sealed, of: row.text("id")))
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
        try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            for realm in rules.realms.values {
                for kind in SessionKind.allCases {
                    let lifetime = realm.lifetime(of: kind)
                    let old = try tx.rows(
                        "DELETE FROM sessions WHERE realm = $1 AND kind = $2 AND created_at <= $3 RETURNING *",
                        SQLValue(realm.name), .text(kind.rawValue), SQLValue(now - lifetime.absolute))
                    try ending.finish(old, at: now, reason: .absoluteTimeout, in: tx)
                    // The store lags behind memory by at most 30 s; twice that is on the safe side.
                    let idle = try tx.rows(
                        "DELETE FROM sessions WHERE realm = $1 AND kind = $2 AND last_seen_at <= $3 RETURNING *",
                        SQLValue(realm.name), .text(kind.rawValue), SQLValue(now - lifetime.idle - .seconds(60)))
                    try ending.finish(idle, at: now, reason: .idleTimeout, in: tx)
                }
            }
            // Also of realms that are no longer configured.
            let rows = try tx.rows("DELETE FROM sessions WHERE ends_at <= $1 RETURNING *", SQLValue(now))
            try ending.finish(rows, at: now, reason: .absoluteTimeout, in: tx)
        }
    }
}

/// Where a page of sessions ended: `{created_at}.{id}`.
private struct SessionCursor {
    let createdAt: UnixTime
    let id: String

    init(after session: SessionSummary) {
        createdAt = session.createdAt
        id = session.id
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let milliseconds = Int64(parts[0]), parts[1].hasPrefix("ses_") else { return nil }
        createdAt = UnixTime(milliseconds: milliseconds)
        id = String(parts[1])
    }

    var text: String { "\(createdAt.milliseconds).\(id)" }
}
