import Identity
import TestSupport
import Testing

@testable import SQL

@Suite("Database contract: statements")
struct StatementTests {
    @Test("parameters go by their numbers, in any order and several times", arguments: DatabaseFactory.all)
    func parameters(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            let rows = try await database.transaction { tx in
                try tx.execute("INSERT INTO things (note, number, name) VALUES ($3, $2, $1)", "name", 2, "note")
                try tx.execute("UPDATE things SET note = $2 WHERE name = $1 AND note <> $2", "name", "new")
                return try tx.rows("SELECT * FROM things WHERE $2 = number AND name = $1 AND name = $1", "name", 2)
            }
            #expect(try rows.map { try [$0.text("name"), $0.text("note")] } == [["name", "new"]])
        }
    }

    @Test("ten parameters and more do not mix $1 with $10", arguments: DatabaseFactory.all)
    func manyParameters(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            let row = try await database.transaction(.readOnly) { tx in
                try tx.rows(
                    """
                    SELECT CAST($11 AS TEXT) AS k, CAST($10 AS TEXT) AS j, CAST($1 AS TEXT) AS a, CAST($2 AS TEXT) AS b,
                        CAST($3 AS TEXT) AS c, CAST($4 AS TEXT) AS d, CAST($5 AS TEXT) AS e, CAST($6 AS TEXT) AS f,
                        CAST($7 AS TEXT) AS g, CAST($8 AS TEXT) AS h, CAST($9 AS TEXT) AS i
                    """, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")[0]
            }
            let values = try ["a", "b", "i", "j", "k"].map { try row.text($0) }
            #expect(values == ["1", "2", "9", "10", "11"])
        }
    }

    @Test("a wrong number of parameters is a mistake of the program", arguments: DatabaseFactory.all)
    func parameterCount(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            let insert: StaticString = "INSERT INTO things (name, number) VALUES ($1, $2)"
            for parameters: [SQLValue] in [[], ["a"], ["a", 1, 2]] {
                #expect(try await database.reason { tx in try tx.execute(insert, parameters) } == .misuse)
            }
            let names = try await database.names()
            #expect(names == [])
            #expect(try await database.reason { tx in _ = try tx.rows("SELECT 1 AS one", ["a"]) } == .misuse)
            #expect(try await database.reason { tx in try tx.execute(insert, ["a", 1]) } == nil)
        }
    }

    @Test("texts, integers and NULL come back as they went in", arguments: DatabaseFactory.all)
    func roundTrip(factory: DatabaseFactory) async throws {
        let values: [SQLValue] = [
            .null, "", " ", "a", "'; DROP TABLE things; --", "$1 ? :x @y %s", "\\", "\"", "\u{1}\t\r\n", "0", "1e3",
            "NULL",
            "e\u{301} \u{e9} \u{212A} K", "\u{1F600}\u{10FFFF}\u{FEFF}\u{202E}",
            .text(String(repeating: "\u{e9}", count: 100_000)),
        ]
        let numbers: [SQLValue] = [.null, 0, 1, -1, .integer(.max), .integer(.min), 1_795_341_171_000, 4_294_967_296]
        try await factory.run { database in
            for (index, value) in values.enumerated() {
                try await database.transaction { tx in
                    try tx.execute("INSERT INTO things (name, note) VALUES ($1, $2)", .text("text \(index)"), value)
                    let read = try tx.rows("SELECT note FROM things WHERE name = $1", .text("text \(index)"))[0]["note"]
                    #expect(read.bytes == value.bytes)
                    #expect(
                        try tx.rows("SELECT 1 AS one FROM things WHERE note = $1", value).isEmpty == (value == .null))
                }
            }
            for (index, value) in numbers.enumerated() {
                try await database.transaction { tx in
                    try tx.execute("INSERT INTO things (name, number) VALUES ($1, $2)", .text("number \(index)"), value)
                    #expect(
                        try tx.rows("SELECT number FROM things WHERE name = $1", .text("number \(index)"))[0]["number"]
                            == value)
                }
            }
        }
    }

    @Test("texts compare by their bytes", arguments: DatabaseFactory.all)
    func comparison(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            for name in ["K", "\u{212A}", "k", "\u{e9}", "e\u{301}", "a", "A", "a "] { try await database.insert(name) }
            #expect(try await database.names().count == 8)
            let found = try await database.transaction(.readOnly) { tx in
                try tx.rows("SELECT name FROM things WHERE name = $1", "\u{212A}").map { try $0.text("name") }
            }
            #expect(found.count == 1 && found[0].isIdentical(to: "\u{212A}"))
        }
    }

    @Test("execute counts the rows that changed", arguments: DatabaseFactory.all)
    func counts(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            let counts = try await database.transaction { tx in
                [
                    try tx.execute("INSERT INTO things (name) VALUES ('a'), ('b'), ('c')"),
                    try tx.execute("UPDATE things SET number = 1 WHERE name <> 'a'"),
                    try tx.execute("UPDATE things SET number = 1 WHERE name = 'x'"),
                    try tx.execute("DELETE FROM things WHERE name = 'x'"),
                    try tx.execute("INSERT INTO things (name) VALUES ('a') ON CONFLICT (name) DO NOTHING"),
                    try tx.execute("INSERT INTO things (name) VALUES ('d') ON CONFLICT (name) DO NOTHING"),
                    try tx.execute("DELETE FROM things"),
                ]
            }
            #expect(counts == [3, 2, 0, 0, 0, 1, 4])
        }
    }

    @Test("RETURNING gives rows for insert, upsert, update and delete", arguments: DatabaseFactory.all)
    func returning(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            let results = try await database.transaction { tx in
                let upsert: StaticString =
                    """
                    INSERT INTO things (name, number) VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET number = excluded.number RETURNING name, number
                    """
                return try [
                    tx.rows("INSERT INTO things (name, number) VALUES ('a', 1) RETURNING name, number"),
                    tx.rows(upsert, "a", 2), tx.rows(upsert, "b", 3),
                    tx.rows("UPDATE things SET number = number + 10 WHERE name = 'a' RETURNING name, number"),
                    tx.rows("INSERT INTO things (name) VALUES ('a') ON CONFLICT DO NOTHING RETURNING name, number"),
                    tx.rows("DELETE FROM things WHERE name = 'a' RETURNING *"),
                    tx.rows("DELETE FROM things WHERE name = 'a' RETURNING *"),
                ].map { rows in try rows.map { try "\($0.text("name")) \($0.integer("number"))" } }
            }
            #expect(results == [["a 1"], ["a 2"], ["b 3"], ["a 12"], [], ["a 12"], []])
            #expect(try await database.names() == ["b"])
        }
    }

    @Test("50 tasks delete one row: one of them gets it", arguments: DatabaseFactory.all)
    func consumption(factory: DatabaseFactory) async throws {
        try await factory.runTwice { first, second in
            for round in 0..<5 {
                try await first.insert("once", number: Int64(round))
                let taken = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<50 {
                        group.addTask { [database = number % 2 == 0 ? first : second] in
                            try await database.transaction {
                                try $0.rows("DELETE FROM things WHERE name = 'once' RETURNING name").count
                            }
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(taken == 1)
            }
        }
    }

    @Test("50 tasks insert one name: ON CONFLICT DO NOTHING lets one in", arguments: DatabaseFactory.all)
    func replayGuard(factory: DatabaseFactory) async throws {
        try await factory.runTwice { first, second in
            let inserted = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask { [database = number % 2 == 0 ? first : second] in
                        try await database.transaction {
                            try $0.execute("INSERT INTO things (name) VALUES ('jti') ON CONFLICT DO NOTHING")
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(inserted == 1)
        }
    }

    @Test("compare-and-swap: of writers that saw one version one wins", arguments: DatabaseFactory.all)
    func compareAndSwap(factory: DatabaseFactory) async throws {
        try await factory.runTwice { first, second in
            try await first.insert("versioned", number: 7)
            let swap: StaticString = "UPDATE things SET number = $2 WHERE name = 'versioned' AND number = $1"
            let swapped = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask { [database = number % 2 == 0 ? first : second] in
                        try await database.transaction { try $0.execute(swap, 7, 8) }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(swapped == 1)
            #expect(try await first.transaction { try $0.execute(swap, 7, 9) } == 0)
            #expect(try await first.transaction { try $0.execute(swap, 8, 9) } == 1)
        }
    }

    @Test("a statement prepared once is good for many values", arguments: DatabaseFactory.all)
    func reuse(factory: DatabaseFactory) async throws {
        try await factory.run { database in
            try await database.transaction { tx in
                for number in 0..<500 {
                    try tx.execute(
                        "INSERT INTO things (name, note) VALUES ($1, $2)", .text("\(number)"),
                        number % 2 == 0 ? nil : "x")
                }
            }
            let notes = try await database.transaction(.readOnly) {
                try $0.rows("SELECT note FROM things WHERE note IS NULL").count
            }
            #expect(notes == 250)
            // A failed use does not spoil the next one.
            #expect(
                try await database.reason {
                    try $0.execute("INSERT INTO things (name, note) VALUES ($1, $2)", "7", nil)
                } == .constraint)
            #expect(
                try await database.reason {
                    try $0.execute("INSERT INTO things (name, note) VALUES ($1, $2)", "new", nil)
                } == nil)
        }
    }
}

extension SQLValue {
    /// For comparing texts by their bytes, which `==` does not.
    var bytes: [UInt8]? {
        switch self {
        case .text(let text): Array(text.utf8)
        case .integer(let number): Array("\(number)".utf8)
        case .null: nil
        }
    }
}
