/// One step of the schema. Once released a step never changes; a later step mends.
package struct Migration: Sendable {
    package let version: Int64
    package let name: StaticString
    package let statements: [StaticString]

    package init(version: Int64, name: StaticString, statements: [StaticString]) {
        self.version = version
        self.name = name
        self.statements = statements
    }
}

extension Database {
    /// Brings the schema to the newest of the steps. All missing steps go in one transaction, so that two processes that
    /// start together do it once, and one that is killed half-way leaves the old schema.
    ///
    /// - Throws: `SQLError`, with `.newerSchema` when the store has a step that this program does not know.
    package func migrate(_ migrations: [Migration]) async throws {
        try await transaction { tx in
            try tx.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    version BIGINT PRIMARY KEY, name TEXT NOT NULL
                )
                """)
            let done = try tx.rows("SELECT MAX(version) AS newest FROM schema_migrations")
            let newest = try done.first.map { try $0["newest"] == .null ? 0 : $0.integer("newest") } ?? 0
            if let known = migrations.map(\.version).max(), newest > known {
                throw SQLError(
                    .newerSchema,
                    "the store has schema \(newest), this program knows \(known); start the newer program or restore a backup"
                )
            }
            for migration in migrations.sorted(by: { $0.version < $1.version }) where migration.version > newest {
                for statement in migration.statements { try tx.execute(statement) }
                try tx.execute(
                    "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)",
                    .integer(migration.version), .text("\(migration.name)"))
            }
        }
    }
}
