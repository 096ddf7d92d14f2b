import TestSupport
import Testing

@testable import SQL

/// A kind of store that the contract suite runs on. Each database is a new, empty one.
struct DatabaseFactory: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Opens the store of a folder: a second call gives a second, independent connection to the same store.
    let open: @Sendable (TemporaryFolder) async throws -> any Database

    static let all = [
        DatabaseFactory(testDescription: "SQLite") { try await SQLiteDatabase(path: $0.file("store.db")) }
    ]

    /// Runs the body with an empty store that has a table of things.
    func run(_ body: (any Database) async throws -> Void) async throws {
        try await runTwice { database, _ in try await body(database) }
    }

    /// Runs the body with one store and two sets of connections to it, as two processes would have.
    func runTwice(_ body: (any Database, any Database) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let first = try await open(folder)
        let second = try await open(folder)
        try await first.transaction { tx in
            try tx.execute("CREATE TABLE things (name TEXT PRIMARY KEY, number BIGINT, note TEXT)")
        }
        do {
            try await body(first, second)
        } catch {
            try await first.close()
            try await second.close()
            throw error
        }
        try await first.close()
        try await second.close()
    }
}

extension Database {
    func names() async throws -> [String] {
        try await transaction(.readOnly) { tx in
            try tx.rows("SELECT name FROM things ORDER BY name").map { try $0.text("name") }
        }
    }

    func insert(_ name: String, number: Int64 = 0) async throws {
        try await transaction { tx in
            try tx.execute("INSERT INTO things (name, number) VALUES ($1, $2)", .text(name), .integer(number))
        }
    }

    /// The reason that the transaction fails for; nil when it does not.
    func reason(
        _ access: DatabaseAccess = .readWrite, _ body: @escaping @Sendable (any SQLTransaction) throws -> Void
    ) async throws -> SQLError.Reason? {
        do {
            try await transaction(access, body)
            return nil
        } catch let error as SQLError {
            #expect(!error.detail.isEmpty)
            return error.reason
        }
    }
}
