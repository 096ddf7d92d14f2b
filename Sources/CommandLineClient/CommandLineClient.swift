// CommandLineClient: what the client half of the command line does, without arguments and exit codes.
//
// Owns: which gateway is meant and as whom (`Server/`, `Credentials/`), the sign-in by browser and by device code
// (`Login/`), the listener on http://localhost:8301 that the browser comes back to (`Loopback/`), and the texts that
// explain an answer to a person (`Text/`).
// Does not own: options, help, what is printed where, signals (the program `gatehouse`); what the gateway decides.
// Flow: `ServerAddress` + token → `GatewayAPI.call` → JSON, or a `ClientError` with a sentence. A login:
// `LoopbackListener` opens → `BrowserLogin` asks for an authorize URL → the browser → `RedirectDesk` judges what comes →
// the gateway completes → `CredentialsFile` keeps the token → only then the browser sees a page.

/// Why something could not be done: a sentence for a person, and a reason for the exit code.
package struct ClientError: Error, Sendable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case usage
        case inputUnreadable = "input_unreadable"
        case notSignedIn = "not_signed_in"
        case sessionOver = "session_over"
        /// The gateway said no; `problem` has its words.
        case refused
        case unreachable
        case tlsFailed = "tls_failed"
        case notAGateway = "not_a_gateway"
        case portBusy = "port_busy"
        case timedOut = "timed_out"
        case credentialsUnusable = "credentials_unusable"
        case credentialsExposed = "credentials_exposed"
        case credentialsLocked = "credentials_locked"
    }

    package let reason: Reason
    /// What happened and what to do next.
    package let sentence: String
    /// What the gateway said, when it said something.
    package let problem: APIProblem?

    package init(_ reason: Reason, _ sentence: String, problem: APIProblem? = nil) {
        self.reason = reason
        self.sentence = sentence
        self.problem = problem
    }

    package var description: String { "\(reason.rawValue): \(sentence)" }
}
