import Identity
import SQL

/// A provider's metadata as it was fetched from its URL last.
package struct StoredProviderMetadata: Sendable {
    package let provider: ProviderName
    package let url: String
    /// The issuer that the document names; later documents from this URL must name the same. It stays when a
    /// provider is only taken out of a configuration file, since another process may still have it there; `gatehouse
    /// providers remove` forgets it. Whoever means another issuer writes it as `issuer`.
    package let issuer: String
    package let document: String
    package let fetchedAt: UnixTime

    package init(provider: ProviderName, url: String, issuer: String, document: String, fetchedAt: UnixTime) {
        self.provider = provider
        self.url = url
        self.issuer = issuer
        self.document = document
        self.fetchedAt = fetchedAt
    }
}

/// The metadata of providers that are described by a URL: so that a start needs nobody to answer, and every process on the
/// store knows the same keys.
package struct ProviderMetadataStore: Sendable {
    private let database: any Database

    package init(database: any Database) { self.database = database }

    /// - Throws: `SQLError`.
    package func all() async throws -> [ProviderName: StoredProviderMetadata] {
        let rows = try await database.transaction(.readOnly) { tx in
            try tx.rows("SELECT * FROM provider_metadata")
        }
        let stored = try rows.map { row in
            StoredProviderMetadata(
                provider: ProviderName(try row.text("provider")), url: try row.text("url"),
                issuer: try row.text("issuer"), document: try row.text("document"),
                fetchedAt: try row.time("fetched_at"))
        }
        return Dictionary(stored.map { ($0.provider, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Differs when a document does.
    ///
    /// - Throws: `SQLError`.
    package func fingerprint() async throws -> [String] {
        try await database.transaction(.readOnly) { tx in
            try tx.rows("SELECT provider, fetched_at FROM provider_metadata ORDER BY provider").map {
                try "\($0.text("provider")) \($0.integer("fetched_at"))"
            }
        }
    }

    /// Keeps the document; the other processes on the store are told.
    ///
    /// - Throws: `SQLError`.
    package func save(_ metadata: StoredProviderMetadata) async throws {
        try await database.transaction { tx in
            try tx.execute(
                """
                INSERT INTO provider_metadata (provider, url, issuer, document, fetched_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (provider) DO UPDATE SET url = excluded.url, issuer = excluded.issuer,
                    document = excluded.document, fetched_at = excluded.fetched_at
                """, SQLValue(metadata.provider), .text(metadata.url), .text(metadata.issuer),
                .text(metadata.document), SQLValue(metadata.fetchedAt))
        }
        _ = database.changes.announce()
    }
}
