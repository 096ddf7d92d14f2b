import Cryptography
import Identity
import SQL
import StrictJSON

/// How somebody arrived: what is kept with the session for the person and for the administrator.
package struct Arrival: Sendable, RedactedWhenPrinted {
    /// The address of the client that gets the session.
    package let address: String?
    /// The address of the browser in which the person signed in.
    package let signInAddress: String?
    package let userAgent: String?
    /// The session token that the browser already had for this realm; that session ends.
    package let previousToken: String?
    package let kind: SessionKind
    /// The machine of a command line, as it calls itself.
    package let host: String?
    package let delivery: TokenDelivery

    package init(
        address: String?, signInAddress: String? = nil, userAgent: String?, previousToken: String?,
        kind: SessionKind = .browser, host: String? = nil,
        delivery: TokenDelivery = .inPlace
    ) {
        self.signInAddress = signInAddress ?? address
        self.kind = kind
        self.host = host
        self.delivery = delivery
        self.address = address
        // Enough to tell one browser from another on the page of sessions; a header may be 16 KB.
        self.userAgent = userAgent.map { $0.clipped(300) }
        self.previousToken = previousToken
    }
}

/// Whether a verified person gets a session.
package enum AdmissionOutcome: Sendable {
    /// The token goes to the browser or command line and nowhere else; only its digest is kept.
    case admitted(AdmittedSession)
    /// No rule of the realm gives this person a role. The reference is in log and audit.
    case refused(reference: String)
}

package struct AdmittedSession: Sendable, RedactedWhenPrinted {
    package let id: String
    package let token: Secret
    package let userID: String
    package let roles: [RoleName]
    package let endsAt: UnixTime
}

/// Turns a person whom a provider vouched for into a user with a session, or refuses.
package struct Admission: Sendable {
    private let database: any Database
    private let audit: AuditTrail
    private let vault: ProviderTokenVault
    private let devices: DeviceLogins
    private let handovers: LoginHandovers
    private let cache: SessionCache
    private let random: RandomSource
    private let clock: WallClock

    package init(
        database: any Database, audit: AuditTrail, vault: ProviderTokenVault, devices: DeviceLogins,
        handovers: LoginHandovers, cache: SessionCache, random: RandomSource, clock: WallClock
    ) {
        self.devices = devices
        self.handovers = handovers
        self.database = database
        self.audit = audit
        self.vault = vault
        self.cache = cache
        self.random = random
        self.clock = clock
    }

    /// User, session and audit events are written in one transaction, so a session that nobody audited cannot exist.
    ///
    /// - Parameters:
    ///   - askedAt: before the provider was asked about the person; now when it is nil.
    ///   - assertion: by which the provider vouches, when that may be used once; it is used up in the same transaction.
    /// - Throws: `SQLError`, `TokenReplayed`, `DeviceLoginError` when the device code is gone, `LoginHandoverError` when the
    ///   command line is; then nothing has happened.
    package func admit(
        _ identity: VerifiedIdentity, tokens: ProviderTokens, realm: RealmRules, arrival: Arrival,
        askedAt: UnixTime? = nil, using assertion: OneTimeToken? = nil
    ) async throws -> AdmissionOutcome {
        let now = clock.now
        let askedAt = askedAt ?? now
        let roles = realm.roles.roles(for: identity.groups)
        guard !roles.isEmpty else {
            return .refused(
                reference: try await refuse(identity, realm: realm, arrival: arrival, using: assertion, at: now))
        }

        // A new token for each login: a token that somebody planted beforehand is worth nothing (session fixation).
        let token = random.token()
        let sessionID = "ses_" + Base64URL.encode(random.bytes(12))
        let newUserID = "usr_" + Base64URL.encode(random.bytes(12))
        let longest = now + realm.lifetime(of: arrival.kind).absolute
        let endsAt = min(longest, identity.sessionEndsBy ?? longest)
        let sealed = vault.seal(tokens, of: sessionID)
        let revalidateAt = tokens.refreshToken == nil ? nil : realm.revalidation?.nextTime(after: now, random: random)
        let groups = JSON(identity.groups.map(\.text)).text
        let previousHash = arrival.previousToken.map { SHA256Digest(of: $0) }
        let (userID, changed, replaced) = try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            if let assertion { try UsedTokens.use(assertion, in: tx) }
            let userID = try Self.saveUser(identity, groups: groups, newID: newUserID, now: now, in: tx)
            var replaced: [SQLRow] = []
            if let previousHash {
                replaced = try tx.rows(
                    "DELETE FROM sessions WHERE token_hash = $1 AND realm = $2 RETURNING *",
                    .text(previousHash.base64URL), SQLValue(realm.name))
                try ending.finish(replaced, at: now, reason: .replacedByNewLogin, address: arrival.address, in: tx)
            }
            let changed = try PersonalSessions.takeOver(
                groups: groups, user: userID, provider: identity.provider, askedAt: askedAt, session: sessionID,
                in: tx)
            try tx.execute(
                """
                INSERT INTO sessions
                    (id, token_hash, user_id, realm, provider, groups, provider_session, created_at,
                     authenticated_at, last_seen_at, ends_at, address, user_agent, refresh_token, id_token,
                     kind, host, authentication_context, validated_at, revalidate_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $10, $11, $12, $13, $14, $15, $16, $17, $8, $18)
                """,
                .text(sessionID), .text(SHA256Digest(of: token).base64URL), .text(userID), SQLValue(realm.name),
                SQLValue(identity.provider), .text(groups), SQLValue(identity.providerSession), SQLValue(now),
                SQLValue(identity.authenticatedAt), SQLValue(endsAt), SQLValue(arrival.address),
                SQLValue(arrival.userAgent), sealed.refreshToken, sealed.logoutHint, .text(arrival.kind.rawValue),
                SQLValue(arrival.host), SQLValue(identity.authenticationContext), SQLValue(revalidateAt))
            for (kind, address) in [
                (AuditEvent.Kind.signedIn, arrival.signInAddress), (.sessionCreated, arrival.address),
            ] {
                try audit.append(
                    AuditEvent(
                        kind, at: now, realm: realm.name, provider: identity.provider, user: userID,
                        session: sessionID, address: address), in: tx)
            }
            switch arrival.delivery {
            case .inPlace: break
            case .device(let id):
                try devices.approve(
                    id, sessionID: sessionID, token: token, user: userID, address: arrival.signInAddress,
                    at: now, in: tx)
            case .commandLine(let loginID, let code):
                try handovers.leave(
                    loginID: loginID, code: code, sessionID: sessionID, token: token, at: now, in: tx)
            }
            return (userID, changed, replaced.isEmpty ? [] : [previousHash].compactMap(\.self))
        }
        cache.remove(replaced)
        cache.distrust(changed)
        return .admitted(
            AdmittedSession(id: sessionID, token: Secret(token), userID: userID, roles: roles, endsAt: endsAt))
    }

    /// - Returns: the reference.
    private func refuse(
        _ identity: VerifiedIdentity, realm: RealmRules, arrival: Arrival, using assertion: OneTimeToken?,
        at now: UnixTime
    ) async throws -> String {
        let reference = random.readable(8)
        let event = AuditEvent(
            .signInRefused, at: now, reference: reference, reason: Decision.DenyReason.noRole.rawValue,
            detail:
                "no role rule of the realm matches the \(identity.groups.count) groups of \(identity.email ?? identity.subject)",
            realm: realm.name, provider: identity.provider, address: arrival.signInAddress)
        try await database.transaction { tx in
            if let assertion { try UsedTokens.use(assertion, in: tx) }
            try audit.append(event, in: tx)
        }
        return reference
    }

    /// The key of a user is issuer and subject; e-mail and name are what the provider says today.
    private static func saveUser(
        _ identity: VerifiedIdentity, groups: String, newID: String, now: UnixTime, in tx: any SQLTransaction
    ) throws -> String {
        let rows = try tx.rows(
            """
            INSERT INTO users
                (id, issuer, subject, email, email_folded, name, preferred_username, created_at, last_sign_in_at, groups)
            VALUES ($1, $2, $3, $4, $8, $5, $6, $7, $7, $9)
            ON CONFLICT (issuer, subject) DO UPDATE SET
                email = excluded.email, email_folded = excluded.email_folded, name = excluded.name,
                preferred_username = excluded.preferred_username,
                last_sign_in_at = excluded.last_sign_in_at, groups = excluded.groups
            RETURNING id
            """,
            .text(newID), .text(identity.issuer), .text(identity.subject), SQLValue(identity.email),
            SQLValue(identity.name), SQLValue(identity.preferredUsername), SQLValue(now),
            SQLValue(identity.email?.emailFolded), .text(groups))
        guard let row = rows.first else { throw SQLError(.misuse, "the upsert of a user gave no row") }
        return try row.text("id")
    }
}
