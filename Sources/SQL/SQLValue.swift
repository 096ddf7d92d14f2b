import Identity

/// A parameter or a column: the two types that both engines store alike, and NULL.
package enum SQLValue: Sendable, Equatable {
    case null
    case text(String)
    case integer(Int64)

    package init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }
    package init(_ time: UnixTime?) { self = time.map { .integer($0.milliseconds) } ?? .null }
    package init(_ name: some ExactName) { self = .text(name.text) }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(nilLiteral: ()) { self = .null }
}

/// One row of an answer, by column name.
package struct SQLRow: Sendable {
    private let columns: [String]
    private let values: [SQLValue]

    package init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// - Throws: `SQLError` with `.misuse` when there is no such column.
    package subscript(column: String) -> SQLValue {
        get throws {
            guard let index = columns.firstIndex(of: column) else {
                throw SQLError(.misuse, "there is no column \(column) in \(columns)")
            }
            return values[index]
        }
    }

    package func text(_ column: String) throws -> String {
        guard case .text(let value) = try self[column] else { throw SQLError(.misuse, "\(column) is not text") }
        return value
    }

    package func optionalText(_ column: String) throws -> String? {
        try self[column] == .null ? nil : text(column)
    }

    package func integer(_ column: String) throws -> Int64 {
        guard case .integer(let value) = try self[column] else { throw SQLError(.misuse, "\(column) is no integer") }
        return value
    }

    package func time(_ column: String) throws -> UnixTime { UnixTime(milliseconds: try integer(column)) }

    package func optionalTime(_ column: String) throws -> UnixTime? {
        try self[column] == .null ? nil : time(column)
    }
}
