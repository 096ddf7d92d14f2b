import Identity
import Outbound
import StrictJSON
import Synchronization
import TestSupport
import Testing

@testable import CommandLineClient

@Suite("Polling for a device's token (RFC 8628 §3.5)")
struct DevicePollingTests {
    private func answer(_ status: Int, _ body: JSON?, headers: [(name: String, value: String)] = []) throws -> APIAnswer
    {
        try APIAnswer(
            OutboundResponse(status: status, headers: headers, body: body?.serialized() ?? []),
            from: ServerAddress("https://sso.example.com"))
    }

    @Test("Pending: again after the interval, which is five seconds when nothing is said")
    func pending() throws {
        var polling = DevicePolling(interval: nil)
        #expect(polling.firstPause == .seconds(5))
        #expect(polling.step(try answer(400, ["error": "authorization_pending"])) == .wait(.seconds(5)))
    }

    @Test("slow_down: five seconds more, from now on")
    func slowDown() throws {
        var polling = DevicePolling(interval: 3)
        #expect(polling.step(try answer(400, ["error": "slow_down"])) == .wait(.seconds(8)))
        #expect(polling.step(try answer(400, ["error": "authorization_pending"])) == .wait(.seconds(8)))
        #expect(polling.step(try answer(400, ["error": "slow_down"])) == .wait(.seconds(13)))
    }

    @Test("A gateway's interval is taken within reason", arguments: [(-1, 1), (0, 1), (7, 7), (100_000, 60)])
    func interval(said: Int, taken: Int) {
        #expect(DevicePolling(interval: Int64(said)).firstPause == .seconds(taken))
    }

    @Test("The end comes in a sentence", arguments: ["access_denied", "expired_token", "invalid_grant", "surprise"])
    func ends(error: String) throws {
        var polling = DevicePolling(interval: 1)
        guard case .failed(_, let sentence) = polling.step(try answer(400, ["error": .string(error)])) else {
            Issue.record("goes on")
            return
        }
        #expect(!sentence.isEmpty)
    }

    @Test("Failures of the server and of the network are waited out, less and less often, then as before")
    func failures() throws {
        var polling = DevicePolling(interval: 5)
        #expect(polling.pauseAfterFailure() == .seconds(5))
        #expect(polling.step(try answer(503, nil)) == .wait(.seconds(10)))
        #expect(polling.pauseAfterFailure() == .seconds(20))
        for _ in 0..<10 { #expect(polling.pauseAfterFailure() <= .seconds(60)) }
        #expect(polling.step(try answer(400, ["error": "authorization_pending"])) == .wait(.seconds(5)))
        let limited = try answer(429, ["detail": "x"], headers: [(name: "retry-after", value: "40")])
        #expect(polling.step(limited) == .wait(.seconds(40)))
    }
}

@Suite("Sign-in by device code")
struct DeviceLoginTests {
    let folder: TemporaryFolder
    let file: CredentialsFile
    let clock = TestClock()
    let transport = ScriptedTransport()

    init() throws {
        folder = try TemporaryFolder()
        file = CredentialsFile(folder: folder.file("gatehouse"))
    }

    /// Plays the gateway: answers in order; the last one again and again. Nil: no answer at all.
    private func gateway(expiresIn: Int64 = 600, _ answers: [(Int, JSON)?]) {
        let asked = Counter()
        transport.on("gateway") { request throws(OutboundError) in
            if request.url.hasSuffix("/authorize") {
                let body: JSON = [
                    "device_code": "d3vice", "user_code": "BCDF-GHJK",
                    "verification_uri": "https://sso.example.com/device",
                    "expires_in": .integer(expiresIn), "interval": 5,
                ]
                return OutboundResponse(status: 200, headers: [], body: body.serialized())
            }
            guard let (status, body) = answers[min(asked.next() - 1, answers.count - 1)] else {
                throw OutboundError(.unreachable, "by script")
            }
            return OutboundResponse(status: status, headers: [], body: body.serialized())
        }
    }

    private func login() async throws -> SignedIn {
        let api = GatewayAPI(try ServerAddress("https://sso.example.com"), token: nil, transport: transport)
        var login = DeviceLogin(api: api, file: file, clock: clock.wallClock) { [clock] in clock.advance($0) }
        login.realm = "infraon"
        login.host = "build-7"
        return try await login.run { #expect($0.userCode == "BCDF-GHJK") }
    }

    private static let pending: (Int, JSON) = (400, ["error": "authorization_pending"])
    private static let token: (Int, JSON) = (
        200,
        [
            "access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600, "realm": "infraon",
            "user": ["email": "ada@example.com"],
        ]
    )

    @Test("Approved: the token is kept, with the end of the session")
    func approved() async throws {
        gateway([Self.pending, nil, (502, "x"), (400, ["error": "slow_down"]), Self.pending, Self.token])
        let signedIn = try await login()
        #expect(signedIn.person == "ada@example.com")
        let entry = try #require(try file.read()[signedIn.server])
        #expect(entry.token.reveal() == "t0ken" && entry.realm == "infraon")
        #expect(entry.expiresAt == (clock.now + .seconds(3600)).description)
        // Five before the first question, five after it, five and ten after the failures, ten and ten after slow_down.
        #expect(clock.now - TestClock.start == .seconds(45))
        #expect(transport.requests("gateway").allSatisfy { $0.header("Authorization") == nil })
    }

    @Test("Refused, expired, or never approved: a sentence, and no credentials")
    func refused() async throws {
        for (error, reason) in [("access_denied", ClientError.Reason.refused), ("expired_token", .timedOut)] {
            gateway([Self.pending, (400, ["error": .string(error)])])
            let thrown = await #expect(throws: ClientError.self) { _ = try await login() }
            #expect(thrown?.reason == reason)
        }
        gateway(expiresIn: 30, [Self.pending])
        let thrown = await #expect(throws: ClientError.self) { _ = try await login() }
        #expect(thrown?.reason == .timedOut)
        #expect(try file.read().servers.isEmpty)
    }

    @Test("A gateway that goes away for good: its absence is the reason")
    func gone() async throws {
        gateway(expiresIn: 60, [Self.pending, nil])
        let thrown = await #expect(throws: ClientError.self) { _ = try await login() }
        #expect(thrown?.reason == .unreachable)
    }
}
