import Cryptography
import Identity
import SQL
import StrictJSON
import TestSupport
import Testing

@testable import Access

@Suite("Access policy")
struct AccessPolicyTests {
    static let now = TestClock.start

    static func session(
        roles: [RoleName] = ["admin", "technician"], groups: [GroupName] = ["a", "b"],
        authenticatedAt: UnixTime? = now, authenticationContext: String? = nil
    ) throws -> HotSession {
        let columns: [(String, SQLValue)] = [
            ("id", "ses_1"), ("kind", "browser"), ("host", .null), ("user_id", "usr_1"),
            ("issuer", "https://acme.okta.com"), ("email", .null),
            ("name", .null), ("preferred_username", .null), ("realm", "infraon"), ("provider", "okta"),
            ("groups", .text(JSON(groups.map(\.text)).text)), ("authenticated_at", SQLValue(authenticatedAt)),
            ("authentication_context", SQLValue(authenticationContext)), ("created_at", SQLValue(now)),
            ("last_seen_at", SQLValue(now)), ("ends_at", SQLValue(now + .seconds(100))),
            ("validated_at", SQLValue(now)), ("refresh_token", .null),
        ]
        let record = try SessionRecord(SQLRow(columns: columns.map(\.0), values: columns.map(\.1)))
        return HotSession(
            record, roles: roles, realm: AccessFixture.infraon, tokenHash: SHA256Digest(of: "token"), loadedAt: now)
    }

    private func decide(_ question: AccessQuestion, _ session: HotSession?, now: UnixTime = now) -> Decision {
        AccessPolicy.decide(question, session: session, now: now)
    }

    @Test("nobody, and somebody of another realm, is asked to sign in")
    func nobody() throws {
        #expect(decide(AccessQuestion(realm: "infraon"), nil) == .signIn(.noSession))
        #expect(try decide(AccessQuestion(realm: "ssp"), Self.session()) == .signIn(.noSession))
        #expect(try decide(AccessQuestion(realm: "Infraon"), Self.session()) == .signIn(.noSession))
        #expect(try decide(AccessQuestion(realm: "infraon"), Self.session()) == .allow)
    }

    @Test("nobody without a role")
    func noRole() throws {
        #expect(try decide(AccessQuestion(realm: "infraon"), Self.session(roles: [])) == .deny(.noRole))
        #expect(
            try decide(AccessQuestion(realm: "infraon", groups: [["a"]]), Self.session(roles: [])) == .deny(.noRole))
    }

    @Test(
        "every list must be met, each by any one of its members",
        arguments: [
            ([["admin"]], [], nil), ([["x", "admin"]], [], nil), ([["technician", "admin"]], [], nil),
            ([["admin"], ["technician"]], [], nil), ([["x"]], [], .roleMissing),
            ([["admin"], ["x"]], [], .roleMissing),
            ([["x"], ["admin"]], [], .roleMissing), ([["Admin"]], [], .roleMissing), ([[]], [], .roleMissing),
            ([], [["a"]], nil), ([], [["x", "b"]], nil), ([], [["a"], ["b"]], nil), ([], [["x"]], .groupMissing),
            ([], [["a"], ["x"]], .groupMissing), ([], [["A"]], .groupMissing), ([], [["admin"]], .groupMissing),
            ([], [["*"]], .groupMissing), ([], [[]], .groupMissing),
            ([["admin"]], [["a"]], nil), ([["admin"]], [["x"]], .groupMissing), ([["x"]], [["a"]], .roleMissing),
            ([["x"]], [["x"]], .roleMissing),
        ] as [([[RoleName]], [[GroupName]], Decision.DenyReason?)])
    func lists(roles: [[RoleName]], groups: [[GroupName]], reason: Decision.DenyReason?) throws {
        let question = AccessQuestion(realm: "infraon", roles: roles, groups: groups)
        #expect(try decide(question, Self.session()) == reason.map { .deny($0) } ?? .allow)
    }

    @Test("an age is met up to its last millisecond")
    func maximumAge() throws {
        let question = AccessQuestion(realm: "infraon", maximumAge: .seconds(900))
        let session = try Self.session()
        #expect(decide(question, session) == .allow)
        #expect(decide(question, session, now: Self.now + .seconds(900)) == .allow)
        #expect(decide(question, session, now: Self.now + .milliseconds(900_001)) == .signIn(.authenticationTooOld))
        #expect(try decide(question, Self.session(authenticatedAt: nil)) == .signIn(.authenticationTooOld))
        #expect(try decide(AccessQuestion(realm: "infraon"), Self.session(authenticatedAt: nil)) == .allow)
    }

    @Test("somebody who would be refused anyway is not sent to authenticate first")
    func order() throws {
        let old = try Self.session(authenticatedAt: Self.now - .seconds(10_000))
        let question = AccessQuestion(realm: "infraon", roles: [["x"]], groups: [["x"]], maximumAge: .seconds(1))
        #expect(decide(question, old) == .deny(.roleMissing))
        #expect(
            decide(AccessQuestion(realm: "infraon", groups: [["x"]], maximumAge: .seconds(1)), old)
                == .deny(.groupMissing))
        #expect(
            decide(AccessQuestion(realm: "infraon", maximumAge: .seconds(1)), old) == .signIn(.authenticationTooOld))
    }

    static let strong = "urn:okta:loa:2fa:any"
    static let phishingResistant = "phr"

    @Test(
        "a way of authenticating: every list must be met, by any one of its members, byte by byte",
        arguments: [
            ([], nil, .allow), ([], strong, .allow), ([[strong]], strong, .allow),
            ([[phishingResistant, strong]], strong, .allow), ([[strong], [strong, "x"]], strong, .allow),
            ([[strong]], nil, .signIn(.authenticationTooWeak)),
            ([[strong]], phishingResistant, .signIn(.authenticationTooWeak)),
            ([[strong], [phishingResistant]], strong, .signIn(.authenticationTooWeak)),
            ([[strong]], "URN:okta:loa:2fa:any", .signIn(.authenticationTooWeak)),
            ([[strong]], strong + " ", .signIn(.authenticationTooWeak)),
            ([[strong]], strong + " " + phishingResistant, .signIn(.authenticationTooWeak)),
            ([["urn:\u{e9}"]], "urn:e\u{301}", .signIn(.authenticationTooWeak)),
            ([["*"]], strong, .signIn(.authenticationTooWeak)), ([[]], strong, .signIn(.authenticationTooWeak)),
            ([[""]], nil, .signIn(.authenticationTooWeak)),
        ] as [([[String]], String?, Decision)])
    func authenticationContext(lists: [[String]], context: String?, decision: Decision) throws {
        let question = AccessQuestion(realm: "infraon", authenticationContexts: lists)
        #expect(try decide(question, Self.session(authenticationContext: context)) == decision)
    }

    @Test("strength is asked for before recency, and after roles and groups")
    func orderOfStrength() throws {
        let weak = try Self.session(authenticatedAt: Self.now - .seconds(10_000))
        func question(roles: [[RoleName]] = [], groups: [[GroupName]] = []) -> AccessQuestion {
            AccessQuestion(
                realm: "infraon", roles: roles, groups: groups, maximumAge: .seconds(1),
                authenticationContexts: [[Self.strong]])
        }
        #expect(decide(question(roles: [["x"]]), weak) == .deny(.roleMissing))
        #expect(decide(question(groups: [["x"]]), weak) == .deny(.groupMissing))
        #expect(decide(question(), weak) == .signIn(.authenticationTooWeak))
        let strong = try Self.session(
            authenticatedAt: Self.now - .seconds(10_000), authenticationContext: Self.strong)
        #expect(decide(question(), strong) == .signIn(.authenticationTooOld))
        #expect(decide(question(), try Self.session(authenticationContext: Self.strong)) == .allow)
    }
}
