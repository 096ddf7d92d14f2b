import Testing

@testable import Settings

@Suite("Broken files: realms")
struct BrokenRealmTests {
    static let roles = "- {groups: [infraon-admins], role: admin}"

    @Test(
        "a value that is wrong",
        arguments: [
            ("title: Infraon", "title: [Infraon]«", "realms.infraon.title must be one value"),
            ("providers: [okta]", "providers: okta«", "must be a list; write 'providers: [okta]'"),
            (
                "providers: [okta]", "providers: [okto]«",
                "providers[1] is 'okto', which is not under providers; there are: okta, other"
            ),
            ("providers: [okta]", "providers: [okta, okta]«", "providers[2] names 'okta' a second time; remove it"),
            ("providers: [okta]", "providers: []«", "providers is empty; name at least one provider"),
            ("providers: [okta]", "providers:«", "realms.infraon.providers is missing"),
            ("providers: [okta]", "providers: [{okta: x}]«", "providers[1] must be one value"),
            (
                "home: https://infraon.example.com/", "home: infraon.example.com«",
                "write a URL like https://app.example.com/"
            ),
            (
                "home: https://infraon.example.com/", "home: 'javascript:alert(1)'«",
                "realms.infraon.home is 'javascript:alert(1)'"
            ),
            (
                "home: https://infraon.example.com/", "home: http://infraon.example.com/«",
                "home is plain http; write https://"
            ),
            (
                "[infraon.example.com,", "[https://infraon.example.com,«",
                "return_hosts[1] is 'https://infraon.example.com'; write a host"
            ),
            ("[infraon.example.com,", "[infraon.example.com/x,«", "write a host, *.host or host:port"),
            ("\"*.infraon.example.com\"", "\"*\"«", "return_hosts[2] is '*'"),
            ("\"*.infraon.example.com\"", "\"in*fraon.example.com\"«", "return_hosts[2]"),
            ("[infraon.example.com,", "[7,«", "return_hosts[1] is '7'"),
            (
                "[infraon.example.com, \"*.infraon.example.com\"]", "infraon.example.com«",
                "must be a list; write 'return_hosts:"
            ),
            ("cookie_domain: example.com", "cookie_domain: other.example«", "which is not beneath it"),
            (
                "cookie_domain: example.com", "cookie_domain: .example.com«",
                "write a domain like example.com, without a dot in front"
            ),
            ("cookie_domain: example.com", "cookie_domain: https://example.com«", "write a domain like example.com"),
            ("cookie_domain: example.com", "cookie_domain: com«", "write a domain like example.com"),
            ("cookie_domain: example.com", "cookie_domain: example.com:443«", "write a domain like"),
            ("cookie_domain: example.com", "cookie_domain: ple.com«", "not beneath it"),
            ("cookie_domain: example.com", "cookie_domain: 10.0.0.1«", "write a domain like"),
            ("cookie_domain: example.com", "cookie_domain: \"example.com; Secure\"«", "write a domain like"),
            (
                "idle: 30m", "idle: 30«",
                "realms.infraon.session.idle is '30'; write a duration like 90s, 15m, 12h or 30d, from 1s to 3650d"
            ),
            ("absolute: 12h", "absolute: 0s«", "absolute is '0s'"),
            ("revalidate: 15m", "revalidate: often«", "revalidate is 'often'"),
            ("idle: 30m", "idle: [30m]«", "idle must be one value"),
            ("idle: 30m", "idle: 13h«", "has an idle time longer than the absolute one"),
            ("{idle: 30m,", "{idel: 30m,«", "unknown key 'idel' in realms.infraon.session; did you mean 'idle'?"),
            ("{idle: 30m, absolute: 12h, revalidate: 15m}", "30m«", "session must hold keys and values"),
            (
                roles, "- {groups: infraon-admins, role: admin}«",
                "groups must be a list; write 'groups: [infraon-admins]'"
            ),
            (roles, "- {groups: [], role: admin}«", "groups is empty; name at least one group"),
            (roles, "- {groups: [infraon-admins], role: admin, x: 1}«", "unknown key 'x'"),
            (roles, "- {groups: [\"\"], role: admin}«", "groups[1] is empty"),
            (
                "return_hosts:", "return_host:«",
                "unknown key 'return_host' in realms.infraon; did you mean 'return_hosts'?"
            ),
            ("  ssp:\n", "  's sp':«\n", "'s sp' is no name in realms"),
            ("  ssp:\n", "  s.p:«\n", "'s.p' is no name in realms"),
            ("  ssp:\n", "  \"s;p\":«\n", "is no name in realms"),
        ])
    func wrong(old: String, new: String, words: String) throws {
        let text = try SettingsFixture.changed(old, new)
        let line =
            try #require(text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("«") })
            + 1
        let problems = try SettingsFixture.problems(text.replacing("«", with: ""))
        #expect(problems.contains { $0.line == line && $0.message.contains(words) }, "\(problems)")
        // Where the rule of the administrators' role is spoiled, the administrators are told as well.
        let others = problems.filter { $0.line != line }
        #expect(
            others.allSatisfy { $0.message.hasPrefix("administrators.role") } && problems.count - others.count == 1,
            "\(problems)")
    }

    @Test(
        "a rule without its groups or its role",
        arguments: ["- {role: technician}", "- {groups: [x]}", "- {}", "- technician", "- [x]"])
    func incompleteRule(rule: String) throws {
        let text = try SettingsFixture.changed("- {groups: [\"infraon-tech-*\"], role: technician}", rule + "«")
        let line =
            try #require(text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("«") })
            + 1
        let problems = try SettingsFixture.problems(text.replacing("«", with: ""))
        #expect(
            !problems.isEmpty
                && problems.allSatisfy { $0.line == line && $0.message.contains("realms.infraon.roles[2]") },
            "\(problems)")
    }

    @Test("a realm that nobody could get into", arguments: ["", "    roles: []\n"])
    func nobody(roles: String) throws {
        let problems = try SettingsFixture.problems(SettingsFixture.changed("    default_role: requester\n", roles))
        #expect(problems.count == 1)
        #expect(
            problems.first?.message.hasPrefix(
                "realms.ssp has neither roles nor default_role, so nobody could get in; write") == true)
    }

    @Test("no realms at all", arguments: ["realms: {}", "realms: [infraon]", "realms: infraon", "realms:", ""])
    func none(section: String) throws {
        let text = String(
            SettingsFixture.good.prefix(
                upTo: try #require(SettingsFixture.good.ranges(of: "realms:\n").first).lowerBound))
        let problems = try SettingsFixture.problems(text + section + "\n")
        #expect(problems.contains { $0.message.hasPrefix("realms ") }, "\(problems)")
    }
}
