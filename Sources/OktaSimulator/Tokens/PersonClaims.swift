/// The claims about a person that a scope gives out (OIDC Core §5.4).
enum PersonClaims {
    /// The most groups that Okta puts into a token.
    static let groupsLimit = 100

    /// What Okta's ID tokens say about a person.
    static func idToken(_ person: Person, scopes: [String], client: Client) -> [String: JSONValue] {
        guard !client.hasThinIDTokens else { return [:] }
        var claims: [String: JSONValue] = [:]
        if scopes.contains("profile") {
            claims["name"] = .string(person.name)
            claims["preferred_username"] = .string(person.email)
        }
        addEmail(of: person, scopes: scopes, to: &claims)
        if scopes.contains("groups") {
            if person.groups.count < groupsLimit {
                claims["groups"] = .strings(person.groups)
            } else if client.groupsOverflow == .cut {
                claims["groups"] = .strings(person.groups.prefix(groupsLimit))
            }
        }
        return claims
    }

    /// What userinfo says: everything (OIDC Core §5.3.2).
    static func userInfo(_ person: Person, scopes: [String], updated: Int) -> [String: JSONValue] {
        var claims: [String: JSONValue] = ["sub": .string(person.id)]
        if scopes.contains("profile") {
            claims["name"] = .string(person.name)
            claims["given_name"] = .string(person.nameParts.given)
            claims["family_name"] = .string(person.nameParts.family)
            claims["preferred_username"] = .string(person.email)
            claims["locale"] = "en_US"
            claims["zoneinfo"] = "Europe/Zurich"
            claims["updated_at"] = .integer(updated)
        }
        addEmail(of: person, scopes: scopes, to: &claims)
        if scopes.contains("groups") { claims["groups"] = .strings(person.groups) }
        return claims
    }

    private static func addEmail(of person: Person, scopes: [String], to claims: inout [String: JSONValue]) {
        guard scopes.contains("email") else { return }
        claims["email"] = .string(person.email)
        claims["email_verified"] = true
    }
}
