import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Refresh grant: the token endpoint")
struct RefreshTests {
    let provider = ProviderFixture()
    static let token = Secret("the-old-refresh-token")

    private func refresh(_ party: RelyingParty? = nil) async throws -> UnverifiedRefresh {
        try await (party ?? provider.party()).refresh(Self.token, deadline: ProviderFixture.soon)
    }

    private func failure() async throws -> RefreshFailure? { try await RefreshFailure.of { try await refresh() } }

    @Test("asks with the token and the client's credentials (RFC 6749 §6), and gives the rotated token")
    func good() async throws {
        let answer = try await refresh()
        #expect(answer.refreshToken?.reveal() == "a-refresh-token")
        let request = try #require(provider.transport.requests("token").first)
        #expect(request.form == ["grant_type": "refresh_token", "refresh_token": "the-old-refresh-token"])
        #expect(request.header("Authorization")?.hasPrefix("Basic ") == true)
        #expect(!"\(answer)".contains("a-refresh-token"))
    }

    @Test("a provider that does not rotate sends none", arguments: [nil, .null] as [JSON?])
    func notRotated(value: JSON?) async throws {
        provider.answer(with: [("refresh_token", value)])
        #expect(try await refresh().refreshToken == nil)
    }

    @Test("invalid_grant is the end", arguments: [400, 401])
    func refused(status: Int) async throws {
        provider.transport.on(
            "token", status: status,
            ["error": "invalid_grant", "error_description": "the-old-refresh-token is invalid or expired."])
        let failure = try #require(try await failure())
        #expect(failure == RefreshFailure("refresh_refused", isRefused: true))
        #expect(failure.detail.contains("invalid or expired") && !failure.detail.contains("the-old-refresh-token"))
    }

    @Test(
        "anything else signs nobody out",
        arguments: [
            (400, "invalid_request", "token_request_refused"), (401, "invalid_client", "client_refused"),
            (400, "invalid_dpop_proof", "proof_refused"), (400, "INVALID_GRANT", "token_request_refused"),
            (429, "invalid_grant", "token_endpoint_failed"), (500, "invalid_grant", "token_endpoint_failed"),
            (503, "x", "token_endpoint_failed"), (302, "invalid_grant", "token_endpoint_failed"),
            (201, "invalid_grant", "token_endpoint_failed"),
        ])
    func unavailable(status: Int, error: String, reason: String) async throws {
        provider.transport.on("token", status: status, ["error": .string(error)])
        #expect(try await failure() == RefreshFailure(reason))
    }

    @Test("failures of the network and of discovery", arguments: OutboundError.Reason.allCases)
    func network(reason: OutboundError.Reason) async throws {
        provider.transport.on("token", fails: reason)
        #expect(try await failure() == RefreshFailure(reason.rawValue))
        provider.transport.on("discovery", fails: reason)
        #expect(try await failure() == RefreshFailure(reason.rawValue))
    }

    @Test("an answer that holds no token that could be read", arguments: ["", "<html>", "[]", "{\"refresh_token\":1}"])
    func garbage(text: String) async throws {
        provider.transport.on("token", bytes: Array(text.utf8))
        #expect(try await failure() == RefreshFailure("token_answer_malformed"))
    }

    @Test(
        "Retry-After is read where the provider is overloaded",
        arguments: [
            (429, "7", .seconds(7)), (503, "0", .zero), (503, "Sun, 22 Nov 2026 09:53:01 GMT", .seconds(10)),
            (503, "Sun, 22 Nov 2026 09:52:01 GMT", .zero), (429, "99999999999999999999", .seconds(24 * 3600)),
            (429, "-1", nil), (429, "soon", nil), (500, "7", nil), (400, "7", nil),
        ] as [(Int, String, Duration?)])
    func retryAfter(status: Int, value: String, expected: Duration?) async throws {
        provider.transport.on(
            "token", ProviderFixture.answering(status, headers: [(name: "retry-after", value: value)]))
        let failure = try #require(try await failure())
        #expect(failure == RefreshFailure("token_endpoint_failed") && failure.retryAfter == expected)
    }
}

@Suite("Refresh grant: who it is now")
struct RefreshedSignInTests {
    let provider = ProviderFixture()

    private func verify(_ party: RelyingParty? = nil, subject: String = IDTokenFixture.subject) async throws
        -> RefreshedSignIn
    {
        let party = party ?? provider.party()
        let answer = try await party.refresh(RefreshTests.token, deadline: ProviderFixture.soon)
        return try await party.verify(answer, subject: subject, deadline: ProviderFixture.soon)
    }

    private func failure(_ party: RelyingParty? = nil, subject: String = IDTokenFixture.subject) async throws
        -> RefreshFailure?
    {
        try await RefreshFailure.of { try await verify(party, subject: subject) }
    }

    @Test("a good answer says who, with which groups, and since when; a nonce is not looked at")
    func good() async throws {
        for nonce in [nil, "any", .string(IDTokenFixture.nonce)] as [JSON?] {
            provider.answer([("nonce", nonce), ("groups", ["admins"]), ("auth_time", 1), ("acr", "strong")])
            let signIn = try await verify()
            let identity = try #require(signIn.identity)
            #expect(identity.subject == IDTokenFixture.subject && identity.groups == ["admins"])
            #expect(identity.authenticatedAt == UnixTime(seconds: 1) && identity.authenticationContext == "strong")
            #expect(signIn.idToken != nil)
        }
    }

    @Test(
        "another issuer, audience or subject ends the grant",
        arguments: [
            ("iss", "https://evil.example", "refresh_issuer_mismatch"), ("aud", "other", "refresh_audience_mismatch"),
            ("sub", "00uK2", "refresh_subject_mismatch"), ("sub", "00u\u{212A}1", "refresh_subject_mismatch"),
        ] as [(String, JSON, String)])
    func refused(name: String, value: JSON, reason: String) async throws {
        #expect(try await failure() == nil)
        provider.answer([(name, value)])
        #expect(try await failure() == RefreshFailure(reason, isRefused: true))
    }

    @Test("the subject is the session's")
    func subject() async throws {
        #expect(try await failure(subject: "other") == RefreshFailure("refresh_subject_mismatch", isRefused: true))
    }

    @Test(
        "every other flaw of the ID token signs nobody out",
        arguments: [
            ("iss", nil, "issuer_missing"), ("aud", nil, "audience_missing"), ("sub", nil, "subject_missing"),
            ("exp", 1, "expired"), ("exp", nil, "expiry_missing"), ("iat", 1, "issued_too_long_ago"),
            ("iat", nil, "issued_at_missing"), ("nbf", 99_999_999_999, "not_yet_valid"),
            ("azp", "other", "authorized_party_mismatch"), ("at_hash", "AAAA", "at_hash_mismatch"),
            ("acr", 1, "claim_malformed"), ("events", [:], "type_unexpected"), ("groups", 1, "groups_malformed"),
            ("email", .string(String(repeating: "x", count: 513)), "claim_too_large"),
        ] as [(String, JSON?, String)])
    func unavailable(name: String, value: JSON?, reason: String) async throws {
        provider.answer([(name, value)])
        #expect(try await failure() == RefreshFailure(reason))
    }

    @Test("a rotated token comes out whatever is wrong beside it")
    func rotatedTokenSurvives() async throws {
        let party = provider.party()
        for flaw in [("id_token", 1), ("access_token", 1), ("token_type", "N_A"), ("token_type", nil)]
            as [(String, JSON?)]
        {
            provider.answer(with: [flaw])
            let answer = try await party.refresh(RefreshTests.token, deadline: ProviderFixture.soon)
            #expect(answer.refreshToken?.reveal() == "a-refresh-token")
            let failure = try await RefreshFailure.of {
                try await party.verify(answer, subject: IDTokenFixture.subject, deadline: ProviderFixture.soon)
            }
            #expect(failure == RefreshFailure(flaw.1 == "N_A" ? "token_type_unexpected" : "token_answer_malformed"))
        }
    }

    @Test("keys: newer ones are fetched, and what they do not vouch for signs nobody out")
    func keys() async throws {
        let party = provider.party()
        #expect(try await failure(party) == nil)
        provider.answer(by: .otherP256, kid: "k2")
        #expect(try await failure(party) == RefreshFailure("key_unknown"))
        provider.clock.advance(.seconds(60))
        provider.transport.on("jwks", bytes: keySet(TestKey.otherP256.jwk(kid: "k2")))
        #expect(try await failure(party) == nil)
        provider.clock.advance(.seconds(60))
        provider.answer()
        provider.transport.on("jwks", fails: .timedOut)
        #expect(try await failure(party) == RefreshFailure("provider_timed_out"))
        provider.answer(by: .p256, kid: "k2")
        provider.clock.advance(.seconds(60))
        provider.transport.on("jwks", bytes: keySet(TestKey.otherP256.jwk(kid: "k2")))
        #expect(try await failure(party) == RefreshFailure("signature_invalid"))
    }

    @Test("groups that are missing or may be cut come from userinfo, as when signing in")
    func userInfo() async throws {
        for groups in [nil, JSON((0..<100).map { "group-\($0)" })] as [JSON?] {
            provider.answer([("groups", groups)])
            #expect(try await verify().identity?.groups == ["from userinfo"])
        }
        provider.transport.on("userinfo", ["sub": .string(IDTokenFixture.subject)])
        provider.answer([("groups", nil)])
        #expect(try await verify().identity?.groups == [])
        provider.transport.on("userinfo", status: 500, [:])
        #expect(try await failure() == RefreshFailure("userinfo_failed"))
        provider.transport.on("userinfo", ["sub": "00uK2"])
        #expect(try await failure() == RefreshFailure("userinfo_subject_mismatch"))
    }

    @Test("groups that nobody can be asked for are not 'no groups'")
    func unknownGroups() async throws {
        provider.answer([("groups", nil)], with: [("access_token", nil)])
        #expect(try await failure() == RefreshFailure("groups_missing"))
        provider.answer([("groups", [])], with: [("access_token", nil)])
        #expect(try await verify().identity?.groups == [])
    }

    @Test("where there is no userinfo endpoint, an ID token without groups means none, as at sign-in")
    func noUserInfo() async throws {
        provider.discover([("userinfo_endpoint", nil)])
        for members in [[], [("access_token", nil)]] as [[(String, JSON?)]] {
            provider.answer([("groups", nil)], with: members)
            #expect(try await verify().identity?.groups == [])
        }
        provider.answer([("groups", ["admins"])])
        #expect(try await verify().identity?.groups == ["admins"])
        #expect(provider.transport.requests("userinfo").isEmpty)
    }

    @Test("without an ID token userinfo says who it is")
    func noIDToken() async throws {
        provider.answer(with: [("id_token", nil)])
        provider.transport.on(
            "userinfo", ["sub": .string(IDTokenFixture.subject), "email": "ada@acme.example", "groups": ["a"]])
        let signIn = try await verify()
        let identity = try #require(signIn.identity)
        #expect(identity.issuer == IDTokenFixture.issuer && identity.subject == IDTokenFixture.subject)
        #expect(identity.email == "ada@acme.example" && identity.groups == ["a"] && signIn.idToken == nil)
        #expect(identity.authenticatedAt == nil && identity.authenticationContext == nil)

        provider.transport.on("userinfo", ["sub": "00uK2", "groups": ["a"]])
        #expect(try await failure() == RefreshFailure("refresh_subject_mismatch", isRefused: true))
        provider.transport.on("userinfo", ["groups": ["a"]])
        #expect(try await failure() == RefreshFailure("userinfo_malformed"))
        provider.transport.on("userinfo", ["sub": .string(IDTokenFixture.subject), "groups": []])
        #expect(try await verify().identity?.groups == [])
        // Groups may stand in ID tokens only: nothing is known anew, and what was known stays.
        for groups in [nil, .null] as [JSON?] {
            var answer = JSONObject([("sub", .string(IDTokenFixture.subject)), ("email", "new@acme.example")])
            if let groups { answer.set("groups", groups) }
            provider.transport.on("userinfo", .object(answer))
            let unchanged = try await verify()
            #expect(unchanged.identity == nil && unchanged.idToken == nil)
        }
        provider.transport.on("userinfo", ["sub": .string(IDTokenFixture.subject), "groups": 1])
        #expect(try await failure() == RefreshFailure("groups_malformed"))
        provider.transport.on("userinfo", status: 401, [:])
        #expect(try await failure() == RefreshFailure("userinfo_failed"))
    }

    @Test("with neither ID token nor userinfo the grant lives, and nothing new is known")
    func nothing() async throws {
        provider.answer(with: [("id_token", nil), ("access_token", nil)])
        #expect(try await verify().identity == nil)
        provider.answer(with: [("id_token", nil)])
        provider.discover([("userinfo_endpoint", nil)])
        let signIn = try await verify()
        #expect(signIn.identity == nil && signIn.idToken == nil)
        #expect(provider.transport.requests("userinfo").isEmpty)
    }
}

/// How a refresh failed; equal when the reason and the kind are.
struct RefreshFailure: Equatable {
    let reason: String
    let isRefused: Bool
    let retryAfter: Duration?
    let detail: String

    init(_ reason: String, isRefused: Bool = false) {
        (self.reason, self.isRefused, retryAfter, detail) = (reason, isRefused, nil, "")
    }

    private init(_ error: RefreshError) {
        switch error {
        case .refused(let error): (reason, isRefused, retryAfter, detail) = (error.reason, true, nil, error.detail)
        case .unavailable(let error, let time):
            (reason, isRefused, retryAfter, detail) = (error.reason, false, time, error.detail)
        }
    }

    /// Why something fails; nil when it does not. No error may hold a secret.
    static func of(_ body: () async throws -> some Any) async throws -> RefreshFailure? {
        do {
            _ = try await body()
            return nil
        } catch let error as RefreshError {
            for secret in [
                RefreshTests.token.reveal(), ProviderFixture.secret, ProviderFixture.accessToken, "a-refresh-token",
            ] {
                #expect(!"\(error)".contains(secret), "a secret shows in \(error)")
            }
            return RefreshFailure(error)
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.reason == right.reason && left.isRefused == right.isRefused
    }
}
