import Identity
import TestSupport
import Testing

@testable import SQL

@Suite("Database contract: errors and rows")
struct SQLErrorTests {
    @Test("a broken rule of a table is a constraint error", arguments: DatabaseFactory.all)
    func constraints(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.transaction { tx in
                try tx.execute("CREATE TABLE parents (id TEXT PRIMARY KEY)")
                try tx.execute(
                    """
                    CREATE TABLE children (
                        id TEXT PRIMARY KEY, parent TEXT NOT NULL REFERENCES parents (id), a TEXT, b TEXT, UNIQUE (a, b)
                    )
                    """)
                try tx.execute("INSERT INTO parents (id) VALUES ('p')")
                try tx.execute("INSERT INTO children (id, parent, a, b) VALUES ('c', 'p', 'x', 'y')")
            }
            let broken: [@Sendable (any SQLTransaction) throws -> Void] = [
                { try $0.execute("INSERT INTO parents (id) VALUES ('p')") },
                { try $0.execute("INSERT INTO children (id, parent, a, b) VALUES ('d', 'p', 'x', 'y')") },
                { try $0.execute("INSERT INTO children (id, parent) VALUES ('d', NULL)") },
                { try $0.execute("INSERT INTO children (id, parent) VALUES ('d', 'nobody')") },
                { try $0.execute("DELETE FROM parents") },
            ]
            for statement in broken { #expect(try await database.reason(.readWrite, statement) == .constraint) }
            #expect(
                try await database.reason {
                    try $0.execute("INSERT INTO children (id, parent, a) VALUES ('d', 'p', 'x')")
                } == nil)
        }
    }

    @Test("what is no SQL, and what is not there, is a mistake of the program", arguments: DatabaseFactory.all)
    func misuse(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            for sql: StaticString in ["SELEC 1", "SELECT * FROM nothing", "SELECT nothing FROM things"] {
                let reason = try await database.reason { tx in _ = try tx.rows(sql) }
                #expect(reason == .misuse)
            }
        }
    }

    @Test("a column is read as what it is", arguments: DatabaseFactory.all)
    func columns(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.insert("a", number: 1_795_341_171_000)
            let row = try await database.transaction(.readOnly) {
                try $0.rows("SELECT name, number, note FROM things")[0]
            }
            #expect(try row.text("name") == "a")
            #expect(try row.optionalText("name") == "a")
            #expect(try row.optionalText("note") == nil)
            #expect(try row.integer("number") == 1_795_341_171_000)
            #expect(try row.time("number") == UnixTime(seconds: 1_795_341_171))
            #expect(try row.optionalTime("number") == UnixTime(seconds: 1_795_341_171))
            #expect(try row.optionalTime("note") == nil)
            let mistakes: [() throws -> Void] = [
                { _ = try row["missing"] }, { _ = try row.text("missing") }, { _ = try row.text("number") },
                { _ = try row.text("note") }, { _ = try row.integer("name") }, { _ = try row.integer("note") },
                { _ = try row.time("name") }, { _ = try row.optionalText("number") },
                { _ = try row.optionalTime("name") },
                { _ = try row.optionalText("missing") },
            ]
            for mistake in mistakes {
                let error = #expect(throws: SQLError.self) { try mistake() }
                #expect(error?.reason == .misuse)
            }
        }
    }

    @Test("values are made of what stores keep")
    func values() {
        #expect(SQLValue("a" as String?) == "a" && SQLValue(nil as String?) == .null)
        #expect(SQLValue(UnixTime(milliseconds: 5)) == 5 && SQLValue(nil as UnixTime?) == .null)
        #expect(SQLValue(RealmName("infraon")) == "infraon")
        #expect(SQLValue.text("1") != .integer(1) && SQLValue.text("") != .null)
    }

    @Test("an error says its code")
    func description() {
        #expect(SQLError(.busy, "locked").description == "store_busy: locked")
    }
}
