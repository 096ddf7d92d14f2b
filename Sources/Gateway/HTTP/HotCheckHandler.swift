import HTTPTypes
import Identity
import NIOCore
import NIOHTTPTypes

/// Answers the session checks of hot sessions on the connection's own thread, in front of the web framework.
///
/// Most checks are for a session that is in memory, and are allowed: nothing waits then, so the way through the framework's
/// tasks would cost several times the decision. Everything else (a session that must be read, a refusal, a malformed
/// question) goes the framework's way, with the same `CheckResponder`.
final class HotCheckHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The framework closes connections that it hears nothing of for 75 s, so it gets a request now and then.
    private static let longestSilence = TimeAmount.seconds(30)

    private let services: GatewayServices
    private let responder: CheckResponder
    private var peer: IPAddress?
    /// Requests passed on whose answers have not ended: an answer of ours must not overtake them.
    private var underway = 0
    private var lastPassedOn = NIODeadline.now()
    private var isSkippingBody = false
    private var needsFlush = false
    private var date: (seconds: Int64, field: HTTPField)?

    init(services: GatewayServices) {
        self.services = services
        responder = CheckResponder(services: services)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        peer = context.remoteAddress.flatMap(IPAddress.init)
    }

    func channelActive(context: ChannelHandlerContext) {
        peer = context.remoteAddress.flatMap(IPAddress.init)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head(let head) = part {
            if underway == 0, context.channel.isWritable, NIODeadline.now() - lastPassedOn < Self.longestSilence,
                let answer = answer(head)
            {
                isSkippingBody = true
                needsFlush = true
                context.write(wrapOutboundOut(.head(answer)), promise: nil)
                context.write(wrapOutboundOut(.end(nil)), promise: nil)
                return
            }
            underway += 1
            lastPassedOn = .now()
        } else if isSkippingBody {
            if case .end = part { isSkippingBody = false }
            return
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { underway -= 1 }
        context.write(data, promise: promise)
    }

    private func answer(_ head: HTTPRequest) -> HTTPResponse? {
        let start = ContinuousClock.now
        // Whoever wants the connection closed after the answer gets it from the framework.
        guard IncomingRequest.isSafe(head), head.path?.hasPrefix("/session/check") ?? false,
            head.headerFields[.connection] == nil
        else { return nil }
        let request = IncomingRequest(
            head: head, peer: peer, peerIsTrusted: services.live.trusts(peer), identify: { "" }, readBody: { _ in [] })
        guard Routes.hostProblem(request) == nil, let face = CheckFace(path: request.path),
            let answer = responder.hotAllowance(request, face: face)
        else { return nil }
        var response = HTTPResponse(status: answer.status, headerFields: answer.headers)
        response.headerFields.append(HTTPField(name: .contentLength, value: "0"))
        response.headerFields.append(dateField())
        services.metrics.recordCacheHit()
        services.metrics.recordCheck(status: answer.status.code, duration: .now - start)
        return response
    }

    /// RFC 9110 §6.6.1; made once a second.
    private func dateField() -> HTTPField {
        let now = services.clock.now
        if let date, date.seconds == now.seconds { return date.field }
        let field = HTTPField(name: .date, value: now.httpDate)
        date = (now.seconds, field)
        return field
    }
}
