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

    /// Notes the token.
    ///
    /// - Parameter until: when the token is past its end, and its id need not be kept.
    /// - Returns: false when it was used before.
    package func use(_ tokenID: String, issuer: String, until: UnixTime) async throws -> Bool {
        try await database.transaction { tx in
            try tx.execute(
                """
                INSERT INTO used_tokens (issuer, token_id, expires_at) VALUES ($1, $2, $3)
                ON CONFLICT (issuer, token_id) DO NOTHING
                """, .text(issuer), .text(tokenID), SQLValue(until)) == 1
        }
    }

    package func removeExpired() async throws {
        let now = clock.now
        try await database.transaction { tx in
            try tx.execute("DELETE FROM used_tokens WHERE expires_at <= $1", SQLValue(now))
        }
    }
}
