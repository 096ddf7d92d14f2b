import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that answers every connection with the same bytes, whatever it is asked.
final class LoopbackServer: Sendable {
    /// What happens after the bytes.
    enum Ending: Sendable {
        case close
        /// The connection stays open and silent.
        case hang
        /// More bytes come, one after the other, without end.
        case drip
    }

    let port: Int
    private let channel: any Channel
    private let received: Received

    private init(channel: any Channel, received: Received) {
        self.channel = channel
        self.received = received
        port = channel.localAddress?.port ?? 0
    }

    /// The requests so far, as they came.
    var requests: String { received.text.withLock { $0 } }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Runs the body with a server that gives this answer; bytes that are nil close the connection at once.
    static func run(_ answer: String?, then ending: Ending = .close, _ body: (LoopbackServer) async throws -> Void)
        async throws
    {
        let received = Received()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AnswerHandler(answer: answer, ending: ending, received: received))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = LoopbackServer(channel: channel, received: received)
        do {
            try await body(server)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }

    static func response(_ status: String, headers: [String] = [], body: String) -> String {
        (["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)", "", body]).joined(separator: "\r\n")
    }
}

private final class Received: Sendable {
    let text = Mutex("")
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: String?
    private let ending: LoopbackServer.Ending
    private let received: Received
    private var request = ""
    private var hasAnswered = false

    init(answer: String?, ending: LoopbackServer.Ending, received: Received) {
        self.answer = answer
        self.ending = ending
        self.received = received
    }

    private var isWhole: Bool {
        // The first byte of a TLS greeting, which is no HTTP.
        guard request.utf8.first != 0x16 else { return true }
        guard let end = request.firstRange(of: "\r\n\r\n")?.upperBound else { return false }
        let length = request[..<end].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        return request[end...].utf8.count >= length.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        received.text.withLock { $0 += text }
        request += text
        // An answer before the whole request has come would cut off the rest.
        guard !hasAnswered, isWhole else { return }
        hasAnswered = true
        guard let answer else { return context.close(promise: nil) }
        let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)))
        switch ending {
        case .close:
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        case .hang: break
        case .drip:
            let channel = context.channel
            context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
            }
        }
    }
}
