import Identity
import StrictJSON

/// Signs in a machine that has no browser: the person approves on another one (RFC 8628).
package struct DeviceLogin: Sendable {
    /// What the person needs to know.
    package struct Invitation: Sendable {
        package let verificationURI: String
        package let userCode: String
        /// With the code in it, e.g. for a link that the terminal makes clickable.
        package let completeURI: String?
        package let lifetime: Duration
    }

    package var realm: String?
    package var host: String?

    private let api: GatewayAPI
    private let file: CredentialsFile
    private let clock: WallClock
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameter sleep: passed in, so that tests need not wait.
    package init(
        api: GatewayAPI, file: CredentialsFile, clock: WallClock = .system,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.api = api
        self.file = file
        self.clock = clock
        self.sleep = sleep
    }

    /// - Throws: `ClientError`, `CancellationError`.
    package func run(invite: (Invitation) -> Void) async throws -> SignedIn {
        let answer = try await api.call(
            .post, "/api/v1/device/authorize",
            body: .object(
                JSONObject([("realm", JSON(realm)), ("host", JSON(host))].filter { $0.1 != .null })))
        guard let code = answer["device_code"]?.string, let userCode = answer["user_code"]?.string,
            let uri = answer["verification_uri"]?.string
        else {
            throw ClientError(.notAGateway, "\(api.server.origin) answers, but not as a gateway does; check the URL")
        }
        let lifetime = Duration.seconds(min(max(answer["expires_in"]?.integer ?? 600, 1), 3600))
        invite(
            Invitation(
                verificationURI: uri, userCode: userCode, completeURI: answer["verification_uri_complete"]?.string,
                lifetime: lifetime))
        let token = try await poll(
            code, DevicePolling(interval: answer["interval"]?.integer), until: clock.now + lifetime)
        let signedIn = try SignedIn(device: token, server: api.server, now: clock.now)
        try await file.keep(signedIn, api: api)
        return signedIn
    }

    private func poll(_ code: String, _ polling: DevicePolling, until end: UnixTime) async throws -> JSON {
        var polling = polling
        var pause = polling.firstPause
        var lastFailure: ClientError?
        while true {
            try await sleep(pause)
            // One question is asked after the end too: the gateway's word on it is better than our clock's.
            let isLast = clock.now >= end
            let step: DevicePolling.Step
            do {
                step = polling.step(
                    try await api.send(.post, "/api/v1/device/token", body: ["device_code": .string(code)]))
                lastFailure = nil
            } catch {
                try Task.checkCancellation()
                lastFailure = error
                step = .wait(polling.pauseAfterFailure())
            }
            switch step {
            case .done(let token): return token
            case .failed(let reason, let sentence): throw ClientError(reason, sentence)
            case .wait(let duration):
                if isLast {
                    throw lastFailure
                        ?? ClientError(
                            .timedOut,
                            "the code has expired before anybody approved it; run gatehouse login --device again")
                }
                pause = duration
            }
        }
    }
}
