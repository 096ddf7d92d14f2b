import Access
import HTTPTypes
import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("Sign-outs that the provider starts")
struct ProviderLogoutRouteTests {
    static let issuer = "https://acme.okta.com"
    static let form = ("Content-Type", "application/x-www-form-urlencoded")
    static let event = "http://schemas.openid.net/event/backchannel-logout"

    let gateway: GatewayFixture
    let plan = FailingDatabase.Plan()

    init() async throws {
        let plan = plan
        gateway = try await GatewayFixture { FailingDatabase($0, plan) }
        gateway.claims.withLock { $0 = [("sid", "s1")] }
    }

    /// Signs in with a provider session of that name.
    private func signIn(_ session: String = "s1", subject: String = "00u1", realm: String = "infraon") async throws
        -> String
    {
        gateway.claims.withLock { $0 = [("sid", .string(session)), ("sub", .string(subject))] }
        return try await gateway.signIn("/login?realm=\(realm)")
    }

    private func logoutToken(_ changes: [(String, JSON?)] = [], key: TestKey = .p256, kid: String = "k1") -> String {
        let now = gateway.clock.now.seconds
        return TestToken(
            header: [("typ", "logout+jwt")],
            claims: [
                ("iss", .string(Self.issuer)), ("aud", "0oa1"), ("iat", .integer(now)), ("exp", .integer(now + 120)),
                ("jti", "logout-1"), ("events", .object(JSONObject([(Self.event, [:])]))), ("sub", "00u1"),
                ("sid", "s1"),
            ]
        ).claiming(changes).signed(by: key, .es256, kid: kid)
    }

    private func backchannel(_ token: String) async throws -> Answer {
        try await gateway.send("POST", "/logout/backchannel/okta", [Self.form], body: "logout_token=\(token)")
    }

    /// A refusal says little to the sender, and the precise reason in the trail under its reference.
    private func expectRefusal(
        _ answer: Answer, _ status: Int, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(
            answer.status.code == status && answer.headers[.cacheControl] == "no-store", sourceLocation: sourceLocation)
        let description = try #require(answer.json?["error_description"]?.string, sourceLocation: sourceLocation)
        let event = try #require(try await gateway.trail().first, sourceLocation: sourceLocation)
        #expect(event.kind == .logoutRefused && event.reason == reason, "\(event)", sourceLocation: sourceLocation)
        #expect(event.provider == "okta", sourceLocation: sourceLocation)
        let reference = try #require(event.reference, sourceLocation: sourceLocation)
        #expect(description == "\(reason); reference \(reference)", sourceLocation: sourceLocation)
        #expect(gateway.log.text.contains(reference), sourceLocation: sourceLocation)
    }

    // MARK: Back channel

    @Test("a good logout token ends the session at once, once")
    func backchannel() async throws {
        let (here, there) = (try await signIn(), try await signIn("s2"))
        for cookie in [here, there] { #expect(try await gateway.check(cookie) == 200) }
        let answer = try await backchannel(logoutToken())
        #expect(answer.status == .ok && answer.body.isEmpty && answer.headers[.cacheControl] == "no-store")
        #expect(try await gateway.check(here) == 401)
        #expect(try await gateway.check(there) == 200)
        let event = try #require(try await gateway.trail().first)
        #expect(event.kind == .sessionEnded && event.reason == "backchannel_logout" && event.actor == "okta")

        let again = try await signIn()
        let replay = try await backchannel(logoutToken())
        try await expectRefusal(replay, 400, "token_replayed")
        #expect(replay.json?["error"] == "invalid_request")
        #expect(try await gateway.check(again) == 200)
    }

    @Test(
        "whose session: sid and sub must fit the same one; sub alone is all of the person's; sid alone is whoever has it",
        arguments: [
            ([], ["ada s1"]), ([("sub", nil)], ["ada s1", "colin s1"]), ([("sid", nil)], ["ada s1", "ada s2"]),
            ([("sub", "00u9")], []), ([("sid", "s9")], []), ([("sid", "S1")], []),
            ([("sid", nil), ("sub", "00U1")], []),
        ] as [([(String, JSON?)], Set<String>)])
    func selection(changes: [(String, JSON?)], expected: Set<String>) async throws {
        let cookies = [
            "ada s1": try await signIn(), "ada s2": try await signIn("s2"),
            "colin s1": try await signIn(subject: "00u2"),
        ]
        #expect(try await backchannel(logoutToken(changes)).status == .ok)
        for (name, cookie) in cookies {
            #expect(try await gateway.check(cookie) == (expected.contains(name) ? 401 : 200), "\(name)")
        }
    }

    @Test(
        "a token with one flaw is refused, and uses nothing up",
        arguments: [
            ("iss", "https://evil.example", "issuer_mismatch"), ("aud", "other", "audience_mismatch"),
            ("exp", 1, "expired"), ("iat", 1, "issued_too_long_ago"), ("jti", nil, "token_id_missing"),
            ("events", nil, "events_missing"), ("events", [:], "event_missing"), ("nonce", "n", "nonce_present"),
        ] as [(String, JSON?, String)])
    func flaws(claim: String, value: JSON?, reason: String) async throws {
        let cookie = try await signIn()
        try await expectRefusal(try await backchannel(logoutToken([(claim, value)])), 400, reason)
        try await expectRefusal(try await backchannel(logoutToken(key: .otherP256)), 400, "signature_invalid")
        #expect(try await gateway.check(cookie) == 200)
        #expect(try await backchannel(logoutToken()).status == .ok)
        #expect(try await gateway.check(cookie) == 401)
    }

    @Test("a token that names nobody is refused")
    func nobody() async throws {
        let answer = try await backchannel(logoutToken([("sub", nil), ("sid", nil)]))
        try await expectRefusal(answer, 400, "subject_and_session_missing")
    }

    @Test("a token that cannot be judged may come again, and is good then")
    func unjudged() async throws {
        let cookie = try await signIn()
        gateway.clock.advance(.seconds(60))
        gateway.transport.on("jwks", fails: .timedOut)
        let token = logoutToken(key: .otherP256, kid: "k2")
        let answer = try await backchannel(token)
        try await expectRefusal(answer, 503, "provider_timed_out")
        #expect(answer.json?["error"] == "temporarily_unavailable")
        #expect(try await gateway.check(cookie) == 200)
        gateway.transport.on("jwks", bytes: keySet(TestKey.otherP256.jwk(kid: "k2")))
        gateway.clock.advance(.seconds(60))
        #expect(try await backchannel(token).status == .ok)
        #expect(try await gateway.check(cookie) == 401)
    }

    @Test("a store that fails leaves the token good")
    func storeFails() async throws {
        let cookie = try await signIn()
        plan.fail(1)
        #expect(try await backchannel(logoutToken()).status == .serviceUnavailable)
        #expect(try await gateway.check(cookie) == 200)
        #expect(try await backchannel(logoutToken()).status == .ok)
        #expect(try await gateway.check(cookie) == 401)
    }

    @Test("what is no form with one logout token")
    func forms() async throws {
        let path = "/logout/backchannel/okta"
        for body in ["", "other=x", "logout_token="] {
            let answer = try await gateway.send("POST", path, [Self.form], body: body)
            try await expectRefusal(answer, 400, "logout_token_missing")
        }
        let token = logoutToken()
        let twice = try await gateway.send(
            "POST", path, [Self.form], body: "logout_token=\(token)&logout_token=\(token)")
        #expect(twice.status.code == 400)
        let json = try await gateway.send(
            "POST", path, [("Content-Type", "application/json")], body: "{\"logout_token\":\"\(token)\"}")
        #expect(json.status.code == 415)
        let query = try await gateway.send("POST", path + "?logout_token=\(token)", [Self.form])
        try await expectRefusal(query, 400, "logout_token_missing")
        #expect(try await backchannel(token).status == .ok)
    }

    @Test(
        "addresses and methods that are not there",
        arguments: [
            ("POST", "/logout/backchannel/none", 404), ("POST", "/logout/backchannel/", 404),
            ("POST", "/logout/backchannel", 404), ("POST", "/logout/backchannel/okta/x", 404),
            ("GET", "/logout/backchannel/okta", 405), ("POST", "/logout/sidechannel/okta", 404),
            ("GET", "/logout/frontchannel/none", 404), ("POST", "/logout/frontchannel/okta", 405),
            ("POST", "/logout/universal/none", 404), ("GET", "/logout/universal/okta", 405),
            ("POST", "/logout/backchannel/Okta", 404),
        ])
    func paths(method: String, path: String, status: Int) async throws {
        #expect(try await gateway.send(method, path, [Self.form]).status.code == status)
    }

    // MARK: Front channel

    private func frontchannel(_ query: String, cookie: String? = nil) async throws -> Answer {
        try await gateway.get("/logout/frontchannel/okta?" + query, cookie: cookie)
    }

    private static let good = "iss=https%3A%2F%2Facme.okta.com&sid=s1"

    @Test("ends the provider's session, and takes the cookies that came along and are worth nothing now")
    func frontchannel() async throws {
        let here = try await signIn()
        let portal = try await signIn("s2", realm: "ssp")
        let other = try await signIn(subject: "00u2")
        let answer = try await frontchannel(Self.good, cookie: "\(here); \(portal)")
        #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
        #expect(answer.headers[.contentSecurityPolicy]?.contains("frame-ancestors https://acme.okta.com;") == true)
        #expect(answer.headers[.xFrameOptions] == nil)
        #expect(
            answer.headers[values: .setCookie].map { String($0.prefix { $0 != ";" }) } == ["__Host-gatehouse-infraon="])
        // Whoever has this session of the provider's.
        for cookie in [here, other] { #expect(try await gateway.check(cookie) == 401) }
        #expect(try await gateway.get("/session/check?realm=ssp", cookie: portal).status == .ok)
        let event = try #require(try await gateway.trail().first)
        #expect(event.reason == "frontchannel_logout" && event.actor == "okta")
    }

    @Test("without cookies the session ends all the same; a session that nobody has ends nothing")
    func withoutCookies() async throws {
        let cookie = try await signIn()
        let nothing = try await frontchannel("iss=https%3A%2F%2Facme.okta.com&sid=s9", cookie: cookie)
        #expect(nothing.status == .ok && nothing.headers[values: .setCookie].isEmpty)
        #expect(try await gateway.check(cookie) == 200)
        let answer = try await frontchannel(Self.good)
        #expect(answer.status == .ok && answer.headers[values: .setCookie].isEmpty)
        #expect(try await gateway.check(cookie) == 401)
    }

    @Test(
        "issuer and session must both be there, once, and the issuer exact",
        arguments: [
            ("", "logout_session_missing"), ("sid=s1", "logout_session_missing"),
            ("iss=https%3A%2F%2Facme.okta.com", "logout_session_missing"),
            ("iss=https%3A%2F%2Facme.okta.com&sid=", "logout_session_missing"),
            ("iss=https%3A%2F%2Facme.okta.com%2F&sid=s1", "issuer_mismatch"),
            ("iss=https%3A%2F%2FACME.okta.com&sid=s1", "issuer_mismatch"),
            ("iss=https%3A%2F%2Fevil.example&sid=s1", "issuer_mismatch"),
        ])
    func frontchannelFlaws(query: String, reason: String) async throws {
        let cookie = try await signIn()
        try await expectRefusal(try await frontchannel(query, cookie: cookie), 400, reason)
        #expect(try await frontchannel(Self.good + "&sid=s2", cookie: cookie).status.code == 400)
        #expect(try await gateway.check(cookie) == 200)
    }

    // MARK: Universal Logout

    private func revocationToken(_ changes: [(String, JSON?)] = [], type: String = "global-token-revocation+jwt")
        -> String
    {
        let now = gateway.clock.now.seconds
        return TestToken(
            header: [("typ", .string(type))],
            claims: [
                ("iss", .string(Self.issuer)), ("aud", "https://sso.example.com/logout/universal/okta"),
                ("sub", "0oa1"),
                ("jti", "revocation-1"), ("iat", .integer(now)), ("nbf", .integer(now)), ("exp", .integer(now + 300)),
            ]
        ).claiming(changes).signed(by: .p256, .es256, kid: "k1")
    }

    private func universal(_ body: String, token: String? = nil) async throws -> Answer {
        try await gateway.send(
            "POST", "/logout/universal/okta",
            [("Authorization", "Bearer \(token ?? revocationToken())"), ("Content-Type", "application/json")],
            body: body)
    }

    private static let byEmail = #"{"sub_id":{"format":"email","email":"ADA@acme.example"}}"#
    private static let bySubject = #"{"sub_id":{"format":"iss_sub","iss":"https://acme.okta.com","sub":"00u1"}}"#

    @Test("ends everything of the person, in all realms, once", arguments: [byEmail, bySubject])
    func universal(body: String) async throws {
        let (here, portal) = (try await signIn(), try await signIn("s2", realm: "ssp"))
        gateway.claims.withLock { $0 = [("sub", "00u2"), ("email", "colin@acme.example")] }
        let colin = try await gateway.signIn()
        let answer = try await universal(body)
        #expect(answer.status == .noContent && answer.body.isEmpty)
        #expect(try await gateway.check(here) == 401)
        #expect(try await gateway.sessions == 1)
        #expect(try await gateway.get("/session/check?realm=ssp", cookie: portal).status == .unauthorized)
        #expect(try await gateway.check(colin) == 200)
        #expect(
            try await gateway.events().prefix(2) == [
                "session.ended universal_logout", "session.ended universal_logout",
            ])
        let again = try await signIn()
        let replay = try await universal(body)
        try await expectRefusal(replay, 401, "token_replayed")
        #expect(replay.headers[.wwwAuthenticate] == "Bearer error=\"invalid_token\"")
        #expect(try await gateway.check(again) == 200)
        // A token without a name cannot be told from its replay, and is good for its five minutes.
        for _ in 0..<2 {
            #expect(try await universal(body, token: revocationToken([("jti", nil)])).status == .noContent)
        }
        #expect(try await gateway.check(again) == 401)
    }

    @Test(
        "a body with one flaw, and the token is still good after it",
        arguments: [
            ("", 400, "revocation_malformed"), ("x", 400, "revocation_malformed"), ("[]", 400, "revocation_malformed"),
            ("{}", 400, "revocation_malformed"), (#"{"sub_id":"ada"}"#, 400, "revocation_malformed"),
            (#"{"sub_id":{"email":"ada@acme.example"}}"#, 400, "revocation_malformed"),
            (#"{"sub_id":{"format":"email"}}"#, 400, "revocation_malformed"),
            (#"{"sub_id":{"format":"email","email":""}}"#, 400, "revocation_malformed"),
            (#"{"sub_id":{"format":"email","email":1}}"#, 400, "revocation_malformed"),
            (#"{"sub_id":{"format":"email","email":"a@b","email":"ada@acme.example"}}"#, 400, "revocation_malformed"),
            (#"{"sub_id":{"format":"iss_sub","sub":"00u1"}}"#, 400, "revocation_malformed"),
            (#"{"sub_id":{"format":"opaque","id":"00u1"}}"#, 422, "subject_format_unsupported"),
            (#"{"sub_id":{"format":"Email","email":"ada@acme.example"}}"#, 422, "subject_format_unsupported"),
        ])
    func bodies(body: String, status: Int, reason: String) async throws {
        let cookie = try await signIn()
        try await expectRefusal(try await universal(body), status, reason)
        #expect(try await gateway.check(cookie) == 200)
        #expect(try await universal(Self.byEmail).status == .noContent)
        #expect(try await gateway.check(cookie) == 401)
    }

    @Test(
        "somebody whom the provider has never named here; the token is used up all the same",
        arguments: [
            #"{"sub_id":{"format":"email","email":"nobody@acme.example"}}"#,
            #"{"sub_id":{"format":"iss_sub","iss":"https://acme.okta.com","sub":"00u9"}}"#,
        ])
    func unknownSubject(body: String) async throws {
        let cookie = try await signIn()
        try await expectRefusal(try await universal(body), 404, "subject_unknown")
        try await expectRefusal(try await universal(body), 401, "token_replayed")
        #expect(try await gateway.check(cookie) == 200)
    }

    @Test("another issuer's person of the same name is nobody here, and nothing ends")
    func otherIssuersSubject() async throws {
        let cookie = try await signIn()
        let body = #"{"sub_id":{"format":"iss_sub","iss":"https://evil.example","sub":"00u1"}}"#
        try await expectRefusal(try await universal(body), 404, "subject_unknown")
        let status = try await gateway.check(cookie)
        #expect(status == 200)
    }

    @Test(
        "a token with one flaw",
        arguments: [
            ("iss", "https://evil.example", 401, "issuer_mismatch"),
            ("aud", "https://sso.example.com/logout/universal/other", 401, "audience_mismatch"),
            ("sub", "0oa2", 403, "client_mismatch"), ("exp", 1, 401, "expired"),
        ] as [(String, JSON, Int, String)])
    func tokens(claim: String, value: JSON, status: Int, reason: String) async throws {
        let cookie = try await signIn()
        let answer = try await universal(Self.byEmail, token: revocationToken([(claim, value)]))
        try await expectRefusal(answer, status, reason)
        #expect(answer.headers[.wwwAuthenticate] == (status == 401 ? "Bearer error=\"invalid_token\"" : nil))
        let other = try await universal(Self.byEmail, token: revocationToken(type: "logout+jwt"))
        try await expectRefusal(other, 401, "type_unexpected")
        #expect(try await gateway.check(cookie) == 200)
    }

    @Test("no token is 401, also for somebody who is signed in")
    func noToken() async throws {
        let cookie = try await signIn()
        let answer = try await gateway.send("POST", "/logout/universal/okta", cookie: cookie, body: Self.byEmail)
        try await expectRefusal(answer, 401, "token_missing")
        let administrator = gateway.services.administratorTokens.make(lifetime: .seconds(60)).token.reveal()
        #expect(try await universal(Self.byEmail, token: administrator).status == .unauthorized)
        #expect(try await gateway.check(cookie) == 200)
    }

    @Test("a store that fails leaves the token good")
    func universalStoreFails() async throws {
        let cookie = try await signIn()
        plan.fail(1)
        #expect(try await universal(Self.byEmail).status == .serviceUnavailable)
        #expect(try await gateway.check(cookie) == 200)
        #expect(try await universal(Self.byEmail).status == .noContent)
        #expect(try await gateway.check(cookie) == 401)
    }

    @Test("whoever sends bad tokens again and again is limited; good ones go on")
    func limit() async throws {
        let cookie = try await signIn()
        let headers = [Self.form, ("X-Forwarded-For", "192.0.2.1")]
        func send(_ token: String) async throws -> Int {
            try await gateway.send("POST", "/logout/backchannel/okta", headers, body: "logout_token=\(token)").status
                .code
        }
        for _ in 0..<120 { #expect(try await send("x") == 400) }
        #expect(try await send("x") == 429)
        #expect(try await gateway.trail().filter { $0.kind == .logoutRefused }.count == 120)
        #expect(try await send(logoutToken()) == 200)
        #expect(try await gateway.check(cookie) == 401)
    }
}
