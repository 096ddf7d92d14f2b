import NIOCore
import NIOHTTP1

/// One connection to the loopback address: one request, one page, and the end.
final class LoopbackConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let desk: RedirectDesk
    private let requestTimeLimit: TimeAmount
    private var head: HTTPRequestHead?
    private var hasAsked = false
    private var alarm: Scheduled<Void>?

    init(desk: RedirectDesk, requestTimeLimit: TimeAmount) {
        self.desk = desk
        self.requestTimeLimit = requestTimeLimit
    }

    // Browsers open connections in advance and leave them silent; those, and whoever sends slowly, are let go.
    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        alarm = context.eventLoop.scheduleTask(in: requestTimeLimit) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): if self.head == nil { self.head = head }
        case .body: break
        case .end:
            guard !hasAsked, let head else { return }
            hasAsked = true
            alarm?.cancel()
            ask(head, context)
        }
    }

    private func ask(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let page = context.eventLoop.makePromise(of: ResultPage.self)
        page.futureResult.assumeIsolated().whenSuccess { [self] in write($0, context) }
        let judgement = desk.judge(
            method: head.method.rawValue, target: head.uri, hosts: head.headers["Host"],
            port: context.localAddress?.port ?? 0,
            asker: { [end = context.channel.closeFuture] answer in
                page.succeed(answer)
                return end
            })
        if case .now(let answer) = judgement { page.succeed(answer) }
    }

    private func write(_ page: ResultPage, _ context: ChannelHandlerContext) {
        let document = PageDocument(page)
        var headers = HTTPHeaders(document.headers.map { ($0.name, $0.value) })
        headers.add(name: "Content-Length", value: "\(document.body.count)")
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: page.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: document.body)))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Ends a connection that sends more than any redirect is long.
final class RequestByteLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Codes of some providers are several kilobytes long.
    private static let most = 32 * 1024

    private var rest = RequestByteLimit.most

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        // What comes after the refusal is read and dropped: closing on unread bytes would take the refusal back.
        guard rest >= 0 else { return }
        rest -= count
        guard rest < 0 else { return context.fireChannelRead(data) }
        let refusal = ByteBuffer(
            string:
                "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        context.writeAndFlush(wrapOutboundOut(refusal), promise: nil)
        context.close(mode: .output, promise: nil)
    }
}
