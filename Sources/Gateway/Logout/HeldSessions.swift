import Access
import HTTPTypes
import Identity

/// The sessions whose cookies a request carries, so that the cookies of those that end can be removed.
struct HeldSessions: Sendable {
    typealias Held = (id: String, cookie: SessionCookie)

    let services: GatewayServices

    /// Known only while the sessions live, so to be asked before they end.
    func of(_ request: IncomingRequest) async throws -> [Held] {
        let rules = services.rules
        var held: [Held] = []
        for realm in rules.realms.values {
            let cookie = SessionCookie(realm: realm, rules: rules)
            guard let token = cookie.token(in: request.head.headerFields),
                let session = try await services.check.session(token: token)
            else { continue }
            held.append((session.id, cookie))
        }
        return held
    }

    func removals(of ended: [String], among held: [Held]) -> HTTPFields {
        var fields = HTTPFields()
        for entry in held where ended.contains(entry.id) { fields.append(entry.cookie.removal) }
        return fields
    }
}
