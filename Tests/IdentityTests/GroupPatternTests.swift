import Testing

@testable import Identity

@Suite("Group patterns")
struct GroupPatternTests {
    @Test(
        "matches",
        arguments: [
            ("admins", "admins"), ("*", ""), ("*", "anything"), ("a*", "a"), ("a*", "abc"), ("*a", "a"), ("*a", "ba"),
            ("a*c", "ac"), ("a*c", "abc"), ("a*c", "acbc"), ("*b*", "abc"), ("a**b", "ab"), ("?", "x"), ("a?c", "abc"),
            ("??", "ab"), ("*?", "a"), ("?*", "a"), ("a\\*", "a*"), ("a\\?", "a?"), ("a\\\\", "a\\"), ("\\a", "a"),
            ("a\\", "a\\"), ("?", "\u{1F600}"), ("infraon-tech-*", "infraon-tech-"),
            ("infraon-tech-*", "infraon-tech-1"),
            ("R&D, Z\u{fc}rich", "R&D, Z\u{fc}rich"), ("*.*", "a.b.c"), ("", ""), ("a*b*c", "axxbyybzzc"),
            ("[a]", "[a]"),
            ("*a*b", "aabab"), ("*\n*", "a\nb"),
        ])
    func matches(pattern: String, group: String) {
        #expect(GroupPattern(pattern).matches(GroupName(group)))
    }

    @Test(
        "does not match",
        arguments: [
            ("admins", "Admins"), ("admins", "admins "), ("admins", "admin"), ("admins", "xadmins"), ("admins", ""),
            ("", "a"), ("?", ""), ("?", "ab"), ("a*", "ba"), ("*a", "ab"), ("a*c", "abcd"), ("a?c", "ac"),
            ("a\\*", "ab"),
            ("a\\?", "ab"), ("a\\\\", "a"), ("infraon-tech-*", "infraon-tech"), ("infraon-tech-*", "xinfraon-tech-1"),
            ("[ab]", "a"), ("{a,b}", "a"), ("K", "\u{212A}"), ("\u{e9}", "e\u{301}"), ("?", "e\u{301}"), ("*b*", "ac"),
            ("a.c", "abc"), ("^a$", "a"), ("a*b*c", "axxcyyb"), ("**a", ""),
        ])
    func misses(pattern: String, group: String) {
        #expect(!GroupPattern(pattern).matches(GroupName(group)))
    }

    @Test("keeps its text, and equals by it")
    func description() {
        #expect(GroupPattern("a**b").description == "a**b")
        #expect(GroupPattern("a*") == GroupPattern("a*"))
        #expect(GroupPattern("a*") != GroupPattern("a?"))
    }

    @Test("a hostile pattern and name end quickly", .timeLimit(.minutes(1)))
    func pathological() {
        let name = GroupName(String(repeating: "a", count: 2000))
        let started = ContinuousClock.now
        for pattern in [
            String(repeating: "a*", count: 200) + "b", String(repeating: "*a", count: 200) + "b",
            String(repeating: "*?", count: 200) + "b", String(repeating: "*", count: 2000) + "b",
            String(repeating: "*aa", count: 100) + "*b*",
        ] {
            #expect(!GroupPattern(pattern).matches(name))
        }
        // Backtracking through every star would take longer than the universe has; this takes milliseconds.
        #expect(.now - started < .seconds(20))
    }
}
