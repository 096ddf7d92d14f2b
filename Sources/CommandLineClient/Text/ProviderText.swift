import StrictJSON

/// Configured providers, for a person.
package enum ProviderText {
    /// - Parameter answer: of `GET /api/v1/providers`.
    package static func list(_ answer: JSON) -> String {
        let providers = answer["providers"]?.array ?? []
        let unusable = (answer["unusable"]?.array ?? []).map { entry in
            "\((entry["name"]?.string ?? "").visible()) cannot be used: \((entry["why"]?.string ?? "").visible())"
        }
        if providers.isEmpty { return (["There are no providers."] + unusable).joined(separator: "\n") }
        let rows = providers.map { provider in
            [
                provider["name"]?.string ?? "", provider["kind"]?.string ?? "",
                (provider["realms"]?.strings ?? []).joined(separator: ","), provider["source"]?.string ?? "",
                provider["url"]?.string ?? provider["issuer"]?.string ?? "",
            ]
        }
        return ([Table.text(["NAME", "KIND", "REALMS", "FROM", "URL"], rows)] + unusable).joined(separator: "\n")
    }

    /// Whatever members the gateway shows, in its order.
    package static func details(_ provider: JSON) -> String {
        Table.pairs((provider.object?.members ?? []).map { ($0.name.visible(), value($0.value)) })
    }

    private static func value(_ json: JSON) -> String? {
        switch json {
        case .null: nil
        case .string(let text): text
        case .bool(let isSo): isSo ? "yes" : "no"
        case .array(let elements): elements.compactMap(value).joined(separator: ", ")
        // A certificate: its members in one line.
        case .object(let object):
            object.members.compactMap { member in value(member.value).map { "\(member.name) \($0)" } }
                .joined(separator: " ")
        default: json.text
        }
    }
}
