import Access
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Identity
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Settings

/// The only file that knows the web framework: it makes an `IncomingRequest` of its request and its response of an
/// `Answer`.
struct GatewayResponder: HTTPResponder {
    typealias Context = ConnectionContext

    let routes: Routes

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let incoming = IncomingRequest(
            head: request.head, peer: context.peer, peerIsTrusted: routes.services.live.trusts(context.peer),
            identify: { context.id },
            readBody: { limit in try await Self.readBody(request.body, limit: limit) })
        let answer = await routes.answer(incoming)
        // RFC 9110 §9.3.2: the answer to HEAD has no content.
        let isBodiless = answer.body.isEmpty || request.method == .head
        return Response(
            status: answer.status, headers: answer.headers,
            body: isBodiless ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

extension GatewayResponder {
    /// A body that drips in would hold its connection, and a shutdown, for days.
    private static let bodyTimeLimit = Duration.seconds(10)

    private static func readBody(_ body: RequestBody, limit: Int) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            defer { group.cancelAll() }
            group.addTask {
                do {
                    return Array(try await body.collect(upTo: limit).readableBytesView)
                } catch is NIOTooManyBytesError {
                    throw RequestProblem.bodyTooLarge
                } catch {
                    throw RequestProblem(400, "body_broken", "The body of the request ended early or is malformed.")
                }
            }
            group.addTask {
                try await Task.sleep(for: bodyTimeLimit)
                throw RequestProblem(408, "body_too_slow", "The body of the request did not arrive in time.")
            }
            guard let bytes = try await group.next() else { throw CancellationError() }
            return bytes
        }
    }
}

struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: IPAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress.flatMap(IPAddress.init)
    }
}

extension IPAddress {
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(bytes: withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
        case .v6(let address): self.init(bytes: withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
        case .unixDomainSocket: return nil
        }
    }
}

/// Builds the servers. Program and tests both come through here.
package enum GatewayApplication {
    /// - Parameters:
    ///   - mostConnections: how many clients may be connected at once; more wait in the listener's backlog.
    ///   - onRunning: called with the port that the main listener has.
    /// - Returns: the main listener, and the one of `metrics_listen` when that is configured.
    /// - Throws: `NIOSSLError` for certificates that cannot be used.
    package static func servers(
        settings: GatewaySettings, services: GatewayServices, mostConnections: Int,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws -> [any Service] {
        let http1 = http1 { [BodyLimitHandler(), HotCheckHandler(services: services)] }
        let builder: HTTPServerBuilder
        if let tls = settings.tls {
            let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            builder = try .tls(http1, tlsConfiguration: configuration)
        } else {
            builder = http1
        }
        var logger = services.logger
        logger.logLevel = max(logger.logLevel, .notice)
        let main = Application(
            responder: GatewayResponder(
                routes: Routes(services: services, servesMetrics: settings.metricsListen == nil)),
            server: builder,
            configuration: .init(
                address: .hostname(settings.listen.host, port: settings.listen.port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(mostConnections)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) }, logger: logger)
        guard let endpoint = settings.metricsListen else { return [main] }
        let metrics = Application(
            responder: GatewayResponder(
                routes: Routes(services: services, servesMetrics: true, servesOnlyMetrics: true)),
            server: self.http1 { [BodyLimitHandler()] },
            configuration: .init(address: .hostname(endpoint.host, port: endpoint.port)),
            logger: logger)
        return [main, metrics]
    }

    private static func http1(
        _ handlers: @escaping @Sendable () -> [any RemovableChannelHandler]
    ) -> HTTPServerBuilder {
        .http1(
            configuration: .init(
                additionalChannelHandlers: handlers(), idleTimeout: .seconds(75),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 32 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 200)))
    }
}
