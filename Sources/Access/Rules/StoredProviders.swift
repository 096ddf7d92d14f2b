import Cryptography
import Identity
import SQL
import StrictJSON

/// A provider that an administrator added while the gateway ran.
package struct StoredProvider: Sendable, RedactedWhenPrinted {
    package let name: ProviderName
    /// What was asked for, as JSON, without the secret. `Settings` reads it as strictly as the file.
    package let settings: JSONObject
    /// Of an OpenID provider.
    package let clientSecret: Secret?
    package let createdAt: UnixTime
    package let createdBy: String

    package init(
        name: ProviderName, settings: JSONObject, clientSecret: Secret?, createdAt: UnixTime, createdBy: String
    ) {
        self.name = name
        self.settings = settings
        self.clientSecret = clientSecret
        self.createdAt = createdAt
        self.createdBy = createdBy
    }
}

/// The providers of the store. Those of the configuration file are not here, and win where names clash.
package struct StoredProviders: Sendable {
    private let database: any Database
    private let audit: AuditTrail
    private let keyring: Keyring
    private let random: RandomSource

    package init(database: any Database, audit: AuditTrail, keyring: Keyring, random: RandomSource) {
        self.database = database
        self.audit = audit
        self.keyring = keyring
        self.random = random
    }

    /// All of them, and the names of those whose secret no configured master key opens.
    package func all() async throws -> (providers: [StoredProvider], unreadable: [ProviderName]) {
        let rows = try await database.transaction(.readOnly) { tx in
            try tx.rows("SELECT * FROM providers ORDER BY name")
        }
        var (providers, unreadable): ([StoredProvider], [ProviderName]) = ([], [])
        for row in rows {
            let name = ProviderName(try row.text("name"))
            guard let secret = try? keyring.open(row.text("client_secret"), for: Self.place(name)),
                let settings = try? JSON.parse(Array(row.text("settings").utf8)).object
            else {
                unreadable.append(name)
                continue
            }
            providers.append(
                StoredProvider(
                    name: name, settings: settings, clientSecret: secret.isEmpty ? nil : Secret(secret),
                    createdAt: try row.time("created_at"), createdBy: try row.text("created_by")))
        }
        return (providers, unreadable)
    }

    /// Differs when the providers do.
    package func fingerprint() async throws -> [String] {
        try await database.transaction(.readOnly) { tx in
            try tx.rows("SELECT name, created_at FROM providers ORDER BY name").map {
                try "\($0.text("name")) \($0.integer("created_at"))"
            }
        }
    }

    /// - Returns: false when there is one of that name.
    package func add(_ provider: StoredProvider, address: String?) async throws -> Bool {
        // The column takes no NULL: what is empty is no secret.
        let sealed = keyring.seal(provider.clientSecret?.reveal() ?? "", for: Self.place(provider.name), random: random)
        let isNew = try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            let added = try tx.execute(
                """
                INSERT INTO providers (name, settings, client_secret, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (name) DO NOTHING
                """, SQLValue(provider.name), .text(JSON.object(provider.settings).text), .text(sealed),
                SQLValue(provider.createdAt), .text(provider.createdBy))
            guard added == 1 else { return false }
            // Whoever came through an earlier provider of this name must not come back to life with it.
            try Self.endSessions(
                of: provider.name, actor: provider.createdBy, address: address, at: provider.createdAt, by: ending,
                in: tx)
            try audit.append(
                AuditEvent(
                    .providerAdded, at: provider.createdAt, provider: provider.name, address: address,
                    actor: provider.createdBy), in: tx)
            return true
        }
        if isNew { _ = database.changes.announce() }
        return isNew
    }

    /// Removes a provider, the sessions that came through it, and the key that its tokens were bound to.
    ///
    /// - Returns: false when there is none of that name.
    package func remove(
        _ name: ProviderName, actor: String, address: String?, at now: UnixTime
    ) async throws -> Bool {
        let wasThere = try await database.transaction { [ending = SessionEnding(audit: audit)] tx in
            guard try tx.execute("DELETE FROM providers WHERE name = $1", SQLValue(name)) == 1 else { return false }
            try Self.endSessions(of: name, actor: actor, address: address, at: now, by: ending, in: tx)
            try tx.execute("DELETE FROM proof_keys WHERE provider = $1", SQLValue(name))
            try tx.execute("DELETE FROM provider_metadata WHERE provider = $1", SQLValue(name))
            try audit.append(
                AuditEvent(.providerRemoved, at: now, provider: name, address: address, actor: actor), in: tx)
            return true
        }
        if wasThere { _ = database.changes.announce() }
        return wasThere
    }

    private static func endSessions(
        of name: ProviderName, actor: String, address: String?, at now: UnixTime, by ending: SessionEnding,
        in tx: any SQLTransaction
    ) throws {
        let rows = try tx.rows("DELETE FROM sessions WHERE provider = $1 RETURNING *", SQLValue(name))
        try ending.finish(rows, at: now, reason: .providerRemoved, actor: actor, address: address, in: tx)
    }

    /// Seals again what is under an older master key.
    ///
    /// - Returns: how many secrets no configured master key opens.
    package func resealOutdated() async throws -> Int {
        try await database.transaction { [keyring, random] tx in
            var unreadable = 0
            for row in try tx.rows("SELECT name, client_secret FROM providers") {
                let (name, sealed) = (ProviderName(try row.text("name")), try row.text("client_secret"))
                do {
                    guard let anew = try keyring.resealed(sealed, for: Self.place(name), random: random) else {
                        continue
                    }
                    try tx.execute(
                        "UPDATE providers SET client_secret = $2 WHERE name = $1", SQLValue(name), .text(anew))
                } catch is CryptographyError {
                    unreadable += 1
                }
            }
            return unreadable
        }
    }

    private static func place(_ name: ProviderName) -> String { "providers/\(name.text)/client_secret" }
}
