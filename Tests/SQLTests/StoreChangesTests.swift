import Foundation
import TestSupport
import Testing

@testable import SQL

@Suite("Changes that processes tell each other")
struct StoreChangesTests {
    @Test("what is announced through one set of connections is counted in the other", arguments: DatabaseFactory.all)
    func shared(factory: DatabaseFactory) async throws {
        try await factory.runTwice { first, second in
            let start = first.changes.count
            #expect(second.changes.count == start)
            #expect(first.changes.announce() == start + 1)
            #expect(second.changes.count == start + 1)
            #expect(second.changes.announce() == start + 2)
            #expect(first.changes.count == start + 2)
        }
    }

    @Test("stores do not hear of each other", arguments: DatabaseFactory.all)
    func apart(factory: DatabaseFactory) async throws {
        try await factory.run { first in
            try await factory.run { second in
                let start = second.changes.count
                _ = first.changes.announce()
                #expect(second.changes.count == start)
            }
        }
    }

    @Test("none is lost among many at once")
    func crowd() async throws {
        let folder = try TemporaryFolder()
        let counters = try (0..<4).map { _ in try StoreChanges(path: folder.file("changes")) }
        let seen = await withTaskGroup(of: [UInt64].self) { group in
            for counter in counters {
                for _ in 0..<4 { group.addTask { (0..<500).map { _ in counter.announce() } } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(seen) == Set(1...8000) && counters.allSatisfy { $0.count == 8000 })
    }

    @Test("the count goes on when the file is opened again, and a longer file is not cut")
    func reopening() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("changes")
        for round in 1...3 as ClosedRange<UInt64> {
            let changes = try StoreChanges(path: path)
            #expect(changes.count == round - 1 && changes.announce() == round)
        }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 10_000)
        try handle.close()
        #expect(try StoreChanges(path: path).count == 3)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == 10_000)
        #expect(try folder.mode(of: "changes") == 0o600)
    }

    @Test("a place where there can be no such file")
    func unavailable() throws {
        let folder = try TemporaryFolder()
        for path in [folder.path, folder.file("missing/changes"), ""] {
            let error = #expect(throws: SQLError.self) { try StoreChanges(path: path) }
            #expect(error?.reason == .unavailable)
        }
    }
}
