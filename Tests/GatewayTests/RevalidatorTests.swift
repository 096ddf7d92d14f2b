import Access
import Identity
import Outbound
import SQL
import StrictJSON
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite("Revalidator")
struct RevalidatorTests {
    let gateway: GatewayFixture
    let plan = FailingDatabase.Plan()
    let cookie: String
    let id: String

    init() async throws {
        let plan = plan
        gateway = try await GatewayFixture(GatewayFixture.revalidating) { FailingDatabase($0, plan) }
        gateway.discover([("revocation_endpoint", "https://acme.okta.com/v1/revoke")])
        gateway.transport.on("revocation", [:])
        cookie = try await gateway.signIn()
        id = try await gateway.sessionID(cookie)
    }

    private func revalidate() async throws -> String? {
        try await gateway.services.revalidator.revalidate(sessionID: id)?.label
    }

    /// The token endpoint rotates to this token from now on.
    private func rotate(to token: String?, key: TestKey = .p256, kid: String = "k1") {
        let gateway = gateway
        gateway.transport.on("token") { _ throws(OutboundError) in
            gateway.tokenAnswer(refreshToken: token, key: key, kid: kid)
        }
    }

    /// The refresh tokens that the provider was asked with.
    private var asked: [String] {
        gateway.transport.requests("token").compactMap { $0.form["refresh_token"] }
    }

    /// How long until the next question, and the number of failures in a row.
    private func next() async throws -> (pause: Duration, failures: Int64) {
        let row = try await gateway.database.transaction(.readOnly) { [id] in
            try $0.rows("SELECT revalidate_at, revalidation_failures FROM sessions WHERE id = $1", .text(id))[0]
        }
        return (try row.time("revalidate_at") - gateway.clock.now, try row.integer("revalidation_failures"))
    }

    @Test("each question uses the newest token, and moves the times")
    func succeeds() async throws {
        for number in 1...3 {
            rotate(to: "token-\(number)")
            gateway.clock.advance(.seconds(900))
            #expect(try await revalidate() == "succeeded")
            #expect(try await gateway.check(cookie) == 200)
            let (pause, failures) = try await next()
            #expect(pause > .seconds(810) && pause <= .seconds(900) && failures == 0)
        }
        rotate(to: nil)
        for _ in 0..<2 { #expect(try await revalidate() == "succeeded") }
        #expect(asked == [GatewayFixture.refreshToken, "token-1", "token-2", "token-3", "token-3"])
        let metrics = gateway.services.metrics.prometheusText(cachedSessions: 0)
        #expect(metrics.contains("gatehouse_refreshes_total{provider=\"okta\",outcome=\"succeeded\"} 5"))
    }

    @Test("new groups are in the headers of the very next check")
    func groups() async throws {
        let before = try await gateway.get("/session/check?realm=infraon", cookie: cookie)
        #expect(before.headers[.xAuthRoles] == "admin")
        gateway.claims.withLock { $0 = [("groups", ["infraon-tech-1"])] }
        #expect(try await revalidate() == "succeeded")
        let after = try await gateway.get("/session/check?realm=infraon", cookie: cookie)
        #expect(after.headers[.xAuthRoles] == "technician" && after.headers[.xAuthGroups] == "infraon-tech-1")
        #expect(after.headers[.xAuthToken] != before.headers[.xAuthToken])
        #expect(try await gateway.trail().first?.kind == .sessionRevalidated)
    }

    @Test("invalid_grant ends the session, with the provider's words in the trail; there is nothing to revoke")
    func refused() async throws {
        gateway.transport.on(
            "token", status: 400, ["error": "invalid_grant", "error_description": "The refresh token is invalid."])
        #expect(try await revalidate() == "refused")
        #expect(try await gateway.check(cookie) == 401)
        let event = try #require(try await gateway.trail().first)
        #expect(event.kind == .sessionEnded && event.reason == "refresh_refused" && event.session == id)
        #expect(event.detail?.contains("The refresh token is invalid.") == true)
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(gateway.transport.requests("revocation").isEmpty)
        #expect(try await revalidate() == nil)
        #expect(asked.count == 1)
    }

    @Test(
        "an answer for somebody else ends the session, and its newest token is revoked",
        arguments: [
            ("sub", "00u9", "refresh_subject_mismatch"), ("iss", "https://evil.example", "refresh_issuer_mismatch"),
            ("aud", "other", "refresh_audience_mismatch"),
        ] as [(String, JSON, String)])
    func mismatch(claim: String, value: JSON, reason: String) async throws {
        rotate(to: "token-1")
        gateway.claims.withLock { $0 = [(claim, value)] }
        #expect(try await revalidate() == "refused")
        #expect(try await gateway.check(cookie) == 401)
        #expect(try await gateway.events().first == "session.ended \(reason)")
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(gateway.transport.requests("revocation").map { $0.form["token"] } == ["token-1"])
    }

    @Test(
        "everything else signs nobody out, and is asked again after a pause",
        arguments: [
            (500, [:], nil, "token_endpoint_failed", 2), (503, [:], "7", "token_endpoint_failed", 7),
            (503, [:], "1", "token_endpoint_failed", 2), (429, [:], "120", "token_endpoint_failed", 120),
            (429, [:], "9999", "token_endpoint_failed", 300), (429, [:], nil, "token_endpoint_failed", 2),
            (429, ["error": "invalid_grant"], nil, "token_endpoint_failed", 2),
            (401, ["error": "invalid_client"], nil, "client_refused", 2),
            (400, ["error": "invalid_request"], nil, "token_request_refused", 2),
            (200, [], nil, "token_answer_malformed", 2), (302, [:], nil, "token_endpoint_failed", 2),
        ] as [(Int, JSON, String?, String, Int64)])
    func postponed(status: Int, body: JSON, retryAfter: String?, reason: String, pause: Int64) async throws {
        let headers = retryAfter.map { [(name: "retry-after", value: $0)] } ?? []
        gateway.transport.on("token") { _ throws(OutboundError) in
            OutboundResponse(status: status, headers: headers, body: body.serialized())
        }
        try await expectPostponed(reason, .seconds(pause))
    }

    @Test(
        "a network that fails signs nobody out",
        arguments: [OutboundError.Reason.timedOut, .unreachable, .answerTooLarge])
    func network(reason: OutboundError.Reason) async throws {
        gateway.transport.on("token", fails: reason)
        try await expectPostponed(reason.rawValue, .seconds(2))
    }

    @Test(
        "an answer that does not verify signs nobody out, and its token is kept",
        arguments: [
            ("exp", 1, "expired"), ("iat", nil, "issued_at_missing"), ("groups", 1, "groups_malformed"),
            ("sub", nil, "subject_missing"),
        ] as [(String, JSON?, String)])
    func unverified(claim: String, value: JSON?, reason: String) async throws {
        rotate(to: "token-1")
        gateway.claims.withLock { $0 = [(claim, value)] }
        try await expectPostponed(reason, .seconds(2))
        gateway.claims.withLock { $0 = [] }
        #expect(try await revalidate() == "succeeded")
        #expect(asked == [GatewayFixture.refreshToken, "token-1"])
    }

    private func expectPostponed(_ reason: String, _ pause: Duration) async throws {
        let trail = try await gateway.events()
        gateway.clock.advance(.seconds(900))
        #expect(try await revalidate() == reason)
        #expect(try await next() == (pause, 1))
        #expect(try await gateway.check(cookie) == 200)
        #expect(try await gateway.events() == trail)
        #expect(gateway.log.text.contains(reason) && !gateway.log.text.contains(GatewayFixture.refreshToken))
        let metrics = gateway.services.metrics.prometheusText(cachedSessions: 0)
        #expect(metrics.contains("gatehouse_refreshes_total{provider=\"okta\",outcome=\"\(reason)\"} 1"))
        // Grace ends it in the end; an answer brings it back.
        gateway.clock.advance(.seconds(600))
        #expect(try await gateway.check(cookie) == 401)
    }

    @Test(
        "the pause doubles from two seconds to a minute; the provider may ask for up to five minutes",
        arguments: [
            (0, nil, 2), (1, nil, 4), (2, nil, 8), (3, nil, 16), (4, nil, 32), (5, nil, 60), (6, nil, 60),
            (1_000_000, nil, 60), (0, .zero, 2), (0, .seconds(3), 3), (5, .seconds(3), 60), (0, .seconds(300), 300),
            (0, .seconds(301), 300), (9, .seconds(86400), 300),
        ] as [(Int, Duration?, Int64)])
    func pauses(failures: Int, retryAfter: Duration?, seconds: Int64) {
        #expect(Revalidator.pause(after: failures, retryAfter: retryAfter) == .seconds(seconds))
    }

    @Test("the pause grows with each failure, and begins anew after a success")
    func growing() async throws {
        gateway.transport.on("token", status: 500, [:])
        for seconds in [2, 4, 8, 16, 32, 60, 60] as [Int64] {
            _ = try await revalidate()
            #expect(try await next().pause == .seconds(seconds))
            // On demand too it is asked when the pause is over, and not before.
            gateway.clock.advance(.seconds(seconds) - .milliseconds(1))
            #expect(try await revalidate() == "provider_left_alone")
            gateway.clock.advance(.milliseconds(1))
        }
        rotate(to: "token-1")
        #expect(try await revalidate() == "succeeded")
        gateway.transport.on("token", status: 500, [:])
        _ = try await revalidate()
        #expect(try await next() == (.seconds(2), 1))
    }

    @Test("the rotated token is in the store before anything that came with it is judged")
    func storedFirst() async throws {
        let (gateway, id) = (gateway, id)
        @Sendable func sealed() async throws -> String {
            try await gateway.database.transaction(.readOnly) {
                try $0.rows("SELECT refresh_token FROM sessions WHERE id = $1", .text(id))[0].text("refresh_token")
            }
        }
        let before = try await sealed()
        let seen = Mutex<[String]>([])
        // An unknown key makes the gateway ask for newer ones: the moment between storing and judging.
        gateway.clock.advance(.seconds(900))
        rotate(to: "token-1", key: .otherP256, kid: "k2")
        gateway.transport.on("jwks") { _ throws(OutboundError) in
            if let now = try? await sealed() { seen.withLock { $0.append(now) } }
            throw OutboundError(.timedOut, "by script")
        }
        #expect(try await revalidate() == "provider_timed_out")
        let kept = try #require(seen.withLock { $0.first })
        #expect(try await sealed() == kept && kept != before)
        gateway.transport.on("jwks", bytes: keySet(TestKey.otherP256.jwk(kid: "k2")))
        gateway.clock.advance(.seconds(60))
        #expect(try await revalidate() == "succeeded")
        #expect(asked == [GatewayFixture.refreshToken, "token-1"])
    }

    @Test("a store that is busy when the rotated token comes is asked again: there is no second copy")
    func busyStore() async throws {
        let (gateway, plan) = (gateway, plan)
        gateway.transport.on("token") { _ throws(OutboundError) in
            plan.fail(2)
            return gateway.tokenAnswer(refreshToken: "token-1")
        }
        #expect(try await revalidate() == "succeeded")
        #expect(gateway.log.text.contains("could not be saved yet"))
        rotate(to: "token-2")
        #expect(try await revalidate() == "succeeded")
        #expect(asked == [GatewayFixture.refreshToken, "token-1"])
    }

    @Test("a success that is not saved is asked for again, with the newer token")
    func unsavedSuccess() async throws {
        let (gateway, plan) = (gateway, plan)
        gateway.transport.on("token") { _ throws(OutboundError) in
            plan.fail(1, after: 1)
            return gateway.tokenAnswer(refreshToken: "token-1")
        }
        #expect(try await revalidate() == "store_failed")
        #expect(try await gateway.check(cookie) == 200)
        // The lease runs out by itself.
        #expect(try await revalidate() == nil)
        gateway.clock.advance(.seconds(6))
        rotate(to: "token-2")
        #expect(try await revalidate() == "succeeded")
        #expect(asked == [GatewayFixture.refreshToken, "token-1"])
    }

    @Test("an answer that comes after somebody else asked is not stored over theirs")
    func lostLease() async throws {
        let (gateway, id) = (gateway, id)
        let other = try await GatewayFixture(GatewayFixture.revalidating, besides: gateway)
        let calls = Counter()
        let second = Mutex<String?>(nil)
        gateway.transport.on("token") { _ throws(OutboundError) in
            guard calls.next() == 1 else { return gateway.tokenAnswer(refreshToken: "theirs") }
            // As if this process had been stopped for a while.
            gateway.clock.advance(.seconds(7))
            let outcome = try? await other.services.revalidator.revalidate(sessionID: id)
            second.withLock { $0 = outcome?.label }
            return gateway.tokenAnswer(refreshToken: "too-late")
        }
        #expect(try await revalidate() == "lost")
        #expect(second.withLock { $0 } == "succeeded")
        rotate(to: nil)
        #expect(try await revalidate() == "succeeded")
        #expect(asked.last == "theirs")
    }

    @Test("a token that comes for a session that ended meanwhile is revoked")
    func endedMeanwhile() async throws {
        let (gateway, id) = (gateway, id)
        gateway.transport.on("token") { _ throws(OutboundError) in
            _ = try? await gateway.services.sessions.end(.session(id: id), reason: .signedOut)
            return gateway.tokenAnswer(refreshToken: "token-1")
        }
        #expect(try await revalidate() == "lost")
        #expect(try await gateway.sessions == 0)
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(gateway.transport.requests("revocation").map { $0.form["token"] } == ["token-1"])
    }

    @Test("while one asks, nobody else does")
    func oneAtATime() async throws {
        let (gateway, gate) = (gateway, Gate())
        gateway.transport.on("token") { _ throws(OutboundError) in
            await gate.pass()
            return gateway.tokenAnswer()
        }
        async let first = revalidate()
        await gate.arrivals(1)
        for _ in 0..<5 { #expect(try await revalidate() == nil) }
        await gate.open()
        #expect(try await first == "succeeded")
        #expect(asked.count == 1)
    }

    @Test("a provider whose name means another issuer by now never sees the token; the session is over")
    func otherIssuer() async throws {
        let other = try await GatewayFixture(
            GatewayFixture.revalidating.replacing("acme.okta.com", with: "other.okta.com"), besides: gateway)
        #expect(try await other.services.revalidator.revalidate(sessionID: id)?.label == "refused")
        #expect(asked.isEmpty)
        #expect(try await gateway.events().contains("session.ended provider_changed"))
        // Nor does its revocation go there.
        try await other.services.tokenRevoker.revokeDue()
        #expect(gateway.transport.requests("revocation").isEmpty)
        gateway.clock.advance(.seconds(10))
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(gateway.transport.requests("revocation").map { $0.form["token"] } == [GatewayFixture.refreshToken])
    }

    @Test("a provider or realm that is no longer configured is not asked")
    func removed() async throws {
        let other = try await GatewayFixture(
            GatewayFixture.revalidating.replacing("okta:", with: "newer:").replacing("[okta]", with: "[newer]"),
            besides: gateway)
        #expect(try await other.services.revalidator.revalidate(sessionID: id)?.label == "lost")
        #expect(asked.isEmpty)
    }
}

@Suite("Revalidator: the loop")
struct RevalidatorLoopTests {
    @Test("asks for what is due, at most sixteen at once, and answers those under way before it ends")
    func loop() async throws {
        let gateway = try await GatewayFixture(GatewayFixture.revalidating)
        for _ in 0..<20 { _ = try await gateway.signIn() }
        let (gate, asked) = (Gate(), Counter())
        let most = Mutex(0)
        let underway = Mutex(0)
        gateway.transport.on("token") { _ throws(OutboundError) in
            asked.next()
            let now = underway.withLock { count in
                count += 1
                return count
            }
            most.withLock { $0 = max($0, now) }
            await gate.pass()
            underway.withLock { $0 -= 1 }
            return gateway.tokenAnswer()
        }
        let pauses = Counter()
        await gateway.services.revalidator.run { _ in pauses.next() < 3 }
        #expect(asked.current == 0)
        gateway.clock.advance(.seconds(900))
        let turns = Counter()
        await gateway.services.revalidator.run { pause in
            let turn = turns.next()
            if turn == 1 {
                await gate.arrivals(16)
                #expect(pause == .milliseconds(20))
            }
            if turn == 3 {
                #expect(asked.current == 16)
                await gate.open()
            }
            // Places become free only when the answers are in the store.
            if turn > 3 { try? await Task.sleep(for: .milliseconds(2)) }
            return asked.current < 20 && turn < 10_000
        }
        #expect(asked.current == 20)
        #expect(most.withLock { $0 } == 16 && underway.withLock { $0 } == 0)
        let metrics = gateway.services.metrics.prometheusText(cachedSessions: 0)
        #expect(metrics.contains("gatehouse_refreshes_total{provider=\"okta\",outcome=\"succeeded\"} 20"))
    }

    @Test("a store that fails for a while stops the loop for that while only")
    func storeFails() async throws {
        let plan = FailingDatabase.Plan()
        let gateway = try await GatewayFixture(GatewayFixture.revalidating) { FailingDatabase($0, plan) }
        let cookie = try await gateway.signIn()
        gateway.clock.advance(.seconds(900))
        plan.fail(2)
        let turns = Counter()
        await gateway.services.revalidator.run { _ in
            turns.next() < 3
        }
        #expect(gateway.transport.requests("token").compactMap { $0.form["refresh_token"] }.count == 1)
        #expect(gateway.log.text.contains("revalidation cannot read the store"))
        #expect(try await gateway.check(cookie) == 200)
    }
}

@Suite("Revocation of refresh tokens")
struct TokenRevokerTests {
    let gateway: GatewayFixture

    init() async throws {
        gateway = try await GatewayFixture()
        gateway.discover([("revocation_endpoint", "https://acme.okta.com/v1/revoke")])
    }

    private func end() async throws {
        _ = try await gateway.signIn()
        try await gateway.services.sessions.end(.email("ada@acme.example"), reason: .signedOut)
    }

    private var revoked: [String?] { gateway.transport.requests("revocation").map { $0.form["token"] } }

    @Test("what is over is revoked, once")
    func good() async throws {
        gateway.transport.on("revocation", [:])
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(revoked.isEmpty)
        try await end()
        for _ in 0..<3 {
            try await gateway.services.tokenRevoker.revokeDue()
            gateway.clock.advance(.seconds(3600))
        }
        #expect(revoked == [GatewayFixture.refreshToken])
    }

    @Test("a provider that does not work is asked again later", arguments: [500, 503, 429, 401])
    func failing(status: Int) async throws {
        gateway.transport.on("revocation", status: status, [:])
        try await end()
        try await gateway.services.tokenRevoker.revokeDue()
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(revoked.count == 1 && gateway.log.text.contains("could not be revoked"))
        #expect(!gateway.log.text.contains(GatewayFixture.refreshToken))
        gateway.clock.advance(.seconds(10))
        gateway.transport.on("revocation", [:])
        for _ in 0..<2 { try await gateway.services.tokenRevoker.revokeDue() }
        #expect(revoked.count == 2)
    }

    @Test("a sign-in that came to nothing here leaves no token behind at the provider")
    func refusedSignIn() async throws {
        gateway.transport.on("revocation", [:])
        gateway.claims.withLock { $0 = [("groups", ["others"])] }
        #expect(try await gateway.callback(try await gateway.begin()).status == .forbidden)
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(revoked == [GatewayFixture.refreshToken])
    }

    @Test("a provider that is not configured for a while is asked when it is back")
    func absentProvider() async throws {
        gateway.transport.on("revocation", [:])
        try await end()
        let without = try await GatewayFixture(
            GatewayFixture.configuration.replacing("okta:", with: "newer:").replacing("[okta]", with: "[newer]"),
            besides: gateway)
        try await without.services.tokenRevoker.revokeDue()
        #expect(revoked.isEmpty)
        gateway.clock.advance(.seconds(10))
        try await gateway.services.tokenRevoker.revokeDue()
        #expect(revoked.count == 1)
    }

    @Test("where nothing can be revoked nobody tries again")
    func impossible() async throws {
        gateway.discover()
        try await end()
        for _ in 0..<2 {
            try await gateway.services.tokenRevoker.revokeDue()
            gateway.clock.advance(.seconds(3600))
        }
        #expect(revoked.isEmpty)
        let rows = try await gateway.database.transaction(.readOnly) {
            try $0.rows("SELECT id FROM token_revocations").count
        }
        #expect(rows == 0)
    }
}
