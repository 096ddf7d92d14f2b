import ArgumentParser
import CommandLineClient
import Identity
import Outbound
import StrictJSON

struct Logout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends this command line's session, at the gateway and here.",
        discussion: """
            The token is deleted from this machine in any case. When the gateway does
            not answer, the session there lives on until it ends by itself; that is
            said, and the exit code is 1. To be signed in nowhere is no failure.

            Examples:
              gatehouse logout
              gatehouse logout --server https://sso.example.com
              gatehouse logout --all
            """)

    @OptionGroup var server: ServerOptions

    @Flag(help: "At every gateway that this command line is signed in to.")
    var all = false

    func validate() throws {
        if all, server.server != nil { throw ValidationError("Say either --server URL or --all.") }
    }

    func run() async throws {
        let choice = server.choice
        let stored = StoredCredentials(environment: choice.environment)
        let outcomes: [LogoutOutcome]
        if let token = try choice.environmentToken(), !all {
            let address = try choice.address { () throws(ClientError) in try stored.read() }
            outcomes = [try await end(token, at: address)]
        } else {
            let file = try stored.file()
            let credentials = try file.read()
            let addresses =
                try all
                ? credentials.servers.map { origin throws(ClientError) in try ServerAddress(origin) }
                : [choice.address { () throws(ClientError) in credentials }]
            var ended: [LogoutOutcome] = []
            for address in addresses {
                guard let entry = credentials[address] else {
                    ended.append(LogoutOutcome(server: address, kind: .nobody))
                    continue
                }
                let outcome = try await end(entry.token, at: address)
                try await file.update { $0.remove(address, holding: entry.token) }
                ended.append(outcome.known(entry))
            }
            outcomes = ended
        }
        try report(outcomes)
    }

    private func end(_ token: Secret, at address: ServerAddress) async throws -> LogoutOutcome {
        try await OutboundClient.withClient { client in
            let api = GatewayAPI(address, token: token, transport: client)
            do {
                try await api.call(.delete, "/api/v1/session", within: .seconds(10))
                return LogoutOutcome(server: address, kind: .ended)
            } catch let error as ClientError {
                if error.problem?.status == 401 { return LogoutOutcome(server: address, kind: .overAlready) }
                return LogoutOutcome(server: address, kind: .unknown(error.sentence))
            }
        }
    }

    private func report(_ outcomes: [LogoutOutcome]) throws {
        if server.json {
            Terminal.say(["servers": .array(outcomes.map(\.json))])
        } else if outcomes.isEmpty {
            Terminal.say("Nobody is signed in.")
        } else {
            for outcome in outcomes where outcome.isDone { Terminal.say(outcome.sentence) }
        }
        let failed = outcomes.filter { !$0.isDone }
        if !failed.isEmpty {
            throw CommandFailure(CommandFailure.refused, failed.map(\.sentence).joined(separator: "\n"))
        }
    }
}

/// How the logout at one gateway went.
private struct LogoutOutcome {
    enum Kind {
        case ended, overAlready, nobody
        /// The gateway did not say that the session is over.
        case unknown(String)
    }

    let server: ServerAddress
    let kind: Kind
    var isStored = false
    /// Of the session that may live on; nil when this machine does not know.
    var sessionID: String?
    var expiresAt: String?

    func known(_ entry: Credentials.Entry) -> LogoutOutcome {
        var outcome = self
        outcome.isStored = true
        outcome.sessionID = entry.sessionID
        outcome.expiresAt = entry.expiresAt
        return outcome
    }

    var isDone: Bool { if case .unknown = kind { false } else { true } }

    var sentence: String {
        switch kind {
        case .ended: return "Signed out of \(server.origin)."
        case .overAlready: return "The session at \(server.origin) was over already."
        case .nobody: return "Not signed in to \(server.origin); nothing to do."
        case .unknown(let cause):
            let end = expiresAt.map { ", at \(Moment.text($0)) at the latest" } ?? ""
            let name = sessionID.map { " (gatehouse sessions revoke \($0))" } ?? ""
            let token = isStored ? "its token is deleted here" : "its token is still in GATEHOUSE_TOKEN"
            return
                "\(cause.asSentence) The session there ends by itself\(end), or when an administrator ends it\(name); \(token)"
        }
    }

    var json: JSON {
        let word =
            switch kind {
            case .ended: "ended"
            case .overAlready: "over_already"
            case .nobody: "not_signed_in"
            case .unknown: "unknown"
            }
        return ["server": .string(server.origin), "outcome": .string(word), "session_id": JSON(sessionID)]
    }
}
