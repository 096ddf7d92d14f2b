import Identity
import SQL
import StrictJSON

/// A session as the store has it.
struct SessionRecord: Sendable {
    /// The columns come from `sessions s JOIN users u`: all of the first, and issuer, e-mail, name and preferred_username.
    let id: String
    let kind: SessionKind
    let host: String?
    let userID: String
    let issuer: String
    let email: String?
    let name: String?
    let preferredUsername: String?
    let realm: RealmName
    let provider: ProviderName
    let groups: [GroupName]
    let authenticatedAt: UnixTime?
    let authenticationContext: String?
    let createdAt: UnixTime
    let lastSeenAt: UnixTime
    let endsAt: UnixTime
    let validatedAt: UnixTime
    let canBeRevalidated: Bool

    /// - Throws: `SQLError` with `.misuse` for a row that this program did not write.
    init(_ row: SQLRow) throws {
        id = try row.text("id")
        guard let kind = SessionKind(rawValue: try row.text("kind")) else {
            throw SQLError(.misuse, "the kind of the session \(id) is unknown")
        }
        self.kind = kind
        host = try row.optionalText("host")
        userID = try row.text("user_id")
        issuer = try row.text("issuer")
        email = try row.optionalText("email")
        name = try row.optionalText("name")
        preferredUsername = try row.optionalText("preferred_username")
        realm = RealmName(try row.text("realm"))
        provider = ProviderName(try row.text("provider"))
        groups = try Self.groups(row.text("groups"))
        authenticatedAt = try row.optionalTime("authenticated_at")
        authenticationContext = try row.optionalText("authentication_context")
        createdAt = try row.time("created_at")
        lastSeenAt = try row.time("last_seen_at")
        endsAt = try row.time("ends_at")
        validatedAt = try row.time("validated_at")
        canBeRevalidated = try row.optionalText("refresh_token") != nil
    }

    /// The groups of a column: a JSON array of strings.
    static func groups(_ text: String) throws -> [GroupName] {
        guard let names = try? JSON.parse(Array(text.utf8)).strings else {
            throw SQLError(.misuse, "the groups of a session or user are unreadable")
        }
        return names.map { GroupName($0) }
    }
}
