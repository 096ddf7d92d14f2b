import TestSupport
import Testing

@testable import Settings

@Suite("Broken files: YAML itself")
struct YAMLFormTests {
    @Test(
        "what is no YAML, or another kind of it",
        arguments: [
            ("", "empty"), ("\n\n", "empty"), ("# only a comment\n", "empty"),
            ("- a\n- b\n", "must hold keys and values"),
            ("text", "must hold keys and values"), ("[a, b]", "must hold keys and values"), ("a: [", "not YAML"),
            ("a: \"x", "not YAML"),
            ("\tkey: value", "not YAML"), ("a: b: c", "not YAML"), ("%", "not YAML"), ("a: *none", "not YAML"),
            ("@", "not YAML"),
        ])
    func form(text: String, words: String) throws {
        let problems = try SettingsFixture.problems(text)
        #expect(problems.count >= 1)
        #expect(problems.first?.message.contains(words) == true, "\(problems)")
        #expect(problems.allSatisfy { $0.line >= 1 })
    }

    @Test("a key that is written twice is told by name")
    func duplicates() throws {
        for (old, new, name) in [
            ("store: sqlite:gatehouse.db", "store: sqlite:gatehouse.db\nstore: sqlite:other.db", "'store'"),
            ("  other:\n", "  okta:\n", "'okta'"), ("{idle: 30m,", "{idle: 30m, idle: 31m,", "'idle'"),
        ] {
            let problems = try SettingsFixture.problems(SettingsFixture.changed(old, new))
            #expect(problems.count == 1 && problems[0].message.contains("\(name) is written twice"), "\(problems)")
        }
    }

    @Test("garbage ends quickly, and in problems", .timeLimit(.minutes(1)))
    func garbage() throws {
        for text in [
            String(repeating: "[", count: 20_000), String(repeating: "{", count: 20_000),
            String(repeating: "a: ", count: 5000),
            String(repeating: "- ", count: 20_000), String(repeating: "?", count: 20_000),
            String(repeating: "\u{0}", count: 1000),
            String(repeating: "x", count: 500_000), (0..<5000).map { "key\($0): 1" }.joined(separator: "\n"), "&a [*a]",
            "a: &a [*a]",
            "? [a, b]\n: c", "[a]: b", "{a: b}: c", "!!binary x: y",
        ] {
            #expect(try !SettingsFixture.problems(text).isEmpty)
        }
    }

    @Test(
        "an alias bomb ends quickly, as value and as key", .timeLimit(.minutes(1)),
        arguments: ["a9: *a8", "*a8 : x", "? *a8\n: x", "{*a8 : x}: y", "\"k\": {*a8: x}"])
    func aliasBomb(last: String) throws {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for number in 1..<9 {
            lines.append(
                "a\(number): &a\(number) [\(Array(repeating: "*a\(number - 1)", count: 10).joined(separator: ", "))]")
        }
        #expect(try !SettingsFixture.problems((lines + [last]).joined(separator: "\n")).isEmpty)
    }

    @Test("a file that is not there, and one that is no text")
    func files() throws {
        let folder = try TemporaryFolder()
        let missing = #expect(throws: ConfigurationFileError.self) {
            try GatewaySettings(file: folder.file("none.yaml"), environment: [:])
        }
        #expect(missing?.description.contains(folder.file("none.yaml")) == true)
        try folder.write(String(repeating: "#", count: (1 << 20) + 1), to: "large.yaml")
        let large = #expect(throws: ConfigurationError.self) {
            try GatewaySettings(file: folder.file("large.yaml"), environment: [:])
        }
        #expect(large?.problems.first?.message.contains("1 MiB") == true)
    }

    @Test("a byte-order mark and Windows' line ends are no mistake")
    func otherEditors() throws {
        let folder = try TemporaryFolder()
        for text in ["\u{FEFF}" + SettingsFixture.good, SettingsFixture.good.replacing("\n", with: "\r\n")] {
            let path = try folder.write(text, to: "gatehouse.yaml")
            let settings = try GatewaySettings(file: path, environment: SettingsFixture.environment)
            #expect(settings.rules.realms.count == 2)
        }
    }

    @Test(
        "texts that look unusual and are plain",
        arguments: [
            ("title: Infraon", "title: Sales & Service"), ("title: Infraon", "title: it's 100% R&D * (2) [x]"),
            ("title: Infraon", "title: \"&a *b {c}: [d]\""), ("title: Infraon", "title: 'a: b'"),
            ("title: Infraon", "title: a? b"),
            ("title: Infraon", "title: Infraon   # the [first]: realm"),
            ("title: Infraon", "title: >\n      one\n      two"),
            ("groups: [infraon-admins]", "groups: [infraon-admins, \"R&D, Z\u{fc}rich\", 'x*', a*]"),
            ("groups: [infraon-admins]", "groups: [infraon-admins, 42]"), ("title: Infraon", "title: \"\u{1F600}\""),
            ("url: https://sso.example.com\n", "url: https://sso.example.com/\n"),
        ])
    func unusual(old: String, new: String) throws {
        let problems = try SettingsFixture.problems(SettingsFixture.changed(old, new))
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test("anchors and aliases of values may be used")
    func aliases() throws {
        let text = SettingsFixture.good.replacing("providers: [okta]", with: "providers: &p [okta]")
            .replacing("providers: [other, okta]", with: "providers: *p")
        #expect(try SettingsFixture.read(text).rules.realms["ssp"]?.providers == ["okta"])
    }
}
