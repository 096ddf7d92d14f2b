import StrictJSON

/// What to do after each answer of the device token endpoint (RFC 8628 §3.5): the decisions, without the waiting.
struct DevicePolling {
    enum Step: Equatable {
        case wait(Duration)
        case done(JSON)
        case failed(ClientError.Reason, String)
    }

    private static let longestPause = Duration.seconds(60)

    private var interval: Duration
    private var failuresInARow = 0

    /// - Parameter interval: seconds, as the gateway said; RFC 8628 §3.2: five when it said nothing.
    init(interval: Int64?) { self.interval = .seconds(min(max(interval ?? 5, 1), 60)) }

    /// How long to wait before the first question.
    var firstPause: Duration { interval }

    /// An answer came.
    mutating func step(_ answer: APIAnswer) -> Step {
        if let problem = answer.problem, answer.status >= 500 || answer.status == 429 {
            return .wait(max(pauseAfterFailure(), min(problem.retryAfter ?? .zero, Self.longestPause)))
        }
        guard let body = answer.body else { return .wait(pauseAfterFailure()) }
        failuresInARow = 0
        if answer.problem == nil { return .done(body) }
        switch body["error"]?.string {
        case "authorization_pending": return .wait(interval)
        case "slow_down":
            interval = min(interval + .seconds(5), Self.longestPause)
            return .wait(interval)
        case "access_denied":
            return .failed(.refused, "the sign-in was refused in the browser")
        case "expired_token":
            return .failed(
                .timedOut, "the code has expired before anybody approved it; run gatehouse login --device again")
        default:
            let said = body["error_description"]?.string ?? answer.problem?.sentence ?? "status \(answer.status)"
            return .failed(.refused, "the gateway does not go on with this sign-in: \(said)")
        }
    }

    /// No answer came. A short failure of the network is no reason to make a person begin again; RFC 8628 §3.5 asks to
    /// poll less often then.
    mutating func pauseAfterFailure() -> Duration {
        failuresInARow += 1
        return min(interval * (1 << min(failuresInARow - 1, 4)), Self.longestPause)
    }
}
