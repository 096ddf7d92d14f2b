import Cryptography
import Identity
import SQL

/// Sessions for command lines whose provider answers to a browser only: the browser carries a one-time code to the command
/// line's loopback address, and the command line exchanges it.
package struct LoginHandovers: Sendable {
    /// The browser is on its way to its own machine.
    package static let lifetime = Duration.seconds(60)

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

    package func makeCode() -> Secret { Secret(random.token()) }

    /// Leaves a session's token for the command line, in the transaction that makes the session.
    ///
    /// - Throws: `LoginHandoverError` when the command line waits no more, or was given a session already.
    func leave(
        loginID: String, code: Secret, sessionID: String, token: String, at now: UnixTime, in tx: any SQLTransaction
    ) throws {
        let waiting = try tx.rows(
            "SELECT id FROM login_attempts WHERE id = $1 AND expires_at > $2", .text(loginID), SQLValue(now))
        let left = try tx.execute(
            """
            INSERT INTO login_handovers (id, code_hash, session_id, token, expires_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO NOTHING
            """, .text(loginID), .text(SHA256Digest(of: code.reveal()).base64URL), .text(sessionID),
            .text(keyring.seal(token, for: Self.place(loginID), random: random)), SQLValue(now + Self.lifetime))
        guard !waiting.isEmpty, left == 1 else { throw LoginHandoverError() }
    }

    /// Gives the token, once.
    ///
    /// - Parameter loginID: of a command line that has proved to be the one which began.
    /// - Returns: nil when the code is another login's, was used, or is too old.
    /// - Throws: `SQLError`, `CryptographyError`; then nothing has happened.
    package func collect(loginID: String, code: String) async throws -> (token: Secret, session: SessionSummary)? {
        let now = clock.now
        let hash = SHA256Digest(of: code).base64URL
        return try await database.transaction { [keyring] tx in
            guard
                let row = try tx.rows(
                    "DELETE FROM login_handovers WHERE id = $1 AND code_hash = $2 AND expires_at > $3 RETURNING *",
                    .text(loginID), .text(hash), SQLValue(now)
                ).first,
                let session = try tx.rows(
                    """
                    SELECT s.*, u.issuer, u.email, u.name, u.preferred_username
                    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1
                    """, .text(row.text("session_id"))
                ).first
            else { return nil }
            // A key that does not open it undoes the whole: the session is then found by `removeExpired`.
            let token = try keyring.open(row.text("token"), for: Self.place(loginID))
            return (Secret(token), try SessionSummary(session))
        }
    }

    /// Ends sessions whose code nobody brought.
    ///
    /// - Throws: `SQLError`.
    package func removeExpired() async throws {
        let now = clock.now
        try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            for row in try tx.rows(
                "DELETE FROM login_handovers WHERE expires_at <= $1 RETURNING session_id", SQLValue(now))
            {
                let ended = try tx.rows(
                    "DELETE FROM sessions WHERE id = $1 RETURNING *", .text(row.text("session_id")))
                try ending.finish(ended, at: now, reason: .loginCodeExpired, in: tx)
            }
        }
    }

    private static func place(_ loginID: String) -> String { "login_handovers/\(loginID)/token" }
}

/// The command line waits no more, or was given a session already.
package struct LoginHandoverError: Error {}
