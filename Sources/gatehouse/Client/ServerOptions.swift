import ArgumentParser
import CommandLineClient
import Foundation
import Identity
import Outbound
import StrictJSON

/// Which gateway a client command talks to, and as whom.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The gateway's URL; else GATEHOUSE_SERVER, else the one last signed in to.", valueName: "url"))
    var server: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    var choice: ServerChoice { ServerChoice(option: server, environment: ProcessInfo.processInfo.environment) }

    /// Runs the body with the gateway and the caller's token.
    ///
    /// - Throws: `ClientError`: `usage` when no gateway is named, `notSignedIn`, or what the body throws.
    func withGateway<Result>(_ body: (GatewayAPI) async throws -> Result) async throws -> Result {
        let choice = choice
        let stored = StoredCredentials(environment: choice.environment)
        let server = try choice.address { () throws(ClientError) in try stored.read() }
        let token = try choice.token(for: server) { () throws(ClientError) in try stored.read() }
        let isFromEnvironment = try choice.environmentToken() != nil
        do {
            return try await OutboundClient.withClient { client in
                try await body(GatewayAPI(server, token: token, transport: client))
            }
        } catch let error as ClientError where error.problem?.status == 401 {
            throw Self.unknown(error, at: server, isFromEnvironment: isFromEnvironment)
        }
    }

    /// Runs the body with the gateway and no token, to sign in.
    func withGatewayUnknown<Result>(_ body: (GatewayAPI) async throws -> Result) async throws -> Result {
        let stored = StoredCredentials(environment: choice.environment)
        let server = try choice.address { () throws(ClientError) in try stored.read() }
        return try await OutboundClient.withClient { client in
            try await body(GatewayAPI(server, token: nil, transport: client))
        }
    }

    /// Calls the API once.
    func call(_ method: OutboundRequest.Method, _ path: String, body: JSON? = nil) async throws -> JSON {
        try await withGateway { try await $0.call(method, path, body: body) }
    }

    /// The token is known to nobody there: what to do depends on where it came from.
    private static func unknown(
        _ error: ClientError, at server: ServerAddress, isFromEnvironment: Bool
    ) -> ClientError {
        switch (error.reason, isFromEnvironment) {
        case (.sessionOver, true):
            ClientError(
                .sessionOver,
                "GATEHOUSE_TOKEN opens no session at \(server.origin): it is over, or it is an administrator's token, which belongs to no person",
                problem: error.problem)
        case (.sessionOver, false): error
        case (_, true): error
        case (_, false):
            ClientError(
                error.reason,
                "the session at \(server.origin) is over or may not do this; sign in again: gatehouse login --server \(server.origin) (the gateway says: \(error.sentence))",
                problem: error.problem)
        }
    }
}
