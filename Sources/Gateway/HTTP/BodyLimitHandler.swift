import NIOCore
import NIOHTTPTypes

/// Ends connections whose request bodies do not end.
///
/// A route refuses a body that is too large as soon as it is, but the framework reads on to the end of it so that the
/// connection can be used again. Past this limit, far above every route's own, that is no longer worth it.
final class BodyLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    static let limit = 4 << 20

    private var received = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: received = 0
        case .body(let part): received += part.readableBytes
        case .end: break
        }
        guard received <= Self.limit else {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}
