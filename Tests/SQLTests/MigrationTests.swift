import TestSupport
import Testing

@testable import SQL

@Suite("Database contract: migrations")
struct MigrationTests {
    static let first = Migration(
        version: 1, name: "first", statements: ["CREATE TABLE one (id TEXT)", "INSERT INTO one (id) VALUES ('a')"])
    static let second = Migration(
        version: 2, name: "second", statements: ["CREATE TABLE two (id TEXT)", "INSERT INTO one (id) VALUES ('b')"])

    private func ones(_ database: any Database) async throws -> [String] {
        try await database.transaction(.readOnly) {
            try $0.rows("SELECT id FROM one ORDER BY id").map { try $0.text("id") }
        }
    }

    @Test("each step is done once", arguments: DatabaseFactory.all)
    func idempotence(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.migrate([Self.first])
            try await database.migrate([Self.first])
            #expect(try await ones(database) == ["a"])
            try await database.migrate([Self.first, Self.second])
            try await database.migrate([Self.first, Self.second])
            #expect(try await ones(database) == ["a", "b"])
        }
    }

    @Test("steps are done in the order of their versions", arguments: DatabaseFactory.all)
    func order(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.migrate([Self.second, Self.first])
            #expect(try await ones(database) == ["a", "b"])
            let rows = try await database.transaction(.readOnly) {
                try $0.rows("SELECT version, name FROM schema_migrations ORDER BY version").map {
                    "\(try $0.integer("version")) \(try $0.text("name"))"
                }
            }
            #expect(rows == ["1 first", "2 second"])
        }
    }

    @Test("processes that start together do it once", arguments: DatabaseFactory.all)
    func concurrently(factory: DatabaseFactory) async throws {
        try await factory.runTwice { first, second in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<10 {
                    group.addTask { [database = number % 2 == 0 ? first : second] in
                        try await database.migrate([Self.first, Self.second])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await ones(first) == ["a", "b"])
        }
    }

    @Test("a step that fails leaves the old schema, all of it", arguments: DatabaseFactory.all)
    func failure(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.migrate([Self.first])
            let broken = Migration(
                version: 3, name: "broken",
                statements: ["CREATE TABLE three (id TEXT)", "INSERT INTO nothing (id) VALUES (1)"])
            await #expect(throws: SQLError.self) { try await database.migrate([Self.first, Self.second, broken]) }
            #expect(try await ones(database) == ["a"])
            #expect(try await database.reason(.readOnly) { _ = try $0.rows("SELECT * FROM two") } == .misuse)
            try await database.migrate([Self.first, Self.second])
            #expect(try await ones(database) == ["a", "b"])
        }
    }

    @Test("a store of a newer program is refused, and left alone", arguments: DatabaseFactory.all)
    func newerSchema(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.migrate([Self.first, Self.second])
            let error = await #expect(throws: SQLError.self) { try await database.migrate([Self.first]) }
            #expect(error?.reason == .newerSchema)
            #expect(error?.detail.contains("schema 2") == true && error?.detail.contains("knows 1") == true)
            try await database.migrate([Self.first, Self.second])
        }
    }
}
