import Cryptography
import Identity
import SQL
import StrictJSON

/// How somebody arrived: what is kept with the session for the person and for the administrator.
package struct Arrival: Sendable, RedactedWhenPrinted {
    /// The client's address.
    package let address: String?
    package let userAgent: String?
    /// The session token that the browser already had for this realm; that session ends.
    package let previousToken: String?

    package init(address: String?, userAgent: String?, previousToken: String?) {
        self.address = address
        // Enough to tell one browser from another on the page of sessions; a header may be 16 KB.
        self.userAgent = userAgent.map { $0.clipped(300) }
        self.previousToken = previousToken
    }
}

/// Whether a verified person gets a session.
package enum AdmissionOutcome: Sendable {
    /// The token goes into the browser's cookie and nowhere else; only its digest is kept.
    case admitted(token: Secret, sessionID: String)
    /// No rule of the realm gives this person a role. The reference is in log and audit.
    case refused(reference: String)
}

/// Turns a person whom a provider vouched for into a user with a session, or refuses.
package struct Admission: Sendable {
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

    /// User, session and audit events are written in one transaction, so a session that nobody audited cannot exist.
    ///
    /// - Throws: `SQLError`; then nothing has happened.
    package func admit(
        _ identity: VerifiedIdentity, tokens: ProviderTokens, realm: RealmRules, arrival: Arrival
    ) async throws -> AdmissionOutcome {
        let now = clock.now
        guard !realm.roles.roles(for: identity.groups).isEmpty else {
            let reference = random.readable(8)
            try await audit.record(
                AuditEvent(
                    .signInRefused, at: now, reference: reference, reason: Decision.DenyReason.noRole.rawValue,
                    detail:
                        "no role rule of the realm matches the \(identity.groups.count) groups of \(identity.email ?? identity.subject)",
                    realm: realm.name, provider: identity.provider, address: arrival.address))
            return .refused(reference: reference)
        }

        // A new token for each login: a token that somebody planted beforehand is worth nothing (session fixation).
        let token = random.token()
        let sessionID = "ses_" + Base64URL.encode(random.bytes(12))
        let newUserID = "usr_" + Base64URL.encode(random.bytes(12))
        let endsAt = now + realm.session.absolute
        let sealed = vault.seal(tokens, of: sessionID)
        let groups = JSON(identity.groups.map(\.text)).text
        let previousHash = arrival.previousToken.map { SHA256Digest(of: $0) }
        try await database.transaction { tx in
            let userID = try Self.saveUser(identity, newID: newUserID, now: now, in: tx)
            if let previousHash {
                let ended = try tx.rows(
                    "DELETE FROM sessions WHERE token_hash = $1 AND realm = $2 RETURNING id, user_id, realm, provider",
                    .text(previousHash.base64URL), SQLValue(realm.name))
                try audit.appendEnds(
                    of: ended, at: now, reason: { _ in "replaced_by_new_login" }, address: arrival.address, in: tx)
            }
            try tx.execute(
                """
                INSERT INTO sessions
                    (id, token_hash, user_id, realm, provider, groups, provider_session, created_at,
                     authenticated_at, last_seen_at, ends_at, address, user_agent, refresh_token, id_token)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $10, $11, $12, $13, $14)
                """,
                .text(sessionID), .text(SHA256Digest(of: token).base64URL), .text(userID), SQLValue(realm.name),
                SQLValue(identity.provider), .text(groups), SQLValue(identity.providerSession), SQLValue(now),
                SQLValue(identity.authenticatedAt), SQLValue(endsAt), SQLValue(arrival.address),
                SQLValue(arrival.userAgent), sealed.refreshToken, sealed.idToken)
            for kind in [AuditEvent.Kind.signedIn, .sessionCreated] {
                try audit.append(
                    AuditEvent(
                        kind, at: now, realm: realm.name, provider: identity.provider, user: userID,
                        session: sessionID, address: arrival.address), in: tx)
            }
        }
        if let previousHash { cache.remove(previousHash) }
        return .admitted(token: Secret(token), sessionID: sessionID)
    }

    /// The key of a user is issuer and subject; e-mail and name are what the provider says today.
    private static func saveUser(
        _ identity: VerifiedIdentity, newID: String, now: UnixTime, in tx: any SQLTransaction
    ) throws -> String {
        let rows = try tx.rows(
            """
            INSERT INTO users
                (id, issuer, subject, email, email_folded, name, preferred_username, created_at, last_sign_in_at)
            VALUES ($1, $2, $3, $4, $8, $5, $6, $7, $7)
            ON CONFLICT (issuer, subject) DO UPDATE SET
                email = excluded.email, email_folded = excluded.email_folded, name = excluded.name,
                preferred_username = excluded.preferred_username,
                last_sign_in_at = excluded.last_sign_in_at
            RETURNING id
            """,
            .text(newID), .text(identity.issuer), .text(identity.subject), SQLValue(identity.email),
            SQLValue(identity.name), SQLValue(identity.preferredUsername), SQLValue(now),
            SQLValue(identity.email?.lowercased()))
        guard let row = rows.first else { throw SQLError(.misuse, "the upsert of a user gave no row") }
        return try row.text("id")
    }
}
