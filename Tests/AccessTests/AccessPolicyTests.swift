import Cryptography
import Identity
import TestSupport
import Testing

@testable import Access

@Suite("Access policy")
struct AccessPolicyTests {
    static let now = TestClock.start

    static func session(
        roles: [RoleName] = ["admin", "technician"], groups: [GroupName] = ["a", "b"], authenticatedAt: UnixTime? = now
    ) -> HotSession {
        HotSession(
            id: "ses_1", userID: "usr_1", email: nil, name: nil, preferredUsername: nil, realm: "infraon",
            provider: "okta",
            roles: roles, groups: groups, authenticatedAt: authenticatedAt, createdAt: now, endsAt: now + .seconds(100),
            idle: .seconds(10), tokenHash: SHA256Digest(of: "token"), lastSeenAt: now, loadedAt: now)
    }

    private func decide(_ question: AccessQuestion, _ session: HotSession?, now: UnixTime = now) -> Decision {
        AccessPolicy.decide(question, session: session, now: now)
    }

    @Test("nobody, and somebody of another realm, is asked to sign in")
    func nobody() {
        #expect(decide(AccessQuestion(realm: "infraon"), nil) == .signIn(.noSession))
        #expect(decide(AccessQuestion(realm: "ssp"), Self.session()) == .signIn(.noSession))
        #expect(decide(AccessQuestion(realm: "Infraon"), Self.session()) == .signIn(.noSession))
        #expect(decide(AccessQuestion(realm: "infraon"), Self.session()) == .allow)
    }

    @Test("nobody without a role")
    func noRole() {
        #expect(decide(AccessQuestion(realm: "infraon"), Self.session(roles: [])) == .deny(.noRole))
        #expect(decide(AccessQuestion(realm: "infraon", groups: [["a"]]), Self.session(roles: [])) == .deny(.noRole))
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
    func lists(roles: [[RoleName]], groups: [[GroupName]], reason: Decision.DenyReason?) {
        let question = AccessQuestion(realm: "infraon", roles: roles, groups: groups)
        #expect(decide(question, Self.session()) == reason.map { .deny($0) } ?? .allow)
    }

    @Test("an age is met up to its last millisecond")
    func maximumAge() {
        let question = AccessQuestion(realm: "infraon", maximumAge: .seconds(900))
        let session = Self.session()
        #expect(decide(question, session) == .allow)
        #expect(decide(question, session, now: Self.now + .seconds(900)) == .allow)
        #expect(decide(question, session, now: Self.now + .milliseconds(900_001)) == .signIn(.authenticationTooOld))
        #expect(decide(question, Self.session(authenticatedAt: nil)) == .signIn(.authenticationTooOld))
        #expect(decide(AccessQuestion(realm: "infraon"), Self.session(authenticatedAt: nil)) == .allow)
    }

    @Test("somebody who would be refused anyway is not sent to authenticate first")
    func order() {
        let old = Self.session(authenticatedAt: Self.now - .seconds(10_000))
        let question = AccessQuestion(realm: "infraon", roles: [["x"]], groups: [["x"]], maximumAge: .seconds(1))
        #expect(decide(question, old) == .deny(.roleMissing))
        #expect(
            decide(AccessQuestion(realm: "infraon", groups: [["x"]], maximumAge: .seconds(1)), old)
                == .deny(.groupMissing))
        #expect(
            decide(AccessQuestion(realm: "infraon", maximumAge: .seconds(1)), old) == .signIn(.authenticationTooOld))
    }
}
