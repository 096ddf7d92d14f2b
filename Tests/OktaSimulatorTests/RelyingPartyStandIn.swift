import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import OktaSimulator

/// A program on this machine that the organisation posts to: it keeps what it got and answers as told.
final class RelyingPartyStandIn: Sendable {
    struct Message: Sendable {
        let contentType: String?
        let authorization: String?
        let text: String
    }

    private let state = Mutex<[Message]>([])

    var messages: [Message] { state.withLock { $0 } }

    /// The claims of the logout tokens that came.
    func logoutTokens() throws -> [JSONWebToken.Unverified] {
        try messages.map { message in
            let text = try #require(FormParameters(parsing: message.text)["logout_token"])
            return try #require(JSONWebToken.Unverified(text))
        }
    }

    /// - Parameter body: Gets the stand-in and its address, `http://localhost:…/logout`.
    static func run(
        answering status: HTTPResponse.Status = .ok,
        _ body: @Sendable (RelyingPartyStandIn, String) async throws -> Void
    ) async throws {
        let standIn = RelyingPartyStandIn()
        let router = Router()
        router.post("logout") { request, _ in
            let message = Message(
                contentType: request.headers[.contentType], authorization: request.headers[.authorization],
                text: String(buffer: try await request.body.collect(upTo: 1 << 16)))
            standIn.state.withLock { $0.append(message) }
            return Response(status: status, body: .init(byteBuffer: ByteBuffer(string: "{\"heard\":true}")))
        }
        var logger = Logger(label: "RelyingPartyStandIn")
        logger.logLevel = .error
        try await Application(router: router, logger: logger).test(.live) { client in
            try await body(standIn, "http://localhost:\(try #require(client.port))/logout")
        }
    }
}
