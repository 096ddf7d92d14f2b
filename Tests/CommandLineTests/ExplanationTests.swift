import Identity
import StrictJSON
import Testing

@testable import CommandLineClient

@Suite("Explanations for a person")
struct ExplanationTests {
    private let answer: JSON = [
        "realm": "infraon", "groups": ["infraon-tech-emea", "all\u{1B}[31m"], "roles": ["technician", "guest"],
        "rules": [
            ["role": "admin", "groups": ["infraon-admins", "root-*"], "granted": false, "matched": []],
            [
                "role": "technician", "groups": ["infraon-tech-*", "infraon-tech-emea"], "granted": true,
                "matched": [
                    ["pattern": "infraon-tech-*", "group": "infraon-tech-emea"],
                    ["pattern": "infraon-tech-emea", "group": "infraon-tech-emea"],
                ], "why": "not shown",
            ],
            ["role": "boss", "groups": ["b"], "granted": false, "matched": [], "why": "the group is spelled Boss"],
            ["role": "guest", "granted": true, "default": true],
        ],
    ]

    @Test("Which rule gave which role through which group, and why the others did not")
    func roles() {
        #expect(
            RolesExplanation.text(answer, subject: "ada@example.com") == """
                ada@example.com in realm infraon, groups: infraon-tech-emea, all\\u{1b}[31m
                Roles: technician, guest

                no       admin       no group matches infraon-admins or root-*; names compare exactly, case included
                granted  technician  through group infraon-tech-emea, which matches infraon-tech-*
                                     through group infraon-tech-emea
                no       boss        the group is spelled Boss
                granted  guest       the default role: everyone has it
                """)
    }

    @Test("Nobody gets in without a role, and that is said")
    func none() {
        let text = RolesExplanation.text(["realm": "ssp", "groups": [], "roles": [], "rules": []], subject: nil)
        #expect(
            text == "Realm ssp, groups: none\nRoles: none; nobody gets in without a role\n\nThe realm has no rules.")
    }

    @Test("A group's name cannot make a line of its own")
    func lines() {
        let text = RolesExplanation.text(
            ["realm": "r", "groups": ["a\ngranted  admin"], "roles": ["x\ny"], "rules": []], subject: "e\u{202E}v")
        #expect(text.split(separator: "\n").count == 3)
        #expect(text.contains("e\\u{202e}v"))
    }

    @Test("A check of a provider: one line a check, advice where there is something to do")
    func verification() {
        let report = VerificationReport([
            "provider": "okta", "good": false,
            "checks": [
                ["name": "discovery", "outcome": "passed", "detail": "found", "advice": "not shown"],
                [
                    "name": "groups", "outcome": "failed", "detail": "no claim",
                    "advice": "In Okta, open\nSecurity > API.",
                ],
                ["name": "dpop", "outcome": "skipped", "detail": "off", "advice": nil],
                ["name": "clock", "outcome": "warning", "detail": "3 s off"],
            ],
        ])
        #expect(!report.isGood)
        #expect(
            report.text == """
                ok       discovery: found
                failed   groups: no claim
                         In Okta, open\\u{a}Security > API.
                skipped  dpop: off
                warning  clock: 3 s off

                okta is not good: 1 of 4 checks failed.
                """)
        #expect(VerificationReport(["provider": "okta", "good": true, "checks": []]).isGood)
        #expect(!VerificationReport([:]).isGood, "good is only what says so")
    }

    @Test("Providers: columns, and whatever members one has")
    func providers() {
        let okta: JSON = [
            "name": "okta", "kind": "okta", "url": "https://acme.okta.com", "client_secret": "set",
            "realms": ["a", "b"],
            "source": "file", "dpop": false, "created_at": nil,
        ]
        #expect(
            ProviderText.list(["providers": [okta]])
                == "NAME  KIND  REALMS  FROM  URL\nokta  okta  a,b     file  https://acme.okta.com")
        #expect(ProviderText.list(["providers": []]) == "There are no providers.")
        let lines = ProviderText.details(okta).split(separator: "\n")
        #expect(lines.contains("realms         a, b") && lines.contains("dpop           no"))
        #expect(!lines.contains { $0.hasPrefix("created_at") })
    }

    @Test(
        "Lengths of time, in the unit a person would use",
        arguments: [
            (0, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (121, "3 minutes"),
            (7199, "120 minutes"), (7200, "2 hours"), (43200, "12 hours"), (172_800, "2 days"),
        ])
    func durations(seconds: Int, words: String) { #expect(Duration.seconds(seconds).inWords == words) }
}

@Suite("Finding a browser")
struct BrowserLauncherTests {
    private typealias Command = BrowserLauncher.Command
    private let url = "https://a.example/?x=%s;$(id)"

    private func commands(_ environment: [String: String]) -> [Command] {
        BrowserLauncher(environment: environment).commands(for: url)
    }

    @Test("$BROWSER is a list of argument vectors, never a line for a shell")
    func chosen() {
        #expect(
            commands(["BROWSER": "/opt/b --new %s --end::w3m -x"]) == [
                Command(program: "/opt/b", arguments: ["--new", url, "--end"]),
                Command(program: "w3m", arguments: ["-x", url]),
            ])
        #expect(commands(["BROWSER": ""]).isEmpty && commands(["BROWSER": " : "]).isEmpty)
    }

    @Test("Without a display only what the person chose is tried")
    func display() {
        #expect(commands([:]).isEmpty)
        for variable in ["DISPLAY", "WAYLAND_DISPLAY"] {
            #expect(commands([variable: ":0"]).map(\.program) == ["wslview", "xdg-open", "open"])
            #expect(commands([variable: ":0", "BROWSER": "b"]).map(\.program) == ["b", "wslview", "xdg-open", "open"])
        }
    }

    @Test("A program that is not there is not started; one that is there is")
    func start() {
        #expect(
            !BrowserLauncher(environment: ["BROWSER": "no-such-program:/etc:/etc/passwd", "PATH": "/bin"]).open(url))
        #expect(BrowserLauncher(environment: ["BROWSER": "no-such-program:true", "PATH": "/bin:/usr/bin"]).open(url))
    }
}
