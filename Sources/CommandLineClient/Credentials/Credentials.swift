import Identity
import StrictJSON

/// Who this person is at each gateway: the content of the credentials file.
///
/// `{"current": "https://sso…", "servers": {"https://sso…": {"token", "realm", "email", "expires_at", "session_id"}}}`.
/// Members of other versions are kept as they are.
package struct Credentials: Sendable, Equatable, RedactedWhenPrinted {
    /// One gateway's session.
    package struct Entry: Sendable {
        package let token: Secret
        package let realm: String?
        package let email: String?
        /// RFC 3339.
        package let expiresAt: String?
        package let sessionID: String?

        package init(token: Secret, realm: String?, email: String?, expiresAt: String?, sessionID: String?) {
            self.token = token
            self.realm = realm
            self.email = email
            self.expiresAt = expiresAt
            self.sessionID = sessionID
        }
    }

    private var document: JSONObject

    package init() { document = JSONObject() }

    /// - Throws: `CredentialsShapeError` when it is JSON of another shape or no JSON.
    init(_ bytes: [UInt8]) throws(CredentialsShapeError) {
        let json: JSON
        do {
            json = try JSON.parse(bytes, maximumDepth: 8)
        } catch {
            throw CredentialsShapeError(problem: "it is no JSON: \(error)")
        }
        guard let object = json.object else { throw CredentialsShapeError(problem: "it is no JSON object") }
        document = object
        if let current = object["current"], current != .null, current.string == nil {
            throw CredentialsShapeError(problem: "'current' is no URL")
        }
        guard let servers = object["servers"], servers != .null else { return }
        guard let servers = servers.object else { throw CredentialsShapeError(problem: "'servers' is no object") }
        for (name, value) in servers.members {
            guard let token = value["token"]?.string, token.isSendableToken else {
                throw CredentialsShapeError(problem: "there is no usable token for '\(name.clipped(100))'")
            }
        }
    }

    /// The gateway last signed in to, also when nobody is signed in to it any more.
    package var current: String? { document["current"]?.string }

    /// Origins of all gateways with a session here.
    package var servers: [String] { document["servers"]?.object?.members.map(\.name) ?? [] }

    package subscript(server: ServerAddress) -> Entry? {
        guard let entry = document["servers"]?[server.origin], let token = entry["token"]?.string else { return nil }
        return Entry(
            token: Secret(token), realm: entry["realm"]?.string, email: entry["email"]?.string,
            expiresAt: entry["expires_at"]?.string, sessionID: entry["session_id"]?.string)
    }

    /// Signed in: the gateway's entry is replaced, and it is the current one.
    package mutating func put(_ entry: Entry, for server: ServerAddress) {
        var servers = document["servers"]?.object ?? JSONObject()
        servers.set(
            server.origin,
            [
                "token": .string(entry.token.reveal()), "realm": JSON(entry.realm), "email": JSON(entry.email),
                "expires_at": JSON(entry.expiresAt), "session_id": JSON(entry.sessionID),
            ])
        document.set("current", .string(server.origin))
        document.set("servers", .object(servers))
    }

    /// Signed out; which gateway is current stays, so that the next login without `--server` goes there.
    ///
    /// - Parameter token: only the entry that still holds it goes; another process may have signed in meanwhile.
    package mutating func remove(_ server: ServerAddress, holding token: Secret) {
        guard let entry = self[server], entry.token.reveal().isIdentical(to: token.reveal()) else { return }
        let rest = document["servers"]?.object?.members.filter { !$0.name.isIdentical(to: server.origin) } ?? []
        document.set("servers", .object(JSONObject(rest.map { ($0.name, $0.value) })))
    }

    func serialized() -> [UInt8] { JSON.object(document).serialized() + [0x0A] }
}

/// Why bytes are no credentials. Holds none of their values.
struct CredentialsShapeError: Error {
    let problem: String
}
