import Identity
import SQL

/// A person who has signed in here, as their provider described them last.
package struct User: Sendable {
    package let id: String
    package let issuer: String
    package let subject: String
    package let email: String?
    package let name: String?
    package let groups: [GroupName]
    package let createdAt: UnixTime
    package let lastSignInAt: UnixTime

    fileprivate init(_ row: SQLRow) throws {
        id = try row.text("id")
        issuer = try row.text("issuer")
        subject = try row.text("subject")
        email = try row.optionalText("email")
        name = try row.optionalText("name")
        groups = try SessionRecord.groups(row.text("groups"))
        createdAt = try row.time("created_at")
        lastSignInAt = try row.time("last_sign_in_at")
    }
}

/// Reads the people who have signed in here.
package struct Users: Sendable {
    private let database: any Database

    package init(database: any Database) { self.database = database }

    /// The local id of whom an issuer calls so; nil when nobody of that name was here.
    ///
    /// - Throws: `SQLError`.
    package func id(issuer: String, subject: String) async throws -> String? {
        try await database.transaction(.readOnly) { tx in
            try tx.rows(
                "SELECT id FROM users WHERE issuer = $1 AND subject = $2", .text(issuer), .text(subject)
            ).first?.text("id")
        }
    }

    package func user(id: String) async throws -> User? {
        try await database.transaction(.readOnly) { tx in
            try tx.rows("SELECT * FROM users WHERE id = $1", .text(id)).first.map { try User($0) }
        }
    }

    package static func isCursor(_ text: String) -> Bool { text.hasPrefix("usr_") }

    /// One page of people, by id; with an e-mail address only those who have it, letters compared without case.
    ///
    /// - Returns: the people, and the cursor of the next page when there is one.
    package func list(email: String?, cursor: String?, limit: Int) async throws -> (users: [User], next: String?) {
        let rows = try await database.transaction(.readOnly) { tx in
            if let email {
                return try tx.rows(
                    "SELECT * FROM users WHERE email_folded = $1 AND id > $2 ORDER BY id LIMIT $3",
                    .text(email.emailFolded), .text(cursor ?? ""), .integer(Int64(limit) + 1))
            }
            return try tx.rows(
                "SELECT * FROM users WHERE id > $1 ORDER BY id LIMIT $2", .text(cursor ?? ""),
                .integer(Int64(limit) + 1))
        }
        let users = try rows.prefix(limit).map { try User($0) }
        return (users, rows.count > limit ? users.last?.id : nil)
    }
}
