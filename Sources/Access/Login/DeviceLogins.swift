import Cryptography
import Identity
import SQL

/// A machine without a browser that asks for a session (RFC 8628), as the person who approves sees it.
package struct DeviceLogin: Sendable {
    package let id: String
    package let realm: RealmName
    /// The machine, as it calls itself.
    package let host: String?
    package let address: String?
    package let createdAt: UnixTime
    package let expiresAt: UnixTime
}

/// What a machine gets when it starts (RFC 8628 §3.2).
package struct DeviceTicket: Sendable, RedactedWhenPrinted {
    package let deviceCode: Secret
    /// As people read it: `BCDF-GHJK`.
    package let userCode: String
    package let lifetime: Duration
    package let interval: Duration
}

/// What a machine gets when it asks again (RFC 8628 §3.5).
package enum DevicePoll: Sendable {
    /// The token is given once.
    case approved(token: Secret, session: SessionSummary)
    case authorizationPending
    case slowDown
    case accessDenied
    case expiredToken
    /// No machine was given this code, or its token was collected.
    case invalidGrant
}

/// Device codes: asked for by a machine, approved by a person in a browser, collected by the machine.
package struct DeviceLogins: Sendable {
    package static let lifetime = Duration.seconds(600)
    static let interval = Duration.seconds(5)
    /// What a request too early adds to the interval (RFC 8628 §3.5).
    static let slowDown = Duration.seconds(5)
    /// Consonants only: no words, and no letters that look like digits (RFC 8628 §6.1).
    package static let alphabet = Array("BCDFGHJKLMNPQRSTVWXZ")

    private enum Status: String { case pending, approved, refused }

    private let database: any Database
    private let audit: AuditTrail
    private let keyring: Keyring
    private let random: RandomSource
    private let clock: WallClock

    package init(
        database: any Database, audit: AuditTrail, keyring: Keyring, random: RandomSource, clock: WallClock
    ) {
        self.database = database
        self.audit = audit
        self.keyring = keyring
        self.random = random
        self.clock = clock
    }

    /// The code as it is kept: upper case, without what people put between; nil when it cannot be one.
    package static func normalized(userCode text: String) -> String? {
        guard text.utf8.count <= 32, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let letters = text.uppercased().filter { $0 != "-" && $0 != " " }
        guard letters.count == 8, letters.allSatisfy(alphabet.contains) else { return nil }
        return letters
    }

    /// As people read it: `BCDF-GHJK`.
    package static func shown(userCode: String) -> String { "\(userCode.prefix(4))-\(userCode.suffix(4))" }

    package func begin(realm: RealmName, host: String?, address: String?) async throws -> DeviceTicket {
        let now = clock.now
        let deviceCode = random.token()
        let userCode = makeUserCode()
        let id = "dev_" + Base64URL.encode(random.bytes(12))
        try await database.transaction { tx in
            try tx.execute(
                """
                INSERT INTO device_logins
                    (id, device_hash, user_code, realm, host, address, created_at, expires_at, poll_interval, status)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                .text(id), .text(SHA256Digest(of: deviceCode).base64URL), .text(userCode), SQLValue(realm),
                SQLValue(host), SQLValue(address), SQLValue(now), SQLValue(now + Self.lifetime),
                .integer(Self.interval.wholeMilliseconds), .text(Status.pending.rawValue))
            try audit.append(
                AuditEvent(
                    .deviceRequested, at: now, detail: host.map { "a machine that calls itself \($0)" }, realm: realm,
                    address: address), in: tx)
        }
        return DeviceTicket(
            deviceCode: Secret(deviceCode), userCode: Self.shown(userCode: userCode),
            lifetime: Self.lifetime, interval: Self.interval)
    }

    /// The machine that waits with this code; nil when there is none, or it was answered already.
    ///
    /// - Parameter userCode: normalized.
    package func pending(userCode: String) async throws -> DeviceLogin? {
        try await find { tx in
            try tx.rows("SELECT * FROM device_logins WHERE user_code = $1", .text(userCode)).first
        }
    }

    package func pending(id: String) async throws -> DeviceLogin? {
        try await find { tx in try tx.rows("SELECT * FROM device_logins WHERE id = $1", .text(id)).first }
    }

    private func find(
        _ body: @escaping @Sendable (any SQLTransaction) throws -> SQLRow?
    ) async throws -> DeviceLogin? {
        let now = clock.now
        guard let row = try await database.transaction(.readOnly, body), try row.time("expires_at") > now,
            try row.text("status") == Status.pending.rawValue
        else { return nil }
        return DeviceLogin(
            id: try row.text("id"), realm: RealmName(try row.text("realm")), host: try row.optionalText("host"),
            address: try row.optionalText("address"), createdAt: try row.time("created_at"),
            expiresAt: try row.time("expires_at"))
    }

    /// - Returns: false when nobody waits with this id any more.
    package func refuse(_ login: DeviceLogin, address: String?) async throws -> Bool {
        let now = clock.now
        return try await database.transaction { tx in
            let changed = try tx.execute(
                "UPDATE device_logins SET status = $2 WHERE id = $1 AND status = $3", .text(login.id),
                .text(Status.refused.rawValue), .text(Status.pending.rawValue))
            guard changed == 1 else { return false }
            try audit.append(AuditEvent(.deviceRefused, at: now, realm: login.realm, address: address), in: tx)
            return true
        }
    }

    /// Leaves a session's token for the machine, in the transaction that makes the session.
    ///
    /// - Parameter address: of the browser that approves.
    /// - Throws: `DeviceLoginError` when nobody waits any more.
    func approve(
        _ id: String, sessionID: String, token: String, user: String, address: String?, at now: UnixTime,
        in tx: any SQLTransaction
    ) throws {
        let sealed = keyring.seal(token, for: Self.place(id), random: random)
        let rows = try tx.rows(
            """
            UPDATE device_logins SET status = $2, session_id = $3, token = $4
            WHERE id = $1 AND status = $5 AND expires_at > $6 RETURNING realm, address
            """, .text(id), .text(Status.approved.rawValue), .text(sessionID), .text(sealed),
            .text(Status.pending.rawValue), SQLValue(now))
        guard let row = rows.first else { throw DeviceLoginError() }
        try audit.append(
            AuditEvent(
                .deviceApproved, at: now,
                detail: "for a machine at \(try row.optionalText("address") ?? "an unknown address")",
                realm: RealmName(try row.text("realm")), user: user, session: sessionID, address: address), in: tx)
    }

    /// Whether a machine was given this code; a look that writes nothing.
    package func knows(deviceCode: String) async throws -> Bool {
        let hash = SHA256Digest(of: deviceCode).base64URL
        return try await database.transaction(.readOnly) { tx in
            try !tx.rows("SELECT id FROM device_logins WHERE device_hash = $1", .text(hash)).isEmpty
        }
    }

    /// The machine asks how far the person is.
    ///
    /// - Throws: `SQLError`; then nothing has happened, and the machine may ask again.
    package func poll(deviceCode: String) async throws -> DevicePoll {
        let now = clock.now
        let hash = SHA256Digest(of: deviceCode).base64URL
        return try await database.transaction { [keyring] tx in
            guard let row = try tx.rows("SELECT * FROM device_logins WHERE device_hash = $1", .text(hash)).first else {
                return .invalidGrant
            }
            guard try row.time("expires_at") > now else { return .expiredToken }
            let id = try row.text("id")
            let interval = Duration.milliseconds(try row.integer("poll_interval"))
            // A machine's clock and ours need not agree to the millisecond.
            if let last = try row.optionalTime("polled_at"), now - last < interval - .milliseconds(500) {
                try tx.execute(
                    "UPDATE device_logins SET polled_at = $2, poll_interval = $3 WHERE id = $1", .text(id),
                    SQLValue(now), .integer((interval + Self.slowDown).wholeMilliseconds))
                return .slowDown
            }
            switch Status(rawValue: try row.text("status")) {
            case .pending:
                try tx.execute("UPDATE device_logins SET polled_at = $2 WHERE id = $1", .text(id), SQLValue(now))
                return .authorizationPending
            case .refused:
                return .accessDenied
            case .approved:
                // Everything is read before the row goes: the token is given once.
                guard let sealed = try row.optionalText("token"),
                    let token = try? keyring.open(sealed, for: Self.place(id)),
                    let session = try tx.rows(
                        """
                        SELECT s.*, u.issuer, u.email, u.name, u.preferred_username
                        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1
                        """, SQLValue(try row.optionalText("session_id"))
                    ).first
                else { return .expiredToken }
                try tx.execute("DELETE FROM device_logins WHERE id = $1", .text(id))
                return .approved(token: Secret(token), session: try SessionSummary(session))
            case nil: return .invalidGrant
            }
        }
    }

    /// Removes codes that are past their end a while ago, and ends sessions that were approved and never collected.
    package func removeExpired() async throws {
        let now = clock.now
        try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            // Kept a little longer, so that the machine hears `expired_token` and not that nobody knows its code.
            let rows = try tx.rows(
                "DELETE FROM device_logins WHERE expires_at <= $1 RETURNING session_id", SQLValue(now - .seconds(60)))
            for row in rows {
                guard let sessionID = try row.optionalText("session_id") else { continue }
                let ended = try tx.rows("DELETE FROM sessions WHERE id = $1 RETURNING *", .text(sessionID))
                try ending.finish(ended, at: now, reason: .deviceCodeExpired, in: tx)
            }
        }
    }

    /// 20 letters to the power of 8: 34 bits. Bytes that would favour some letters are drawn again.
    private func makeUserCode() -> String {
        var code = ""
        let fair = 256 - 256 % Self.alphabet.count
        while code.count < 8 {
            for byte in random.bytes(16) where Int(byte) < fair && code.count < 8 {
                code.append(Self.alphabet[Int(byte) % Self.alphabet.count])
            }
        }
        return code
    }

    private static func place(_ id: String) -> String { "device_logins/\(id)/token" }
}

/// The device code was answered already or is over.
package struct DeviceLoginError: Error {}
