import Cryptography
import Identity
import SQL

/// What the provider gave besides the identity, to be sealed at rest.
package struct ProviderTokens: Sendable {
    package let refreshToken: Secret?
    /// By what the provider will know the person again when they sign out: the ID token, or SAML's subject.
    package let logoutHint: Secret?

    package init(refreshToken: Secret?, logoutHint: Secret?) {
        self.refreshToken = refreshToken
        self.logoutHint = logoutHint
    }
}

/// Seals the provider's tokens of a session, each for its own place, and moves them to a new master key.
package struct ProviderTokenVault: Sendable {
    private let database: any Database
    private let keyring: Keyring
    private let random: RandomSource

    package init(database: any Database, keyring: Keyring, random: RandomSource) {
        self.database = database
        self.keyring = keyring
        self.random = random
    }

    /// Whether a master key is configured that only opens: a rotation is under way.
    package var hasOlderKeys: Bool { keyring.hasOlderKeys }

    /// The sealed columns `refresh_token` and `id_token` of a session (the latter kept its name when SAML came); NULL for
    /// what the provider did not give.
    func seal(_ tokens: ProviderTokens, of sessionID: String) -> (refreshToken: SQLValue, logoutHint: SQLValue) {
        func sealed(_ secret: Secret?, _ column: String) -> SQLValue {
            SQLValue(secret.map { keyring.seal($0.reveal(), for: Self.place(sessionID, column), random: random) })
        }
        return (sealed(tokens.refreshToken, "refresh_token"), sealed(tokens.logoutHint, "id_token"))
    }

    /// - Throws: `CryptographyError` when no configured key opens it.
    func openRefreshToken(_ sealed: String, of sessionID: String) throws(CryptographyError) -> Secret {
        Secret(try keyring.open(sealed, for: Self.place(sessionID, "refresh_token")))
    }

    /// - Throws: `CryptographyError` when no configured key opens it.
    func openLogoutHint(_ sealed: String, of sessionID: String) throws(CryptographyError) -> Secret {
        Secret(try keyring.open(sealed, for: Self.place(sessionID, "id_token")))
    }

    /// Seals everything again that is under an older master key, so that the old key can be dropped. What no configured
    /// key opens is left as it is: the key may come back.
    ///
    /// - Returns: how many sessions were sealed again, and how many hold something unreadable.
    /// - Throws: `SQLError`.
    package func resealOutdated() async throws -> (resealed: Int, unreadable: Int) {
        var (resealed, unreadable) = (0, 0)
        var last: String? = ""
        // In batches, so that sign-ins need not wait for all of them.
        while let after = last {
            let batch = try await resealSessions(after: after)
            resealed += batch.resealed
            unreadable += batch.unreadable
            last = batch.last
        }
        let waiting = try await resealRevocations()
        return (resealed + waiting.resealed, unreadable + waiting.unreadable)
    }

    private func resealSessions(
        after: String
    ) async throws -> (resealed: Int, unreadable: Int, last: String?) {
        let current = keyring.currentPrefix
        return try await database.transaction { [keyring, random] tx in
            var (resealed, unreadable) = (0, 0)
            let rows = try tx.rows(
                """
                SELECT id, refresh_token, id_token FROM sessions
                WHERE id > $2 AND ((refresh_token IS NOT NULL AND substr(refresh_token, 1, length($1)) <> $1)
                    OR (id_token IS NOT NULL AND substr(id_token, 1, length($1)) <> $1))
                ORDER BY id LIMIT 500
                """, .text(current), .text(after))
            for row in rows {
                let id = try row.text("id")
                func sealedAgain(_ column: String) throws -> SQLValue {
                    guard let sealed = try row.optionalText(column) else { return .null }
                    let place = Self.place(id, column)
                    return .text(keyring.seal(try keyring.open(sealed, for: place), for: place, random: random))
                }
                do {
                    let (refreshToken, idToken) = (try sealedAgain("refresh_token"), try sealedAgain("id_token"))
                    try tx.execute(
                        "UPDATE sessions SET refresh_token = $2, id_token = $3 WHERE id = $1", .text(id), refreshToken,
                        idToken)
                    resealed += 1
                } catch is CryptographyError {
                    unreadable += 1
                }
            }
            return (resealed, unreadable, try rows.last?.text("id"))
        }
    }

    /// Tokens wait for up to a week at a provider that does not answer.
    private func resealRevocations() async throws -> (resealed: Int, unreadable: Int) {
        try await database.transaction { [keyring, random] tx in
            var (resealed, unreadable) = (0, 0)
            for row in try tx.rows("SELECT id, refresh_token FROM token_revocations") {
                let (id, sealed) = (try row.text("id"), try row.text("refresh_token"))
                do {
                    guard let anew = try keyring.resealed(sealed, for: Self.place(id, "refresh_token"), random: random)
                    else { continue }
                    try tx.execute(
                        "UPDATE token_revocations SET refresh_token = $2 WHERE id = $1", .text(id), .text(anew))
                    resealed += 1
                } catch is CryptographyError {
                    unreadable += 1
                }
            }
            return (resealed, unreadable)
        }
    }

    private static func place(_ sessionID: String, _ column: String) -> String { "sessions/\(sessionID)/\(column)" }
}
