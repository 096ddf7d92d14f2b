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
}
