import Cryptography
import Identity
import SQL
import StrictJSON

/// A session whose provider is to be asked now, by whoever holds this lease.
package struct SessionLease: Sendable, RedactedWhenPrinted {
    package let sessionID: String
    package let realm: RealmName
    package let provider: ProviderName
    package let userID: String
    /// Who vouched for the person, and alone may see the refresh token.
    package let issuer: String
    /// The person at the provider: what the answer must name.
    package let subject: String
    package let refreshToken: Secret
    /// How often in a row the provider could not be asked.
    package let failures: Int
    /// Before the question: what another answer told later than this counts more.
    fileprivate let askedAt: UnixTime
    fileprivate let sealedToken: String
    fileprivate let tokenHash: SHA256Digest?
    fileprivate let owner: String
}

/// Which sessions are due to be asked for at their provider, and what comes of it.
///
/// A refresh token that is used twice may cost the whole family, so at any time one process asks for one session: it takes a
/// lease by compare-and-swap and renews it while it waits. The lease is short, because a process that is killed while it
/// asks must be followed by another before the provider's grace for the used token (Okta: 30 s) is over.
package struct Revalidations: Sendable {
    static let leaseLength = Duration.seconds(6)
    package static let renewalInterval = Duration.seconds(2)

    private let database: any Database
    private let audit: AuditTrail
    private let vault: ProviderTokenVault
    private let cache: SessionCache
    private let random: RandomSource
    private let clock: WallClock

    package init(
        database: any Database, audit: AuditTrail, vault: ProviderTokenVault, cache: SessionCache, random: RandomSource,
        clock: WallClock
    ) {
        self.database = database
        self.audit = audit
        self.vault = vault
        self.cache = cache
        self.random = random
        self.clock = clock
    }

    /// Brings the times of sessions in line with the rules: after a start, and when the configuration was read again.
    package func align(with rules: AccessRules) async throws {
        try await database.transaction { tx in
            for realm in rules.realms.values {
                guard let revalidation = realm.revalidation else { continue }
                try tx.execute(
                    """
                    UPDATE sessions SET revalidate_at = validated_at + $2
                    WHERE realm = $1 AND refresh_token IS NOT NULL AND revalidation_failures = 0
                        AND (revalidate_at IS NULL OR revalidate_at > validated_at + $2)
                    """, SQLValue(realm.name), .integer(revalidation.interval.wholeMilliseconds))
            }
        }
    }

    /// Takes leases on sessions that are due at one provider.
    package func takeDue(
        realm: RealmRules, provider: ProviderName, limit: Int
    ) async throws -> [SessionLease] {
        guard realm.revalidation != nil, limit > 0 else { return [] }
        let now = clock.now
        // Most of the time nothing is due, and a look takes no write lock.
        let isSomethingDue = try await database.transaction(.readOnly) { tx in
            try !tx.rows(
                """
                SELECT id FROM sessions WHERE provider = $1 AND realm = $2 AND revalidate_at <= $3
                    AND refresh_token IS NOT NULL
                    AND (lease_until IS NULL OR lease_until <= $3 OR lease_until > $4) LIMIT 1
                """, SQLValue(provider), SQLValue(realm.name), SQLValue(now), SQLValue(now + Self.leaseLength)
            ).isEmpty
        }
        guard isSomethingDue else { return [] }
        let owner = random.token()
        let start = ContinuousClock.now
        let rows = try await database.transaction { tx in
            // The store was held up for a while, and leases ran out for it: whoever has an answer in hand comes first.
            guard ContinuousClock.now - start < .seconds(1) else { return [(session: SQLRow, person: SQLRow)]() }
            return try Self.withPeople(
                try tx.rows(
                    """
                    UPDATE sessions SET lease_owner = $1, lease_until = $2 WHERE id IN (
                        SELECT id FROM sessions WHERE provider = $3 AND realm = $4 AND revalidate_at <= $5
                            AND refresh_token IS NOT NULL
                            AND (lease_until IS NULL OR lease_until <= $5 OR lease_until > $2)
                        ORDER BY revalidate_at LIMIT $6)
                    RETURNING *
                    """, .text(owner), SQLValue(now + Self.leaseLength), SQLValue(provider), SQLValue(realm.name),
                    SQLValue(now), .integer(Int64(limit))), in: tx)
        }
        return try await leases(rows, owner: owner)
    }

    /// Takes the lease on one session, due or not. From then on it is due, so that somebody follows should this process be
    /// killed while it asks.
    ///
    /// - Parameter evenInPause: also while the provider, which does not work or asked to be left alone, has its pause.
    /// - Returns: nil when somebody else asks already, the provider is in its pause, or there is nothing to ask with.
    package func take(sessionID: String, evenInPause: Bool = false) async throws -> SessionLease? {
        let (now, owner) = (clock.now, random.token())
        let rows = try await database.transaction { tx in
            try Self.withPeople(
                try tx.rows(
                    """
                    UPDATE sessions SET lease_owner = $2, lease_until = $3, revalidate_at = $4
                    WHERE id = $1 AND refresh_token IS NOT NULL
                        AND (revalidation_failures = 0 OR revalidate_at <= $4 OR $5 = 1)
                        AND (lease_until IS NULL OR lease_until <= $4 OR lease_until > $3)
                    RETURNING *
                    """, .text(sessionID), .text(owner), SQLValue(now + Self.leaseLength), SQLValue(now),
                    .integer(evenInPause ? 1 : 0)), in: tx)
        }
        return try await leases(rows, owner: owner).first
    }

    /// Whether the provider failed for this session a moment ago, and its pause is not over.
    package func isPausing(sessionID: String) async throws -> Bool {
        let now = clock.now
        return try await database.transaction(.readOnly) { tx in
            try !tx.rows(
                "SELECT id FROM sessions WHERE id = $1 AND revalidation_failures > 0 AND revalidate_at > $2",
                .text(sessionID), SQLValue(now)
            ).isEmpty
        }
    }

    private static func withPeople(
        _ sessions: [SQLRow], in tx: any SQLTransaction
    ) throws -> [(session: SQLRow, person: SQLRow)] {
        try sessions.compactMap { session in
            try tx.rows("SELECT issuer, subject FROM users WHERE id = $1", .text(session.text("user_id"))).first.map {
                (session, $0)
            }
        }
    }

    private func leases(_ rows: [(session: SQLRow, person: SQLRow)], owner: String) async throws -> [SessionLease] {
        var leases: [SessionLease] = []
        var unreadable: [String] = []
        for (row, person) in rows {
            let id = try row.text("id")
            guard let token = try? vault.openRefreshToken(row.text("refresh_token"), of: id) else {
                unreadable.append(id)
                continue
            }
            leases.append(
                SessionLease(
                    sessionID: id, realm: RealmName(try row.text("realm")),
                    provider: ProviderName(try row.text("provider")), userID: try row.text("user_id"),
                    issuer: try person.text("issuer"), subject: try person.text("subject"), refreshToken: token,
                    failures: Int(try row.integer("revalidation_failures")), askedAt: clock.now,
                    sealedToken: try row.text("refresh_token"),
                    tokenHash: SHA256Digest(base64URL: try row.text("token_hash")), owner: owner))
        }
        // No configured master key opens these. They must not stand in front of the others; the key may come back.
        if !unreadable.isEmpty { try await postpone(unreadable, owner: owner) }
        return leases
    }

    private func postpone(_ ids: [String], owner: String) async throws {
        let later = clock.now + .seconds(3600)
        try await database.transaction { tx in
            for id in ids {
                try tx.execute(
                    """
                    UPDATE sessions SET revalidate_at = $3, lease_owner = NULL, lease_until = NULL
                    WHERE id = $1 AND lease_owner = $2
                    """, .text(id), .text(owner), SQLValue(later))
            }
        }
    }

    /// Keeps the lease while the provider takes its time.
    ///
    /// - Returns: false when the lease is somebody else's by now, or the session is over.
    package func renew(_ lease: SessionLease) async throws -> Bool {
        let until = clock.now + Self.leaseLength
        return try await database.transaction { tx in
            try tx.execute(
                "UPDATE sessions SET lease_until = $3 WHERE id = $1 AND lease_owner = $2", .text(lease.sessionID),
                .text(lease.owner), SQLValue(until)) == 1
        }
    }

    /// Keeps the newer refresh token, before anything is done with what came along with it. When the session is over by
    /// now, the token is revoked instead.
    ///
    /// It takes the place of the token that was asked with, whoever has the lease by now: while the store could not be
    /// written, the lease could not be renewed either.
    ///
    /// - Returns: false when the session is over, or has another token by now.
    package func store(rotated token: Secret, for lease: SessionLease) async throws -> Bool {
        let now = clock.now
        let sealed = vault.seal(ProviderTokens(refreshToken: token, logoutHint: nil), of: lease.sessionID).refreshToken
        return try await database.transaction { tx in
            let kept = try tx.execute(
                "UPDATE sessions SET refresh_token = $3 WHERE id = $1 AND refresh_token = $2", .text(lease.sessionID),
                .text(lease.sealedToken), sealed)
            if kept == 1 { return true }
            let rest = try tx.rows("SELECT id FROM sessions WHERE id = $1", .text(lease.sessionID))
            if rest.isEmpty, case .text(let text) = sealed {
                try TokenRevocations.add(
                    sealedToken: text, of: lease.sessionID, provider: lease.provider, issuer: lease.issuer, at: now,
                    in: tx)
            }
            return false
        }
    }

    /// The provider vouches for the person again.
    ///
    /// - Parameters:
    ///   - identity: what it says about the person now; nil when it said nothing new.
    ///   - idToken: the newest one, for its logout.
    package func succeed(
        _ lease: SessionLease, identity: VerifiedIdentity?, idToken: Secret?, realm: RealmRules
    ) async throws {
        let now = clock.now
        let next = realm.revalidation?.nextTime(after: now, random: random)
        let sealed = vault.seal(ProviderTokens(refreshToken: nil, logoutHint: idToken), of: lease.sessionID).logoutHint
        let changed = try await database.transaction { tx -> [SHA256Digest] in
            let kept = try tx.execute(
                """
                UPDATE sessions SET validated_at = $3, revalidate_at = $4, revalidation_failures = 0,
                    lease_owner = NULL, lease_until = NULL, id_token = COALESCE($5, id_token),
                    provider_session = COALESCE($6, provider_session)
                WHERE id = $1 AND lease_owner = $2
                """, .text(lease.sessionID), .text(lease.owner), SQLValue(now), SQLValue(next), sealed,
                SQLValue(identity?.providerSession))
            guard kept == 1, let identity else { return [] }
            return try update(lease, identity, at: now, in: tx)
        }
        cache.distrust(changed)
        if changed.isEmpty, let hash = lease.tokenHash { cache.distrustHere(hash) }
    }

    /// Takes over what the provider says about the person now, for all of their sessions.
    ///
    /// - Returns: the sessions that are different now.
    private func update(
        _ lease: SessionLease, _ identity: VerifiedIdentity, at now: UnixTime, in tx: any SQLTransaction
    ) throws -> [SHA256Digest] {
        let groups = JSON(identity.groups.map(\.text)).text
        let old = try tx.rows("SELECT groups FROM sessions WHERE id = $1", .text(lease.sessionID)).first
        let profile = try tx.execute(
            """
            UPDATE users SET email = COALESCE($2, email), email_folded = COALESCE($3, email_folded),
                name = COALESCE($4, name), preferred_username = COALESCE($5, preferred_username),
                groups = CASE WHEN EXISTS (
                    SELECT 1 FROM sessions s WHERE s.user_id = users.id AND s.provider = $7 AND s.validated_at > $8
                        AND s.id <> $9) THEN groups ELSE $6 END
            WHERE id = $1 AND (email IS DISTINCT FROM COALESCE($2, email) OR name IS DISTINCT FROM COALESCE($4, name)
                OR preferred_username IS DISTINCT FROM COALESCE($5, preferred_username) OR groups <> $6)
            """, .text(lease.userID), SQLValue(identity.email), SQLValue(identity.email?.emailFolded),
            SQLValue(identity.name), SQLValue(identity.preferredUsername), .text(groups), SQLValue(lease.provider),
            SQLValue(lease.askedAt), .text(lease.sessionID))
        let changed = try PersonalSessions.takeOver(
            groups: groups, user: lease.userID, provider: lease.provider, askedAt: lease.askedAt,
            session: lease.sessionID, in: tx)
        if !changed.isEmpty {
            let before = Set(try old.map { try SessionRecord.groups($0.text("groups")) } ?? [])
            let after = Set(identity.groups)
            try audit.append(
                AuditEvent(
                    .sessionRevalidated, at: now,
                    detail: "\(after.subtracting(before).count) groups came, \(before.subtracting(after).count) went",
                    realm: lease.realm, provider: lease.provider, user: lease.userID, session: lease.sessionID), in: tx)
        }
        guard profile > 0 else { return changed }
        // A name or an address is shown with every session of the person.
        return try tx.rows("SELECT token_hash FROM sessions WHERE user_id = $1", .text(lease.userID))
            .compactMap { SHA256Digest(base64URL: try $0.text("token_hash")) }
    }

    /// The provider could not be asked, or its answer not be judged: it is asked again later.
    package func postpone(_ lease: SessionLease, by pause: Duration) async throws {
        let next = clock.now + pause
        try await database.transaction { tx in
            try tx.execute(
                """
                UPDATE sessions SET revalidate_at = $3, revalidation_failures = revalidation_failures + 1,
                    lease_owner = NULL, lease_until = NULL
                WHERE id = $1 AND lease_owner = $2
                """, .text(lease.sessionID), .text(lease.owner), SQLValue(next))
        }
    }

    /// The provider no longer vouches for the person: the session is over.
    ///
    /// - Parameter detail: the provider's words, for the administrator.
    package func end(_ lease: SessionLease, reason: SessionEndReason, detail: String) async throws {
        let now = clock.now
        let ended = try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            let rows = try tx.rows(
                "DELETE FROM sessions WHERE id = $1 AND lease_owner = $2 RETURNING *", .text(lease.sessionID),
                .text(lease.owner))
            try ending.finish(rows, at: now, reason: reason, detail: detail, in: tx)
            return !rows.isEmpty
        }
        if ended, let hash = lease.tokenHash { cache.remove([hash]) }
    }
}

extension RevalidationRules {
    /// Up to a tenth early, so that the sessions of a shift's beginning do not come back all at once.
    func nextTime(after now: UnixTime, random: RandomSource) -> UnixTime {
        let span = interval.wholeMilliseconds
        let draw = random.bytes(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return now + .milliseconds(span - draw % max(span / 10, 1))
    }
}
