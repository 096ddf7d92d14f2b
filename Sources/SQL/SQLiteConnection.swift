import CSQLite

/// One connection to one file.
///
/// Sendable: opened with SQLITE_OPEN_FULLMUTEX, and `Lane` hands it to one thread at a time; the statement cache is only
/// touched by the thread that holds the connection.
final class SQLiteConnection: @unchecked Sendable {
    private let handle: OpaquePointer
    private var statements: [StatementKey: SQLiteStatement] = [:]

    init(path: String, isReadOnly: Bool) throws {
        var handle: OpaquePointer?
        let flags = (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_FULLMUTEX
        let result = sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK, let handle else {
            let detail = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw SQLError(.unavailable, "cannot open \(path): \(detail)")
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, 3000)
        sqlite3_extended_result_codes(handle, 1)
        // FULL: a commit is on the disk before a browser hears of it, and a revocation outlives a power cut.
        let settings: [StaticString] =
            isReadOnly
            ? ["PRAGMA query_only = ON"]
            : ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"]
        for setting in settings { _ = try rows(setting, []) }
    }

    deinit {
        statements = [:]
        sqlite3_close_v2(handle)
    }

    /// How long a statement waits for another process that holds the store.
    func setBusyTimeout(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        sqlite3_busy_timeout(handle, Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    func transaction<Result>(
        begin: StaticString, _ body: (any SQLTransaction) throws -> Result
    ) throws -> Result {
        try execute(begin)
        do {
            let result = try body(self)
            try execute("COMMIT")
            return result
        } catch {
            // Some errors (a full disk) have rolled back already.
            if sqlite3_get_autocommit(handle) == 0 { try execute("ROLLBACK") }
            throw error
        }
    }

    private func statement(_ sql: StaticString) throws -> SQLiteStatement {
        let key = StatementKey(sql)
        if let statement = statements[key] { return statement }
        var pointer: OpaquePointer?
        let result = sql.withUTF8Buffer { text in
            text.withMemoryRebound(to: CChar.self) {
                sqlite3_prepare_v3(
                    handle, $0.baseAddress, Int32($0.count), UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
            }
        }
        guard result == SQLITE_OK, let pointer else { throw error(result) }
        let statement = SQLiteStatement(pointer)
        statements[key] = statement
        return statement
    }

    private func error(_ code: Int32) -> SQLError {
        let reason: SQLError.Reason =
            switch code & 0xFF {
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE, SQLITE_MISMATCH: .misuse
            default: .unavailable
            }
        return SQLError(reason, "SQLite \(code): \(String(cString: sqlite3_errmsg(handle)))")
    }
}

extension SQLiteConnection: SQLTransaction {
    func rows(_ sql: StaticString, _ parameters: [SQLValue]) throws -> [SQLRow] {
        let statement = try statement(sql)
        defer { statement.reset() }
        try bind(parameters, to: statement)
        var rows: [SQLRow] = []
        while true {
            let result = sqlite3_step(statement.handle)
            switch result {
            case SQLITE_ROW: rows.append(SQLRow(columns: statement.columns, values: statement.values()))
            case SQLITE_DONE: return rows
            default: throw error(result)
            }
        }
    }

    @discardableResult
    func execute(_ sql: StaticString, _ parameters: [SQLValue]) throws -> Int {
        _ = try rows(sql, parameters)
        return Int(sqlite3_changes64(handle))
    }

    private func bind(_ parameters: [SQLValue], to statement: SQLiteStatement) throws {
        let expected = sqlite3_bind_parameter_count(statement.handle)
        guard expected == parameters.count else {
            throw SQLError(.misuse, "the statement takes \(expected) parameters, not \(parameters.count)")
        }
        for (number, parameter) in parameters.enumerated() {
            // By name: a bare `$2` before `$1` would otherwise get the first value.
            let index = sqlite3_bind_parameter_index(statement.handle, "$\(number + 1)")
            guard index > 0 else { throw SQLError(.misuse, "the statement has no $\(number + 1)") }
            let result =
                switch parameter {
                case .null: sqlite3_bind_null(statement.handle, index)
                case .integer(let value): sqlite3_bind_int64(statement.handle, index, value)
                case .text(let value):
                    gatehouse_sqlite3_bind_text(statement.handle, index, value, Int32(value.utf8.count))
                }
            guard result == SQLITE_OK else { throw error(result) }
        }
    }
}

// A StaticString's address and length name its text for as long as the program runs.
private struct StatementKey: Hashable {
    let address: UInt
    let count: Int

    init(_ sql: StaticString) {
        address = UInt(bitPattern: sql.utf8Start)
        count = sql.utf8CodeUnitCount
    }
}

private final class SQLiteStatement {
    let handle: OpaquePointer
    let columns: [String]

    init(_ handle: OpaquePointer) {
        self.handle = handle
        columns = (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
    }

    deinit { sqlite3_finalize(handle) }

    func values() -> [SQLValue] {
        (0..<Int32(columns.count)).map { index in
            switch sqlite3_column_type(handle, index) {
            case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
            case SQLITE_TEXT:
                let bytes = UnsafeBufferPointer(
                    start: sqlite3_column_text(handle, index), count: Int(sqlite3_column_bytes(handle, index)))
                return .text(String(decoding: bytes, as: UTF8.self))
            default: return .null
            }
        }
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }
}
