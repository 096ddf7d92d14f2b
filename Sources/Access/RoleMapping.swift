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
}
