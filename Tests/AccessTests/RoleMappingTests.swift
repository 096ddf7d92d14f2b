import Identity
import Testing

@testable import Access

@Suite("Role mapping")
struct RoleMappingTests {
    static let mapping = RoleMapping(
        rules: [
            RoleRule(groups: ["infraon-admins"].map { GroupPattern($0) }, role: "admin"),
            RoleRule(groups: ["infraon-tech-*", "field"].map { GroupPattern($0) }, role: "technician"),
            RoleRule(groups: ["*-lead"].map { GroupPattern($0) }, role: "lead"),
            RoleRule(groups: ["owners"].map { GroupPattern($0) }, role: "admin"),
        ], defaultRole: nil)

    @Test(
        "all rules that match are granted, in their order, each once",
        arguments: [
            ([], []), (["infraon-admins"], ["admin"]), (["owners"], ["admin"]),
            (["owners", "infraon-admins"], ["admin"]),
            (["field"], ["technician"]), (["infraon-tech-1", "infraon-tech-2"], ["technician"]),
            (["infraon-tech-lead"], ["technician", "lead"]),
            (["a-lead", "field", "infraon-admins"], ["admin", "technician", "lead"]),
            (["Infraon-Admins"], []), (["infraon-admins "], []), (["infraon-tech"], []), (["x", "y"], []),
            (["\u{212A}"], []),
        ] as [([GroupName], [RoleName])])
    func roles(groups: [GroupName], roles: [RoleName]) {
        #expect(Self.mapping.roles(for: groups) == roles)
    }

    @Test("a default role is everybody's, before all others and once")
    func defaultRole() {
        let mapping = RoleMapping(rules: Self.mapping.rules, defaultRole: "requester")
        #expect(mapping.roles(for: []) == ["requester"])
        #expect(mapping.roles(for: ["owners"]) == ["requester", "admin"])
        let same = RoleMapping(rules: Self.mapping.rules, defaultRole: "admin")
        #expect(same.roles(for: ["owners"]) == ["admin"])
    }

    @Test("no rules, no roles")
    func nothing() {
        #expect(RoleMapping(rules: [], defaultRole: nil).roles(for: ["infraon-admins"]) == [])
        let noGroups = RoleMapping(rules: [RoleRule(groups: [], role: "admin")], defaultRole: nil)
        #expect(noGroups.roles(for: ["infraon-admins"]) == [])
    }

    @Test("a pattern that looks like a group of the provider's making stays a pattern")
    func hostileGroupNames() {
        // A group named '*' in the directory is no wildcard.
        #expect(Self.mapping.roles(for: ["*"]) == [])
        #expect(Self.mapping.roles(for: ["infraon-tech-*"]) == ["technician"])
    }

    @Test("an explanation names every rule, what it asks for, and which group met which pattern")
    func explanation() {
        let mapping = RoleMapping(rules: Self.mapping.rules, defaultRole: "requester")
        let rules = mapping.explanation(for: ["infraon-tech-lead", "owners", "x"])
        #expect(rules.map(\.role) == ["requester", "admin", "technician", "lead", "admin"])
        #expect(rules.map(\.isDefault) == [true, false, false, false, false])
        #expect(rules.map(\.isGranted) == [true, false, true, true, true])
        #expect(rules[0].patterns.isEmpty && rules[0].matches.isEmpty)
        #expect(rules[2].patterns.map(\.description) == ["infraon-tech-*", "field"])
        let matches = rules.map { $0.matches.map { "\($0.pattern.description) \($0.group.text)" } }
        #expect(
            matches == [[], [], ["infraon-tech-* infraon-tech-lead"], ["*-lead infraon-tech-lead"], ["owners owners"]])
    }

    @Test(
        "an explanation grants exactly the roles that a session has",
        arguments: [
            [], ["infraon-admins"], ["owners", "infraon-admins"], ["infraon-tech-1", "infraon-tech-2", "field"],
            ["a-lead", "*"], ["Infraon-Admins", "\u{212A}"],
        ] as [[GroupName]])
    func agreement(groups: [GroupName]) {
        for defaultRole in [nil, "requester", "admin"] as [RoleName?] {
            let mapping = RoleMapping(rules: Self.mapping.rules, defaultRole: defaultRole)
            var granted: [RoleName] = []
            for rule in mapping.explanation(for: groups) where rule.isGranted && !granted.contains(rule.role) {
                granted.append(rule.role)
            }
            #expect(granted == mapping.roles(for: groups))
        }
    }

    @Test("every match is told, of each pattern with each group")
    func allMatches() {
        let mapping = RoleMapping(
            rules: [RoleRule(groups: ["a*", "*b"].map { GroupPattern($0) }, role: "r")], defaultRole: nil)
        let matches = mapping.explanation(for: ["ab", "a", "c"])[0].matches.map {
            "\($0.pattern.description) \($0.group.text)"
        }
        #expect(matches == ["a* ab", "a* a", "*b ab"])
        #expect(mapping.explanation(for: [])[0].matches.isEmpty)
    }
}
