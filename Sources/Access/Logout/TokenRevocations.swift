import Cryptography
import Identity
import SQL

/// A refresh token of a session that is over, to be revoked at its provider.
package struct TokenToRevoke: Sendable, RedactedWhenPrinted {
    /// Of the session, or of a sign-in that came to nothing.
    package let id: String
    package let provider: ProviderName
    /// Who gave the token, and alone may see it again: the provider's name may mean another one by now.
    package let issuer: String
    package let refreshToken: Secret
    package let attempts: Int
    fileprivate let sealed: String
}

/// Refresh tokens that outlived their sessions. They are noted in the transaction that ends the session, so that neither a
/// provider that is down nor a crash leaves one behind, and nobody waits for the provider when signing out.
///
/// Two processes may revoke the same token; the second time nothing happens (RFC 7009 §2.2).
package struct TokenRevocations: Sendable {
    /// A provider that was not to be reached for this long has ended the grant by itself, or never will.
    static let lifetime = Duration.seconds(7 * 24 * 3600)
    static let longestPause = Duration.seconds(3600)

    private let database: any Database
    private let vault: ProviderTokenVault
    private let clock: WallClock

    package init(database: any Database, vault: ProviderTokenVault, clock: WallClock) {
        self.database = database
        self.vault = vault
        self.clock = clock
    }

    /// - Parameter id: of the session, under which the token is sealed.
    static func add(
        sealedToken: String, of id: String, provider: ProviderName, issuer: String, at now: UnixTime,
        in tx: any SQLTransaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO token_revocations (id, provider, issuer, refresh_token, attempts, next_at, expires_at)
            VALUES ($1, $2, $3, $4, 0, $5, $6)
            ON CONFLICT (id) DO UPDATE SET refresh_token = excluded.refresh_token, attempts = 0,
                next_at = excluded.next_at, expires_at = excluded.expires_at
            """, .text(id), SQLValue(provider), .text(issuer), .text(sealedToken), SQLValue(now),
            SQLValue(now + lifetime))
    }

    /// Notes the refresh token of a sign-in that came to nothing here: the provider has issued it all the same.
    package func add(
        _ token: Secret, provider: ProviderName, issuer: String, random: RandomSource
    ) async throws {
        let now = clock.now
        let id = "none_" + Base64URL.encode(random.bytes(12))
        let sealed = vault.seal(ProviderTokens(refreshToken: token, logoutHint: nil), of: id).refreshToken
        guard case .text(let text) = sealed else { return }
        try await database.transaction { tx in
            try Self.add(sealedToken: text, of: id, provider: provider, issuer: issuer, at: now, in: tx)
        }
    }

    /// Takes what is due; each comes again after a pause unless `done` is called.
    ///
    /// - Parameter provider: only of this one; of all when it is nil.
    package func takeDue(limit: Int, provider: ProviderName? = nil) async throws -> [TokenToRevoke] {
        let now = clock.now
        let isSomethingDue = try await database.transaction(.readOnly) { tx in
            try !tx.rows("SELECT id FROM token_revocations WHERE next_at <= $1 LIMIT 1", SQLValue(now)).isEmpty
        }
        guard isSomethingDue else { return [] }
        let rows = try await database.transaction { tx in
            try tx.execute("DELETE FROM token_revocations WHERE expires_at <= $1", SQLValue(now))
            let rows = try tx.rows(
                """
                SELECT * FROM token_revocations WHERE next_at <= $1 AND (provider = $3 OR $3 IS NULL)
                ORDER BY next_at LIMIT $2
                """, SQLValue(now), .integer(Int64(limit)), SQLValue(provider?.text))
            for row in rows {
                let attempts = try row.integer("attempts")
                let pause = min(Duration.seconds(10 << min(attempts, 9)), Self.longestPause)
                try tx.execute(
                    "UPDATE token_revocations SET attempts = attempts + 1, next_at = $2 WHERE id = $1",
                    .text(row.text("id")), SQLValue(now + pause))
            }
            return rows
        }
        return try rows.compactMap { row in
            let (id, sealed) = (try row.text("id"), try row.text("refresh_token"))
            // What no configured key opens waits: the key may come back.
            guard let token = try? vault.openRefreshToken(sealed, of: id) else { return nil }
            return TokenToRevoke(
                id: id, provider: ProviderName(try row.text("provider")), issuer: try row.text("issuer"),
                refreshToken: token, attempts: Int(try row.integer("attempts")), sealed: sealed)
        }
    }

    package func done(_ token: TokenToRevoke) async throws {
        try await database.transaction { tx in
            // A refresh that was under way may have left a newer token in the same place.
            try tx.execute(
                "DELETE FROM token_revocations WHERE id = $1 AND refresh_token = $2", .text(token.id),
                .text(token.sealed))
        }
    }
}
