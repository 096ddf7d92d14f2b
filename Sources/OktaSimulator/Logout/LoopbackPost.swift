import FoundationEssentials
import NIOCore
import NIOPosix

/// A POST to a program on this machine. Nothing else is ever called: whoever reaches the control endpoints must not be
/// able to make the simulator call the rest of the network.
struct LoopbackPost: Sendable {
    struct Answer: Sendable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: String
    }

    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String
    }

    /// An `http:` URL whose host is 127.0.0.1, [::1] or localhost.
    let address: String
    let contentType: String
    var authorization: String?
    let body: String

    private static let patience = TimeAmount.seconds(10)

    /// Never follows a redirect, never tries again.
    func send() async -> Result<Answer, Failure> {
        do {
            return .success(try await exchange())
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(description: "\(address) cannot be called: \(error)"))
        }
    }

    private func exchange() async throws -> Answer {
        guard let url = URLComponents(string: address), url.scheme == "http", let host = url.host,
            ["127.0.0.1", "[::1]", "::1", "localhost"].contains(host)
        else { throw Failure(description: "'\(address)' is no http address on 127.0.0.1, [::1] or localhost") }
        let request = ByteBuffer(string: head(url) + body)
        let bare = String(host.drop { $0 == "[" }.prefix { $0 != "]" })
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(3))
            .connect(host: bare, port: url.port ?? 80) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let channel = connection.channel
        let expiry = channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        defer { expiry.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            try await outbound.write(request)
            var received: [UInt8] = []
            for try await part in inbound {
                received += part.readableBytesView
                if let answer = try LoopbackAnswer(received).complete { return answer }
            }
            guard let answer = try LoopbackAnswer(received).ended else {
                throw Failure(description: "\(address) did not answer")
            }
            return answer
        }
    }

    private func head(_ url: URLComponents) -> String {
        let path = url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath
        let target = path + (url.percentEncodedQuery.map { "?\($0)" } ?? "")
        let authority = (url.host ?? "") + (url.port.map { ":\($0)" } ?? "")
        var lines = [
            "POST \(target) HTTP/1.1", "Host: \(authority)", "Content-Type: \(contentType)",
            "Content-Length: \(body.utf8.count)", "Accept: */*", "Connection: close",
        ]
        if let authorization { lines.append("Authorization: \(authorization)") }
        return lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }
}
