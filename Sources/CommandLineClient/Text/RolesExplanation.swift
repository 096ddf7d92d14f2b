import StrictJSON

/// Which rule gave which role through which group, and why the others did not match.
package enum RolesExplanation {
    /// - Parameter answer: of `GET /api/v1/realms/{name}/roles`.
    package static func text(_ answer: JSON, subject: String?) -> String {
        let realm = (answer["realm"]?.string ?? "?").visible()
        let groups = (answer["groups"]?.strings ?? []).map { $0.visible() }
        let roles = (answer["roles"]?.strings ?? []).map { $0.visible() }
        let who = subject.map { "\($0.visible()) in realm \(realm)" } ?? "Realm \(realm)"
        var lines = [
            "\(who), groups: \(groups.isEmpty ? "none" : groups.joined(separator: ", "))",
            roles.isEmpty
                ? "Roles: none; nobody gets in without a role" : "Roles: \(roles.joined(separator: ", "))",
            "",
        ]
        let rules = answer["rules"]?.array ?? []
        if rules.isEmpty { lines.append("The realm has no rules.") }
        let names = rules.map { ($0["role"]?.string ?? "?").visible() }
        let width = names.map(\.count).max() ?? 0
        for (rule, name) in zip(rules, names) {
            let isGranted = rule["granted"]?.bool == true
            let head = (isGranted ? "granted  " : "no       ") + name
            let reasons = isGranted ? granted(rule) : [notGranted(rule)]
            for (index, reason) in reasons.enumerated() {
                let start = index == 0 ? head : ""
                lines.append(start + String(repeating: " ", count: 9 + width - start.count) + "  " + reason)
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func granted(_ rule: JSON) -> [String] {
        let matched = (rule["matched"]?.array ?? []).map { match in
            let group = (match["group"]?.string ?? "?").visible()
            let pattern = (match["pattern"]?.string ?? "?").visible()
            return group == pattern ? "through group \(group)" : "through group \(group), which matches \(pattern)"
        }
        if !matched.isEmpty { return matched }
        return [why(rule) ?? (isDefault(rule) ? "the default role: everyone has it" : "granted")]
    }

    private static func notGranted(_ rule: JSON) -> String {
        if let why = why(rule) { return why }
        if isDefault(rule) { return "the default role is not granted here" }
        let patterns = (rule["groups"]?.strings ?? []).map { $0.visible() }
        return patterns.isEmpty
            ? "the rule names no group"
            : "no group matches \(patterns.joined(separator: " or ")); names compare exactly, case included"
    }

    private static func why(_ rule: JSON) -> String? {
        rule["why"]?.string.flatMap { $0.isEmpty ? nil : $0.visible() }
    }

    private static func isDefault(_ rule: JSON) -> Bool { rule["default"]?.bool == true }
}
