import Identity

/// Which groups make which role.
package struct RoleRule: Sendable, Equatable {
    package let groups: [GroupPattern]
    package let role: RoleName

    package init(groups: [GroupPattern], role: RoleName) {
        self.groups = groups
        self.role = role
    }
}

/// The role rules of a realm. All rules that match are granted; without any role nobody gets in.
package struct RoleMapping: Sendable, Equatable {
    package let rules: [RoleRule]
    /// What everybody has whom a provider vouches for.
    package let defaultRole: RoleName?

    package init(rules: [RoleRule], defaultRole: RoleName?) {
        self.rules = rules
        self.defaultRole = defaultRole
    }

    /// The roles of somebody in these groups, in the order of the rules, each once.
    package func roles(for groups: [GroupName]) -> [RoleName] {
        var roles: [RoleName] = []
        if let defaultRole { roles.append(defaultRole) }
        for rule in rules where !roles.contains(rule.role) {
            if rule.groups.contains(where: { pattern in groups.contains(where: pattern.matches) }) {
                roles.append(rule.role)
            }
        }
        return roles
    }

    /// Which rule gives which role to somebody in these groups, and why the others do not: every rule in its order, the
    /// default role first.
    package func explanation(for groups: [GroupName]) -> [RuleExplanation] {
        let byDefault = defaultRole.map { RuleExplanation(role: $0, patterns: [], isDefault: true, matches: []) }
        let byGroup = rules.map { rule in
            let matches = rule.groups.flatMap { pattern in
                groups.filter(pattern.matches).map { (pattern: pattern, group: $0) }
            }
            return RuleExplanation(role: rule.role, patterns: rule.groups, isDefault: false, matches: matches)
        }
        return [byDefault].compactMap(\.self) + byGroup
    }
}

/// What one rule says about somebody.
package struct RuleExplanation: Sendable {
    package let role: RoleName
    package let patterns: [GroupPattern]
    /// The rule is the realm's default role, which everybody has.
    package let isDefault: Bool
    /// The groups that made the rule match, each with its pattern.
    package let matches: [(pattern: GroupPattern, group: GroupName)]

    package var isGranted: Bool { isDefault || !matches.isEmpty }
}
