import Access
import ArgumentParser
import Foundation
import Outbound
import StrictJSON

/// Which gateway a client command talks to, and as whom.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The gateway's URL; else GATEHOUSE_SERVER.", valueName: "url"))
    var server: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    /// Calls the gateway's API.
    ///
    /// - Throws: `CommandFailure`: 64 without a server, 1 without a token or when the gateway refuses or does not answer.
    func call(_ method: OutboundRequest.Method, _ path: String) async throws -> JSON {
        let environment = ProcessInfo.processInfo.environment
        guard let text = server ?? environment["GATEHOUSE_SERVER"], !text.isEmpty else {
            throw CommandFailure(CommandFailure.usage, "which gateway? Add --server URL or set GATEHOUSE_SERVER")
        }
        guard let address = WebAddress(text), address.rest.isEmpty || address.rest == "/" else {
            throw CommandFailure(
                CommandFailure.usage, "'\(text)' is no gateway's URL; write it like https://sso.example.com")
        }
        guard let token = environment["GATEHOUSE_TOKEN"], !token.isEmpty else {
            throw CommandFailure(
                CommandFailure.refused,
                "who are you? Set GATEHOUSE_TOKEN, on the gateway's machine with: GATEHOUSE_TOKEN=$(gatehouse admin-token --config FILE)"
            )
        }
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure(
                CommandFailure.usage, "GATEHOUSE_TOKEN is no token: it holds spaces or control characters")
        }
        let request = OutboundRequest(
            method, address.origin + path, purpose: "gateway",
            headers: [(name: "Authorization", value: "Bearer \(token)"), (name: "Accept", value: "application/json")])
        do {
            return try await OutboundClient.withClient { client in
                let response = try await client.send(
                    request, deadline: .now + .seconds(30), configuredHosts: [address.host])
                return try Self.json(response, address)
            }
        } catch let error as OutboundError {
            throw CommandFailure(
                CommandFailure.refused, "the gateway at \(address.origin) does not answer: \(error.detail)")
        }
    }

    private static func json(_ response: OutboundResponse, _ address: WebAddress) throws -> JSON {
        let body = try? JSON.parse(response.body)
        if (200..<300).contains(response.status), let body { return body }
        let detail = body?["detail"]?.string ?? "status \(response.status); is there a gateway at \(address.origin)?"
        throw CommandFailure(CommandFailure.refused, detail)
    }
}
