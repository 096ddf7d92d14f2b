import NIOCore
import NIOPosix

/// A connection on which a test writes bytes as it likes, and reads what comes until the other side closes.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let answer: EventLoopFuture<String>

    private init(channel: any Channel, answer: EventLoopFuture<String>) {
        self.channel = channel
        self.answer = answer
    }

    static func open(_ port: Int, address: String = "127.0.0.1") async throws -> RawConnection {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: String.self)
        do {
            let channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(promise))
                    }
                }
                .connect(to: SocketAddress(ipAddress: address, port: port)).get()
            return RawConnection(channel: channel, answer: promise.futureResult)
        } catch {
            promise.fail(error)
            throw error
        }
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)).get() }

    func close() async throws { try await channel.close() }

    /// All that came, when the other side has closed.
    var response: String { get async throws { try await answer.get() } }

    /// One request, and its whole answer.
    static func get(
        _ port: Int, _ target: String, address: String = "127.0.0.1", host: String? = nil, method: String = "GET"
    ) async throws -> String {
        let connection = try await open(port, address: address)
        try await connection.send("\(method) \(target) HTTP/1.1\r\nHost: \(host ?? "localhost:\(port)")\r\n\r\n")
        return try await connection.response
    }

    /// The same, as text also when there is no answer.
    static func gets(_ port: Int, _ target: String) async -> String {
        do {
            return try await get(port, target)
        } catch {
            return "\(error)"
        }
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<String>
    private var text = ""

    init(_ promise: EventLoopPromise<String>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { text += String(buffer: unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { promise.succeed(text) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
