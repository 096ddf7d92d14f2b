import Foundation
import TestSupport
import Testing

@testable import SQL

@Suite("SQLite: the file")
struct SQLiteFileTests {
    @Test("a new file is its owner's only, and so are the files beside it")
    func mode() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase(path: folder.file("store.db"))
        try await database.transaction { try $0.execute("CREATE TABLE things (id TEXT)") }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            #expect(name.hasPrefix("store.db"))
            #expect(try folder.mode(of: name) == 0o600)
        }
        try await database.close()
    }

    @Test("what was committed is there when the file is opened again")
    func reopening() async throws {
        let folder = try TemporaryFolder()
        for round in 1...3 {
            let database = try await SQLiteDatabase(path: folder.file("store.db"))
            let count = try await database.transaction { tx in
                try tx.execute("CREATE TABLE IF NOT EXISTS things (id TEXT)")
                try tx.execute("INSERT INTO things (id) VALUES ('a')")
                return try tx.rows("SELECT id FROM things").count
            }
            #expect(count == round)
            try await database.close()
        }
    }

    @Test("a path that cannot be opened")
    func unavailable() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "this is no database, though it is long enough to look like a file of its own kind", to: "text.db")
        for path in [folder.path, folder.file("missing/store.db"), folder.file("text.db"), ""] {
            let error = await #expect(throws: SQLError.self) { _ = try await SQLiteDatabase(path: path) }
            #expect(error?.reason == .unavailable)
        }
    }

    @Test("a second process waits for the writer of the first")
    func waiting() async throws {
        let folder = try TemporaryFolder()
        let first = try await SQLiteDatabase(path: folder.file("store.db"))
        let second = try await SQLiteDatabase(path: folder.file("store.db"))
        try await first.transaction { try $0.execute("CREATE TABLE things (id TEXT)") }
        let (writing, mayEnd) = (Signal(), Signal())
        async let one: Void = first.transaction { tx in
            try tx.execute("INSERT INTO things (id) VALUES ('first')")
            writing.raise()
            mayEnd.block()
        }
        await writing.raised()
        async let two = second.transaction { tx in
            try tx.execute("INSERT INTO things (id) VALUES ('second')")
            return try tx.rows("SELECT id FROM things ORDER BY id").map { try $0.text("id") }
        }
        mayEnd.raise()
        try await one
        #expect(try await two == ["first", "second"])
        try await first.close()
        try await second.close()
    }

    @Test("transactions run on threads of their own: a blocked one blocks no task")
    func threads() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase(path: folder.file("store.db"))
        let (reading, mayEnd) = (Signal(), Signal())
        // As many blocked transactions as a small machine has cores, and one more.
        async let writer: Void = database.transaction { _ in mayEnd.block() }
        async let reader: Void = database.transaction(.readOnly) { _ in
            reading.raise()
            mayEnd.block()
        }
        await reading.raised()
        let one = try await database.transaction(.readOnly) { try $0.rows("SELECT 1 AS one")[0].integer("one") }
        #expect(one == 1)
        mayEnd.raise()
        _ = try await (writer, reader)
        try await database.close()
    }
}
