import Cryptography
import Identity
import SQL

/// The keys with which the gateway proves to a provider that tokens are its own (DPoP, RFC 9449), one for each provider,
/// kept in the store, sealed, shared by all replicas: refresh tokens are bound to them.
package struct ProofKeys: Sendable {
    private let database: any Database
    private let keyring: Keyring
    private let random: RandomSource

    package init(database: any Database, keyring: Keyring, random: RandomSource) {
        self.database = database
        self.keyring = keyring
        self.random = random
    }

    /// The key of a provider; made when there is none.
    ///
    /// - Throws: `CryptographyError` when no configured master key opens it, `SQLError`.
    package func key(of provider: ProviderName) async throws -> PrivateKey {
        let place = Self.place(provider)
        let existing = try await database.transaction(.readOnly) { tx in
            try tx.rows("SELECT private_key FROM proof_keys WHERE provider = $1", SQLValue(provider))
                .first?.text("private_key")
        }
        if let existing { return try PrivateKey(pem: keyring.open(existing, for: place)) }
        let fresh = try PrivateKey.generateP256().pem
        let sealed = keyring.seal(fresh.reveal(), for: place, random: random)
        let kept = try await database.transaction { tx in
            try tx.execute(
                "INSERT INTO proof_keys (provider, private_key) VALUES ($1, $2) ON CONFLICT (provider) DO NOTHING",
                SQLValue(provider), .text(sealed))
            return try tx.rows("SELECT private_key FROM proof_keys WHERE provider = $1", SQLValue(provider))
                .first?.text("private_key")
        }
        guard let kept else { throw SQLError(.misuse, "the proof key of \(provider) was not kept") }
        return try PrivateKey(pem: keyring.open(kept, for: place))
    }

    /// Seals again what is under an older master key.
    ///
    /// - Returns: how many keys no configured master key opens.
    package func resealOutdated() async throws -> Int {
        try await database.transaction { [keyring, random] tx in
            var unreadable = 0
            for row in try tx.rows("SELECT provider, private_key FROM proof_keys") {
                let (provider, sealed) = (ProviderName(try row.text("provider")), try row.text("private_key"))
                do {
                    guard let anew = try keyring.resealed(sealed, for: Self.place(provider), random: random) else {
                        continue
                    }
                    try tx.execute(
                        "UPDATE proof_keys SET private_key = $2 WHERE provider = $1", SQLValue(provider), .text(anew))
                } catch is CryptographyError {
                    unreadable += 1
                }
            }
            return unreadable
        }
    }

    private static func place(_ provider: ProviderName) -> String { "proof_keys/\(provider.text)/private_key" }
}
