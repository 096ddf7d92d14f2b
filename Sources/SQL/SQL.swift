// SQL: one small interface to a relational store, its SQLite driver, and migrations.
//
// Owns: connections and the threads they live on, transactions, statement caching, schema versions.
// Does not own: any table. Stores in other targets write the SQL, portable between SQLite and PostgreSQL: `$1`
// parameters, TEXT and BIGINT columns, times in milliseconds, bytes as base64url text, RETURNING, ON CONFLICT.
// Flow: `database.transaction { tx in … }`; the closure is synchronous and runs on the connection's own thread, never on
// the cooperative pool.

/// A relational store.
package protocol Database: Sendable {
    /// Runs the closure in one transaction and commits when it returns, rolls back when it throws.
    ///
    /// On a store with optimistic transactions the closure may run more than once, so it must not act on anything but
    /// the transaction.
    ///
    /// - Throws: `SQLError`, or what the closure throws.
    @discardableResult
    func transaction<Result: Sendable>(
        _ access: DatabaseAccess, _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
    ) async throws -> Result

    /// Tells this and every other process on the same store that something kept in memory is out of date.
    var changes: StoreChanges { get }

    /// Ends the connections after the transactions under way.
    func close() async throws
}

extension Database {
    @discardableResult
    package func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws -> Result
    ) async throws -> Result {
        try await transaction(.readWrite, body)
    }
}

package enum DatabaseAccess: Sendable {
    /// Sees one consistent state; any attempt to write throws.
    case readOnly
    case readWrite
}

/// One transaction under way. Lives no longer than the closure it is given to.
package protocol SQLTransaction {
    /// Runs a statement and gives its rows.
    func rows(_ sql: StaticString, _ parameters: [SQLValue]) throws -> [SQLRow]

    /// Runs a statement and gives the number of rows it changed.
    @discardableResult
    func execute(_ sql: StaticString, _ parameters: [SQLValue]) throws -> Int
}

extension SQLTransaction {
    package func rows(_ sql: StaticString, _ parameters: SQLValue...) throws -> [SQLRow] { try rows(sql, parameters) }

    @discardableResult
    package func execute(_ sql: StaticString, _ parameters: SQLValue...) throws -> Int {
        try execute(sql, parameters)
    }
}

/// Why the store did not do what was asked.
package struct SQLError: Error, CustomStringConvertible {
    package enum Reason: String, Sendable {
        /// Another process holds the store; trying again may help.
        case busy = "store_busy"
        /// A uniqueness or foreign-key rule was broken.
        case constraint = "store_constraint"
        /// The store cannot be opened, read or written.
        case unavailable = "store_unavailable"
        /// The statement, a parameter or a column does not fit: a mistake of the program.
        case misuse = "store_misuse"
        /// The store was written by a newer program.
        case newerSchema = "store_newer_schema"
    }

    package let reason: Reason
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    package var description: String { "\(reason.rawValue): \(detail)" }
}
