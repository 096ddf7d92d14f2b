import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Fails a request when a test has ordered so.
struct FaultMiddleware: RouterMiddleware {
    let organization: Organization

    /// How long a request without an answer is held at most.
    private static let patience = Duration.seconds(300)
    private static let hugeSize = 100 << 20

    func handle(
        _ request: Request, context: SimulatorRequestContext,
        next: (Request, SimulatorRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let endpoint = Faults.Endpoint(path: request.uri.path), let mode = organization.faults.next(at: endpoint)
        else { return try await next(request, context) }
        context.notes.note { $0.error = "fault: \(mode.rawValue)" }
        switch mode {
        case .status500:
            return try .json(
                ["errorCode": "E0000009", "errorSummary": "Internal Server Error"], status: .internalServerError)
        case .status429:
            return try tooManyRequests()
        case .timeout:
            // A cancelled sleep means that the simulator is stopping.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.patience) }
            return Response(status: .gatewayTimeout)
        case .garbage:
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(
                    byteBuffer: ByteBuffer(bytes: [0x7B, 0x22, 0xFF, 0x00, 0xFE, 0x5B] + Array("not JSON".utf8))))
        case .huge:
            return Response(status: .ok, headers: [.contentType: "application/json"], body: hugeBody())
        case .drip:
            return Response(status: .ok, headers: [.contentType: "application/json"], body: dripBody())
        case .answerLost:
            _ = try await next(request, context)
            return Response(status: .internalServerError)
        case .redirect:
            return Response(status: .temporaryRedirect, headers: [.location: organization.url + "/"])
        }
    }

    /// As Okta answers when a rate limit is exceeded.
    private func tooManyRequests() throws -> Response {
        var headers: HTTPFields = [:]
        headers.set("X-Rate-Limit-Limit", "600")
        headers.set("X-Rate-Limit-Remaining", "0")
        headers.set("X-Rate-Limit-Reset", "\(organization.clock.now.numericDate + 2)")
        headers.set("Retry-After", "2")
        return try .json(
            ["errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests."],
            status: .tooManyRequests, headers: headers)
    }

    private func hugeBody() -> ResponseBody {
        ResponseBody { writer in
            let chunk = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 16)
            for _ in 0..<(Self.hugeSize / chunk.readableBytes) { try await writer.write(chunk) }
            try await writer.finish(nil)
        }
    }

    private func dripBody() -> ResponseBody {
        ResponseBody { writer in
            for _ in 0..<3600 {
                try await writer.write(ByteBuffer(string: " "))
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            }
            try await writer.finish(nil)
        }
    }
}
