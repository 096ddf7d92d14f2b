import Testing

@testable import Settings

/// One change to the good file: exactly one problem, with the line and what to write instead.
@Suite("Broken files: the top level")
struct BrokenTopLevelTests {
    @Test("the good file has no problem")
    func good() throws {
        #expect(try SettingsFixture.problems(SettingsFixture.good).isEmpty)
    }

    @Test(
        "a value that is wrong",
        arguments: [
            ("url: https://sso.example.com", "url: sso.example.com«", "write a URL like https://sso.example.com"),
            ("url: https://sso.example.com", "url: http://sso.example.com«", "write https://"),
            ("url: https://sso.example.com", "url: ftp://sso.example.com«", "https://"),
            (
                "url: https://sso.example.com", "url: https://sso.example.com/sso«",
                "write the origin only: https://sso.example.com"
            ),
            ("url: https://sso.example.com", "url: https://sso.example.com?x«", "write the origin only"),
            ("url: https://sso.example.com", "url: https://u:p@sso.example.com«", "write a URL like"),
            ("url: https://sso.example.com", "url: [https://sso.example.com]«", "must be one value"),
            ("url: https://sso.example.com", "url: \"\"«", "url is empty"),
            ("listen: 127.0.0.1:8300\nm", "listen: 127.0.0.1«\nm", "write an address and a port, as in 127.0.0.1:8300"),
            ("listen: 127.0.0.1:8300\nm", "listen: 127.0.0.1:65536«\nm", "an address and a port"),
            ("listen: 127.0.0.1:8300\nm", "listen: 127.0.0.1:x«\nm", "an address and a port"),
            ("listen: 127.0.0.1:8300\nm", "listen: 127.0.0.1:-1«\nm", "an address and a port"),
            (
                "listen: 127.0.0.1:8300\nm", "listen: gateway.example.com:8300«\nm",
                "write an IP address of this machine"
            ),
            ("listen: 127.0.0.1:8300\nm", "listen: \":8300\"«\nm", "write an IP address"),
            ("metrics_listen: 127.0.0.1:9300", "metrics_listen: 9300«", "metrics_listen is '9300'"),
            ("store: sqlite:gatehouse.db", "store: mysql://localhost/x«", "write sqlite:data/gatehouse.db"),
            ("store: sqlite:gatehouse.db", "store: 'sqlite:'«", "write sqlite:data/gatehouse.db"),
            ("store: sqlite:gatehouse.db", "store: gatehouse.db«", "write sqlite:data/gatehouse.db"),
            ("store: sqlite:gatehouse.db", "store: postgres://u:hunter2@db/x«", "names PostgreSQL"),
            ("[127.0.0.1, \"::1\", 10.0.0.0/8]", "127.0.0.1«", "must be a list; write '[127.0.0.1, \"::1\"]'"),
            (
                "10.0.0.0/8]", "10.0.0.0/33]«",
                "trusted_proxies[3] is '10.0.0.0/33'; write an IP address or a block like 10.0.0.0/8"
            ),
            ("[127.0.0.1, \"::1\"", "[proxy.example.com, \"::1\"«", "trusted_proxies[1] is 'proxy.example.com'"),
            ("[127.0.0.1, \"::1\"", "[[127.0.0.1], \"::1\"«", "trusted_proxies[1] must be one value"),
            ("{realm: infraon, role: admin}", "{realm: infra, role: admin}«", "write one of infraon, ssp"),
            (
                "{realm: infraon, role: admin}", "{realm: infraon, role: root}«",
                "which no rule of the realm infraon grants"
            ),
            (
                "{realm: infraon, role: admin}", "{realm: infraon}«",
                "administrators.role is missing; write 'role: admin'"
            ),
            ("{realm: infraon, role: admin}", "{role: admin}«", "administrators.realm is missing"),
            (
                "{realm: infraon, role: admin}", "{realm: infraon, role: admin, x: y}«",
                "unknown key 'x' in administrators"
            ),
            ("{realm: infraon, role: admin}", "[infraon, admin]«", "administrators must hold keys and values"),
            ("metrics_listen:", "metrics_listn:«", "unknown key 'metrics_listn'; did you mean 'metrics_listen'?"),
            (
                "metrics_listen: 127.0.0.1:9300", "something_else: 1«",
                "unknown key 'something_else'; known here: administrators, listen"
            ),
        ])
    func wrong(old: String, new: String, words: String) throws {
        try SettingsFixture.expectProblem(old, new, says: words)
    }

    @Test(
        "a key that is missing",
        arguments: [
            ("url: https://sso.example.com\n", "url is missing; write 'url: https://sso.example.com'"),
            ("listen: 127.0.0.1:8300\n", "listen is missing; write 'listen: 127.0.0.1:8300'"),
            ("store: sqlite:gatehouse.db\n", "store is missing; write 'store: sqlite:data/gatehouse.db'"),
            ("master_key: {env: MASTER_KEY}\n", "master_key is missing; write 'master_key: {file: certs/master.key}'"),
        ])
    func missing(line: String, words: String) throws {
        // The whole file lacks it, so its first line is named. `\nlisten` is not `metrics_listen`.
        let text = "\n" + SettingsFixture.good
        try SettingsFixture.expectProblem("«" + text.replacing("\n" + line, with: "\n"), says: [words])
    }

    @Test("a key without a value is named by its own line", arguments: ["url", "store", "master_key"])
    func null(key: String) throws {
        let lines = SettingsFixture.good.split(separator: "\n", omittingEmptySubsequences: false)
        for value in ["", " ~", " null"] {
            let text = lines.map { $0.hasPrefix(key + ":") ? "\(key):\(value)«" : String($0) }.joined(separator: "\n")
            try SettingsFixture.expectProblem(text, says: ["\(key) is missing"])
        }
    }

    @Test("a store's address that may hold a password is not repeated")
    func password() throws {
        let problems = try SettingsFixture.problems(
            SettingsFixture.changed("sqlite:gatehouse.db", "postgres://u:hunter2@db/x"))
        #expect(problems.count == 1 && !problems[0].message.contains("hunter2"))
    }

    @Test("several problems are told at once, by line")
    func several() throws {
        let text = SettingsFixture.good.replacing("idle: 30m", with: "idle: 30").replacing(
            "kind: okta", with: "kind: azure"
        )
        .replacing("metrics_listen:", with: "metrics_listn:")
        let lines = try SettingsFixture.problems(text).map(\.line)
        #expect(lines == [3, 11, 32])
    }

    @Test("a problem reads FILE:LINE: message")
    func description() throws {
        let problem = try #require(try SettingsFixture.problems(SettingsFixture.changed("idle: 30m", "idle: 30")).first)
        #expect(
            problem.description.hasPrefix("gatehouse.yaml:32: realms.infraon.session.idle is '30'; write a duration"))
        #expect(ConfigurationError(problems: [problem, problem]).description == "\(problem)\n\(problem)")
    }
}
