import Identity
import Outbound
import StrictJSON

/// One gateway's API, as somebody or as nobody.
package struct GatewayAPI: Sendable {
    package let server: ServerAddress
    package let token: Secret?
    private let transport: any OutboundTransport

    package init(_ server: ServerAddress, token: Secret?, transport: any OutboundTransport) {
        self.server = server
        self.token = token
        self.transport = transport
    }

    /// The same gateway with a token that it has just made.
    func signedIn(_ token: Secret) -> GatewayAPI { GatewayAPI(server, token: token, transport: transport) }

    /// Calls the API and insists on success.
    ///
    /// - Returns: the body; `null` when there is none.
    /// - Throws: `ClientError`: `refused` with the gateway's problem for any other status.
    @discardableResult
    package func call(
        _ method: OutboundRequest.Method, _ path: String, body: JSON? = nil, within limit: Duration = .seconds(30)
    ) async throws(ClientError) -> JSON {
        let answer = try await send(method, path, body: body, within: limit)
        if let problem = answer.problem { throw refusal(problem) }
        return answer.body ?? .null
    }

    /// Calls the API; any JSON answer of any status is an answer.
    ///
    /// - Throws: `ClientError`: `unreachable`, `tlsFailed`, `notAGateway`.
    func send(
        _ method: OutboundRequest.Method, _ path: String, body: JSON? = nil, within limit: Duration = .seconds(30)
    ) async throws(ClientError) -> APIAnswer {
        var headers = [(name: "Accept", value: "application/json")]
        if let token { headers.append((name: "Authorization", value: "Bearer \(token.reveal())")) }
        if body != nil { headers.append((name: "Content-Type", value: "application/json")) }
        let request = OutboundRequest(
            method, server.origin + path, purpose: "gateway", headers: headers, body: body?.serialized() ?? [])
        let response: OutboundResponse
        do {
            response = try await transport.send(request, deadline: .now + limit, configuredHosts: [server.host])
        } catch {
            throw GatewayFault(server).error(error)
        }
        return try APIAnswer(response, from: server)
    }

    /// The error for a problem of this gateway.
    func refusal(_ problem: APIProblem) -> ClientError {
        guard problem.detail != nil || problem.status == 429 else {
            return ClientError(
                .refused, "\(server.origin) answers with status \(problem.status) and no reason; try again later",
                problem: problem)
        }
        if problem.code == "not_found" {
            return ClientError(
                .refused, "the gateway at \(server.origin) does not know this request; is it older than this program?",
                problem: problem)
        }
        return ClientError(.refused, problem.sentence, problem: problem)
    }
}

/// An answer of the API: JSON or nothing, whatever its status.
struct APIAnswer: Sendable {
    let status: Int
    let body: JSON?
    /// Nil when the status says success.
    let problem: APIProblem?

    /// - Throws: `ClientError.notAGateway` for anything that is no JSON and not empty.
    init(_ response: OutboundResponse, from server: ServerAddress) throws(ClientError) {
        status = response.status
        if (300..<400).contains(response.status) { throw GatewayFault(server).notAGateway(response) }
        let isSuccess = (200..<300).contains(response.status)
        do {
            // Not `nil`: as a literal of JSON that is JSON's null.
            body = response.body.isEmpty ? Optional<JSON>.none : try JSON.parse(response.body)
        } catch {
            throw GatewayFault(server).notAGateway(response)
        }
        // An empty answer is right for 204 only; elsewhere it may come from anything that speaks HTTP.
        if body == nil, response.status != 204, !(500..<600).contains(response.status), response.status != 429 {
            throw GatewayFault(server).notAGateway(response)
        }
        if isSuccess {
            problem = nil
        } else {
            problem = APIProblem(
                status: response.status, body: body,
                retryAfter: response.retryAfter(now: WallClock.system.now)
            )
        }
    }
}
