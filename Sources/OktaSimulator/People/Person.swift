/// A user of the simulated Okta organisation.
package struct Person: Sendable, Equatable {
    /// Okta's user statuses, as far as they matter for sign-in.
    package enum Status: String, Sendable, CaseIterable {
        case active = "ACTIVE"
        case suspended = "SUSPENDED"
        case deprovisioned = "DEPROVISIONED"
        case lockedOut = "LOCKED_OUT"
        case staged = "STAGED"
    }

    /// `00u…`, the `sub` of this person's tokens.
    package var id: String
    package var name: String
    package var email: String
    package var title: String?
    package var groups: [String]
    package var status: Status = .active
    /// Whether the application is assigned to the person; Okta refuses the others with access_denied.
    package var isAssigned = true
    /// The strongest sign-in that the person has the means for.
    package var highestAssurance = AssuranceLevel.hardwareProtected

    /// The given name and the family name, split at the last space.
    var nameParts: (given: String, family: String) {
        guard let space = name.lastIndex(of: " ") else { return (name, "") }
        return (String(name[..<space]), String(name[name.index(after: space)...]))
    }
}

extension Person {
    /// As the control endpoints show it.
    var json: JSONValue {
        [
            "id": .string(id), "name": .string(name), "email": .string(email),
            "title": title.map(JSONValue.string) ?? .null, "groups": .strings(groups),
            "status": .string(status.rawValue), "assigned": .bool(isAssigned),
            "highest_acr": .string(highestAssurance.rawValue),
        ]
    }
}
