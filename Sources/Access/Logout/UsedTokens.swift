import Identity
import SQL

/// The ids (`jti`) of one-time tokens that were used: a logout token that comes twice is a replay (OpenID Connect
/// Back-Channel Logout 1.0 §2.6).
package struct UsedTokens: Sendable {
    private let database: any Database
    private let clock: WallClock

    package init(database: any Database, clock: WallClock) {
        self.database = database
        self.clock = clock
    }

    /// Notes the token, in the transaction of what it asks for: what fails may be asked for again.
    ///
    /// - Throws: `TokenReplayed` when it was used before.
    static func use(_ token: OneTimeToken, in tx: any SQLTransaction) throws {
        let noted = try tx.execute(
            """
            INSERT INTO used_tokens (issuer, token_id, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (issuer, token_id) DO NOTHING
            """, .text(token.issuer), .text(token.id), SQLValue(token.until))
        guard noted == 1 else { throw TokenReplayed() }
    }

    package func removeExpired() async throws {
        let now = clock.now
        try await database.transaction { tx in
            try tx.execute("DELETE FROM used_tokens WHERE expires_at <= $1", SQLValue(now))
        }
    }
}

/// A token that may be used once.
package struct OneTimeToken: Sendable {
    package let issuer: String
    package let id: String
    /// When the token is past its end, and its id need not be kept.
    package let until: UnixTime

    package init(issuer: String, id: String, until: UnixTime) {
        self.issuer = issuer
        self.id = id
        self.until = until
    }
}

/// A one-time token came a second time.
package struct TokenReplayed: Error {}
