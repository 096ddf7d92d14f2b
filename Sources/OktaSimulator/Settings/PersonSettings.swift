/// A person as the people file describes one.
extension Person {
    static let keys: Set<String> = [
        "name", "email", "id", "title", "groups", "generated_groups", "status", "assigned", "highest_acr",
    ]

    init(_ mapping: SettingsMapping) throws(SettingsError) {
        let email = try mapping.required("email")
        var groups = try mapping.strings("groups") ?? []
        if let count = try mapping.string("generated_groups") {
            guard let count = Int(count), (0...10_000).contains(count) else {
                throw mapping.error("generated_groups", "must be a number from 0 to 10000")
            }
            groups += (0..<count).map { "distribution-list-\(1000 + $0)" }
        }
        self.init(
            id: try mapping.string("id") ?? RandomIdentifiers.objectID(prefix: "00u", seed: email.lowercased()),
            name: try mapping.required("name"),
            email: email,
            title: try mapping.string("title"),
            groups: groups,
            status: try mapping.choice("status", Status.self) ?? .active,
            isAssigned: try mapping.bool("assigned") ?? true
        )
        highestAssurance = try mapping.choice("highest_acr", AssuranceLevel.self) ?? highestAssurance
    }
}
