import CSQLite
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The embedded store: one file in WAL mode, one writing connection and a few reading ones, each used by one thread at a
/// time and never by the cooperative pool.
package final class SQLiteDatabase: Database {
    private let writer: Lane
    private let readers: Lane
    package let changes: StoreChanges

    /// Opens the file, and makes it (mode 0600) when there is none.
    ///
    /// - Throws: `SQLError` with `.unavailable`.
    package init(path: String, readers readerCount: Int = 2) async throws {
        try Self.createPrivately(path)
        changes = try StoreChanges(path: path + "-changes")
        writer = try await Lane(paths: [path], isReadOnly: false)
        readers = try await Lane(paths: Array(repeating: path, count: readerCount), isReadOnly: true)
    }

    package func transaction<Result: Sendable>(
        _ access: DatabaseAccess, _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
    ) async throws -> Result {
        switch access {
        case .readOnly: try await readers.run { try $0.transaction(begin: "BEGIN DEFERRED", body) }
        // IMMEDIATE takes the write lock at once: a deferred transaction that turns into a writer may fail half-way.
        case .readWrite: try await writer.run { try $0.transaction(begin: "BEGIN IMMEDIATE", body) }
        }
    }

    package func close() async throws {
        try await readers.close()
        try await writer.close()
    }

    // Sessions and sealed tokens are in there; SQLite itself would use the umask. Its -wal and -shm files copy the mode.
    private static func createPrivately(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SQLError(.unavailable, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        _ = Glibc.close(descriptor)
    }
}

/// Some connections and as many threads; a piece of work takes a free connection on a free thread.
private final class Lane: Sendable {
    /// From the call to the first statement, for whatever reason. Three waits and a provider fit into one callback.
    private static let longestWait = Duration.seconds(3)

    private let threads: NIOThreadPool
    private let idle: Mutex<[SQLiteConnection]>

    init(paths: [String], isReadOnly: Bool) async throws {
        threads = NIOThreadPool(numberOfThreads: paths.count)
        threads.start()
        do {
            let connections = try await threads.runIfActive {
                try paths.map { try SQLiteConnection(path: $0, isReadOnly: isReadOnly) }
            }
            idle = Mutex(connections)
        } catch {
            try? await threads.shutdownGracefully()
            throw error
        }
    }

    func run<Result: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        do {
            return try await threads.runIfActive {
                // The wait in the queue counts: behind a store that another process holds, many would else wait in turn.
                let waited = ContinuousClock.now - start
                guard waited < Self.longestWait else {
                    throw SQLError(.busy, "the store was busy for \(Self.longestWait)")
                }
                // There are as many connections as threads, so one is free for whoever has a thread.
                guard let connection = self.idle.withLock({ $0.popLast() }) else {
                    throw SQLError(.unavailable, "the store is closed")
                }
                defer { self.idle.withLock { $0.append(connection) } }
                connection.setBusyTimeout(Self.longestWait - waited)
                return try body(connection)
            }
        } catch is CancellationError {
            throw SQLError(.unavailable, "the store is closed")
        }
    }

    func close() async throws {
        try await threads.shutdownGracefully()
        idle.withLock { $0 = [] }
    }
}
