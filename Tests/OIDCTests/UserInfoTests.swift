import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Userinfo")
struct UserInfoTests {
    let provider = ProviderFixture()

    private var asked: Int { provider.transport.requests("userinfo").count }

    private static func manyGroups(_ count: Int) -> JSON { JSON((0..<count).map { "group-\($0)" }) }

    @Test(
        "is asked when something is missing or may be cut",
        arguments: [
            ("groups", nil), ("groups", .null), ("groups", manyGroups(100)), ("groups", manyGroups(101)),
            ("email", nil),
            ("email", ""), ("name", nil),
            ("name", 1),
        ] as [(String, JSON?)])
    func asks(name: String, value: JSON?) async throws {
        provider.answer([(name, value)])
        let identity = try await provider.redeem().identity
        #expect(asked == 1)
        #expect(identity.groups == ["from userinfo"])
        let request = try #require(provider.transport.requests("userinfo").first)
        #expect(request.method == .get && request.url == "https://acme.okta.com/v1/userinfo")
        #expect(request.header("Authorization") == "Bearer \(ProviderFixture.accessToken)")
    }

    @Test("is not asked when the ID token says all", arguments: [0, 1, 99])
    func doesNotAsk(count: Int) async throws {
        provider.answer([("groups", Self.manyGroups(count))])
        #expect(try await provider.redeem().identity.groups.count == count)
        #expect(asked == 0)
    }

    @Test("a thin token is filled from userinfo; what the token says counts first")
    func thin() async throws {
        provider.answer([("groups", nil), ("name", nil), ("email", "token@acme.example")])
        provider.transport.on(
            "userinfo",
            [
                "sub": .string(IDTokenFixture.subject), "email": "userinfo@acme.example", "name": "Ada",
                "preferred_username": "ada",
                "groups": ["a", "b"],
            ])
        let identity = try await provider.redeem().identity
        #expect(identity.email == "token@acme.example" && identity.name == "Ada" && identity.preferredUsername == "ada")
        #expect(identity.groups == ["a", "b"])
    }

    @Test("userinfo without groups leaves the token's")
    func groupsOfToken() async throws {
        provider.answer([("groups", Self.manyGroups(100))])
        provider.transport.on("userinfo", ["sub": .string(IDTokenFixture.subject)])
        #expect(try await provider.redeem().identity.groups.count == 100)
    }

    @Test("no endpoint, or no access token: the ID token has to do")
    func cannotAsk() async throws {
        provider.answer([("groups", nil)], with: [("access_token", nil)])
        #expect(try await provider.redeem().identity.groups == [])
        provider.answer([("groups", nil)])
        provider.discover([("userinfo_endpoint", nil)])
        #expect(try await provider.redeem().identity.groups == [])
        #expect(asked == 0)
    }

    @Test(
        "its subject must be the ID token's, byte by byte",
        arguments: [
            ("00uK2", "userinfo_subject_mismatch", SignInError.Fault.answer),
            ("00u\u{212A}1", "userinfo_subject_mismatch", .answer),
            ("00uk1", "userinfo_subject_mismatch", .answer), ("", "userinfo_subject_mismatch", .answer),
            ("00uK1 ", "userinfo_subject_mismatch", .answer),
            (nil, "userinfo_malformed", .provider), (1, "userinfo_malformed", .provider),
        ] as [(JSON?, String, SignInError.Fault)])
    func subject(value: JSON?, reason: String, fault: SignInError.Fault) async throws {
        provider.answer([("groups", nil)])
        #expect(try await provider.failure() == nil)
        let claims = TestToken(claims: [("groups", ["admins"])]).claiming([("sub", value)]).claims
        provider.transport.on("userinfo", .object(claims))
        #expect(try await provider.failure() == Failure(reason, fault))
    }

    @Test("garbage", arguments: ["", "<html>", "[]", "{\"sub\":\"00uK1\",\"sub\":\"00uK1\"}"])
    func garbage(text: String) async throws {
        provider.answer([("groups", nil)])
        provider.transport.on("userinfo", bytes: Array(text.utf8))
        #expect(try await provider.failure() == Failure("userinfo_malformed", .provider))
    }

    @Test("statuses and failures of the network end the sign-in", arguments: [204, 302, 401, 403, 500])
    func statuses(status: Int) async throws {
        provider.answer([("groups", nil)])
        provider.transport.on("userinfo", status: status, ["sub": .string(IDTokenFixture.subject)])
        #expect(try await provider.failure() == Failure("userinfo_failed", .provider))
        provider.transport.on("userinfo", fails: .timedOut)
        #expect(try await provider.failure() == Failure("provider_timed_out", .providerTimedOut))
    }

    @Test(
        "groups are an array of strings, or one string",
        arguments: [(["a", "b"], ["a", "b"]), ("a", ["a"]), ([], []), (["a,b", "\u{e9}"], ["a,b", "\u{e9}"])]
            as [(JSON, [String])])
    func groups(value: JSON, names: [String]) async throws {
        provider.answer([("groups", value)])
        #expect(try await provider.redeem().identity.groups.map(\.text) == names)
    }

    @Test(
        "groups of another type, in the token and in userinfo",
        arguments: [1, true, [:], [1], ["a", nil], [["a"]]] as [JSON])
    func malformedGroups(value: JSON) async throws {
        provider.answer([("groups", value)])
        #expect(try await provider.failure()?.reason == "groups_malformed")
        provider.answer([("groups", nil)])
        provider.transport.on("userinfo", ["sub": .string(IDTokenFixture.subject), "groups": value])
        #expect(try await provider.failure()?.reason == "groups_malformed")
    }

    @Test("groups have at most 64 KB together, in the token and in userinfo")
    func manyGroupBytes() async throws {
        func groups(_ bytes: Int) -> JSON { JSON([String(repeating: "g", count: bytes - 3), "abc"]) }
        // A whole token has no more than that; a good one with many groups has less.
        provider.answer([("groups", groups(40 * 1024))])
        #expect(try await provider.failure() == nil)
        provider.answer([("groups", groups(64 * 1024))])
        #expect(try await provider.failure()?.reason == "token_answer_malformed")
        provider.answer([("groups", nil)])
        provider.transport.on("userinfo", ["sub": .string(IDTokenFixture.subject), "groups": groups(64 * 1024)])
        #expect(try await provider.failure() == nil)
        provider.transport.on("userinfo", ["sub": .string(IDTokenFixture.subject), "groups": groups(64 * 1024 + 1)])
        #expect(try await provider.failure() == Failure("groups_too_large", .answer))
    }

    @Test("texts have at most 512 bytes", arguments: ["email", "name", "preferred_username", "sid"])
    func longTexts(name: String) async throws {
        provider.answer([(name, .string(String(repeating: "x", count: 512)))])
        #expect(try await provider.failure() == nil)
        provider.answer([(name, .string(String(repeating: "x", count: 513)))])
        #expect(try await provider.failure() == Failure("claim_too_large", .answer))
    }
}
