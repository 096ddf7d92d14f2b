import TestSupport
import Testing

@testable import SQL

@Suite("Database contract: transactions")
struct TransactionTests {
    struct Stop: Error {}

    @Test("commits when the closure returns, and gives its value", arguments: DatabaseFactory.all)
    func commit(factory: DatabaseFactory) async throws {
        try await factory.runTwice { database, other in
            let count = try await database.transaction { tx in
                try tx.execute("INSERT INTO things (name) VALUES ('a')")
                return try tx.rows("SELECT name FROM things").count
            }
            #expect(count == 1)
            #expect(try await database.names() == ["a"])
            #expect(try await other.names() == ["a"])
        }
    }

    @Test("rolls back when the closure throws, and throws the same", arguments: DatabaseFactory.all)
    func rollback(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.insert("before")
            await #expect(throws: Stop.self) {
                try await database.transaction { tx in
                    try tx.execute("INSERT INTO things (name) VALUES ('a')")
                    try tx.execute("DELETE FROM things WHERE name = 'before'")
                    throw Stop()
                }
            }
            #expect(try await database.names() == ["before"])
            // The connection is as good as new.
            try await database.insert("after")
            #expect(try await database.names() == ["after", "before"])
        }
    }

    @Test("rolls back tables too", arguments: DatabaseFactory.all)
    func rollbackOfTables(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            await #expect(throws: Stop.self) {
                try await database.transaction { tx in
                    try tx.execute("CREATE TABLE others (id TEXT)")
                    throw Stop()
                }
            }
            let reason = try await database.reason(.readOnly) { tx in _ = try tx.rows("SELECT * FROM others") }
            #expect(reason == .misuse)
        }
    }

    @Test("a statement that fails takes the whole transaction back", arguments: DatabaseFactory.all)
    func failedStatement(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.insert("a")
            let reason = try await database.reason { tx in
                try tx.execute("INSERT INTO things (name) VALUES ('b')")
                try tx.execute("INSERT INTO things (name) VALUES ('a')")
            }
            #expect(reason == .constraint)
            #expect(try await database.names() == ["a"])
        }
    }

    @Test("a write under way is seen by its own transaction and by nobody else", arguments: DatabaseFactory.all)
    func isolation(factory: DatabaseFactory) async throws {
        try await factory.runTwice { database, other in
            let (written, mayEnd) = (Signal(), Signal())
            async let own = database.transaction { tx in
                try tx.execute("INSERT INTO things (name) VALUES ('a')")
                written.raise()
                mayEnd.block()
                return try tx.rows("SELECT name FROM things").count
            }
            await written.raised()
            let meanwhile = try await [database.names(), other.names()]
            #expect(meanwhile == [[], []])
            mayEnd.raise()
            #expect(try await own == 1)
            #expect(try await database.names() == ["a"])
            #expect(try await other.names() == ["a"])
        }
    }

    @Test("a reader sees one state from its first look on", arguments: DatabaseFactory.all)
    func snapshot(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            let (looked, mayLookAgain) = (Signal(), Signal())
            async let counts = database.transaction(.readOnly) { tx in
                let first = try tx.rows("SELECT name FROM things").count
                looked.raise()
                mayLookAgain.block()
                return [first, try tx.rows("SELECT name FROM things").count]
            }
            await looked.raised()
            try await database.insert("a")
            mayLookAgain.raise()
            #expect(try await counts == [0, 0])
            #expect(try await database.names() == ["a"])
        }
    }

    @Test("a read-only transaction writes nothing", arguments: DatabaseFactory.all)
    func readOnly(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.insert("a")
            let writes: [@Sendable (any SQLTransaction) throws -> Void] = [
                { try $0.execute("INSERT INTO things (name) VALUES ('b')") },
                { try $0.execute("UPDATE things SET number = 9") }, { try $0.execute("DELETE FROM things") },
                { try $0.execute("CREATE TABLE others (id TEXT)") }, { try $0.execute("DROP TABLE things") },
                { _ = try $0.rows("DELETE FROM things RETURNING name") },
            ]
            for write in writes { #expect(try await database.reason(.readOnly, write) != nil) }
            #expect(try await database.names() == ["a"])
        }
    }

    @Test("writers come one after the other: no count is lost", arguments: DatabaseFactory.all)
    func lostUpdates(factory: DatabaseFactory) async throws {
        try await factory.runTwice { first, second in
            try await first.insert("counter")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask { [database = number % 2 == 0 ? first : second] in
                        try await database.transaction { tx in
                            let number = try tx.rows("SELECT number FROM things WHERE name = 'counter'")[0].integer(
                                "number")
                            try tx.execute("UPDATE things SET number = $1 WHERE name = 'counter'", .integer(number + 1))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = try await first.transaction(.readOnly) {
                try $0.rows("SELECT number FROM things")[0].integer("number")
            }
            #expect(count == 60)
        }
    }

    @Test("many readers and writers at once all get their turn", arguments: DatabaseFactory.all)
    func crowd(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        if number % 4 == 0 {
                            try await database.insert("thing \(number)")
                        } else {
                            _ = try await database.names()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.names().count == 50)
        }
    }

    @Test("a closed store refuses", arguments: DatabaseFactory.all)
    func closed(factory: DatabaseFactory) async throws {
        let database = try await factory.open(TemporaryFolder())
        try await database.close()
        #expect(try await database.reason { _ in } == .unavailable)
        #expect(try await database.reason(.readOnly) { _ in } == .unavailable)
    }
}
