import Cryptography
import Identity
import SQL

/// What all sessions of one person have in common.
enum PersonalSessions {
    /// Takes over the groups that a provider has just told, for all sessions of the person that it vouches for: whoever
    /// leaves a group leaves it everywhere.
    ///
    /// - Parameters:
    ///   - groups: as the column has them.
    ///   - askedAt: before the provider was asked. What it told another session later counts more.
    ///   - session: the one that it was asked for.
    /// - Returns: the sessions that are different now.
    static func takeOver(
        groups: String, user: String, provider: ProviderName, askedAt: UnixTime, session: String,
        in tx: any SQLTransaction
    ) throws -> [SHA256Digest] {
        try tx.rows(
            """
            UPDATE sessions SET groups = $3
            WHERE user_id = $1 AND provider = $2 AND groups <> $3 AND (validated_at <= $4 OR id = $5)
            RETURNING token_hash
            """, .text(user), SQLValue(provider), .text(groups), SQLValue(askedAt), .text(session)
        ).compactMap { SHA256Digest(base64URL: try $0.text("token_hash")) }
    }
}
