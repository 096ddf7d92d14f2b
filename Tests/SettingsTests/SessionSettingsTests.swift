import Access
import Identity
import Testing

@testable import Settings

@Suite("Sessions: revalidation and the command line")
struct SessionSettingsTests {
    static let session = "session: {idle: 30m, absolute: 12h, revalidate: 15m}"

    private func realm(_ new: String) throws -> RealmRules {
        let settings = try SettingsFixture.read(try SettingsFixture.changed(Self.session, new))
        return try #require(settings.rules.realms["infraon"])
    }

    @Test(
        "revalidation: left out it is off, and grace is twice the interval",
        arguments: [
            (session, 900, 1800), ("session: {revalidate: 1s}", 1, 2),
            ("session: {revalidate: 30d}", 2_592_000, 5_184_000),
            ("session: {revalidate: 15m, revalidate_grace: 901s}", 900, 901),
            ("session: {revalidate: 15m, revalidate_grace: 3650d}", 900, 315_360_000),
            ("session: {revalidate: 15m, revalidate_grace: null}", 900, 1800),
            ("session: {idle: 30m}", nil, nil), ("session: {revalidate: null}", nil, nil),
            ("# no session", nil, nil),
        ] as [(String, Int64?, Int64?)])
    func revalidation(text: String, interval: Int64?, grace: Int64?) throws {
        let expected = interval.flatMap { interval in
            grace.map { RevalidationRules(interval: .seconds(interval), grace: .seconds($0)) }
        }
        #expect(try realm(text).revalidation == expected)
    }

    @Test("a realm without a session section is never asked for")
    func defaults() throws {
        let portal = try #require(try SettingsFixture.read(SettingsFixture.good).rules.realms["ssp"])
        #expect(portal.revalidation == nil && portal.commandLineSession == portal.session)
        #expect(portal.lifetime(of: .commandLine) == portal.session && portal.lifetime(of: .browser) == portal.session)
    }

    @Test(
        "the command line's life-times: left out they are the browser's; longer ones are fine",
        arguments: [
            ("", 1800, 43200), ("cli_session: {idle: 8h}", 28800, 43200),
            ("cli_session: {absolute: 30d}", 1800, 2_592_000),
            ("cli_session: {idle: 20h}", 72000, 72000), ("cli_session: {absolute: 10m}", 600, 600),
            ("cli_session: {idle: 7d, absolute: 30d}", 604_800, 2_592_000), ("cli_session: {}", 1800, 43200),
            ("cli_session: null", 1800, 43200),
        ] as [(String, Int64, Int64)])
    func commandLine(text: String, idle: Int64, absolute: Int64) throws {
        let realm = try realm(Self.session + "\n    " + text)
        let expected = SessionLifetime(idle: .seconds(idle), absolute: .seconds(absolute))
        #expect(realm.lifetime(of: .commandLine) == expected)
        #expect(realm.lifetime(of: .browser) == SessionLifetime(idle: .seconds(1800), absolute: .seconds(43200)))
        #expect(realm.revalidation?.interval == .seconds(900))
    }

    @Test(
        "a value that is wrong",
        arguments: [
            (
                "session: {revalidate_grace: 30m}«",
                "session.revalidate_grace belongs to revalidate, which is not there; write 'revalidate: 15m'"
            ),
            (
                "session: {revalidate: 15m, revalidate_grace: 15m}«",
                "session.revalidate_grace is not longer than revalidate; write at least twice as much"
            ),
            ("session: {revalidate: 15m, revalidate_grace: 1s}«", "is not longer than revalidate"),
            ("session: {revalidate: 15m, revalidate_grace: 30}«", "session.revalidate_grace is '30'; write a duration"),
            ("session: {revalidate: 0s}«", "session.revalidate is '0s'"),
            ("session: {revalidate: 15m, revalidate_grace: [1h]}«", "revalidate_grace must be one value"),
            ("session: {revalidate: true}«", "session.revalidate is 'true'"),
            (
                "session: {revalidat: 15m}«",
                "unknown key 'revalidat' in realms.infraon.session; did you mean 'revalidate'?"
            ),
            (
                "session: {revalidate: 15m, grace: 30m}«",
                "unknown key 'grace' in realms.infraon.session; known here: absolute, idle, revalidate, revalidate_grace"
            ),
            ("cli_session: 30d«", "realms.infraon.cli_session must hold keys and values"),
            ("cli_session: {idle: 8}«", "realms.infraon.cli_session.idle is '8'; write a duration"),
            ("cli_session: {absolute: ''}«", "cli_session.absolute is empty"),
            ("cli_session: {idle: 2d, absolute: 1d}«", "cli_session has an idle time longer than the absolute one"),
            ("cli_session: {revalidate: 15m}«", "unknown key 'revalidate' in realms.infraon.cli_session"),
            ("cli_sesion: {idle: 8h}«", "unknown key 'cli_sesion' in realms.infraon; did you mean 'cli_session'?"),
        ])
    func wrong(new: String, words: String) throws {
        try SettingsFixture.expectProblem(Self.session, new, says: words)
    }
}

@Suite("Rate limits")
struct RateLimitSettingsTests {
    private func limits(_ text: String) throws -> RateLimits {
        try SettingsFixture.read(text + "\n" + SettingsFixture.good).rateLimits
    }

    @Test("what is left out has its default")
    func defaults() throws {
        for text in ["", "rate_limits: {}", "rate_limits: null", "rate_limits: {logins_per_address: null}"] {
            let limits = try limits(text)
            #expect(limits == RateLimits())
            #expect(limits.loginsPerAddress == 120 && limits.loginsPerAccount == 20 && limits.devicesPerAddress == 30)
        }
    }

    @Test("each key counts")
    func values() throws {
        var expected = RateLimits()
        expected.loginsPerAddress = 1
        #expect(try limits("rate_limits: {logins_per_address: 1}") == expected)
        expected.loginsPerAccount = 1_000_000
        expected.devicesPerAddress = 7
        #expect(
            try limits(
                "rate_limits: {logins_per_address: 1, logins_per_account: 1000000, device_per_address: 7}") == expected)
    }

    @Test(
        "a value that is wrong",
        arguments: ["0", "-1", "1.5", "1000001", "many", "10/m", "1e3", "0x10", "''", "true", "99999999999999999999"])
    func wrong(value: String) throws {
        for key in ["logins_per_address", "logins_per_account", "device_per_address"] {
            let words = value == "''" ? "rate_limits.\(key) is empty" : "write a whole number from 1 to 1000000"
            try SettingsFixture.expectProblem(
                "rate_limits: {\(key): \(value)}«\n" + SettingsFixture.good, says: [words, "rate_limits.\(key)"])
        }
    }

    @Test(
        "a section that is wrong",
        arguments: [
            ("rate_limits: 10«", "rate_limits must hold keys and values"),
            ("rate_limits: off«", "rate_limits must hold keys and values"),
            ("rate_limits: {logins_per_addres: 1}«", "did you mean 'logins_per_address'?"),
            ("rate_limits: {checks: 1}«", "unknown key 'checks' in rate_limits; known here: device_per_address"),
            ("rate_limits: {logins_per_address: [1]}«", "must be one value"),
            ("rate_limit: {}«", "did you mean 'rate_limits'?"),
        ])
    func wrongSection(text: String, words: String) throws {
        try SettingsFixture.expectProblem(text + "\n" + SettingsFixture.good, says: [words])
    }
}
