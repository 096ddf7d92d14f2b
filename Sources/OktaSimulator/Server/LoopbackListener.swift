import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// One address that accepts connections.
struct LoopbackListener<Responder: HTTPResponder<SimulatorRequestContext>>: Service {
    let responder: Responder
    let host: String
    /// The machine may have no such address; IPv6 can be switched off.
    var mayBeAbsent = false
    let logger: Logger
    let onBound: @Sendable (_ port: Int) async -> Void
    /// The port to take; nil when another listener failed and this one has nothing to do.
    let port: @Sendable () async -> Int?

    func run() async throws {
        guard let port = await port() else { return }
        // The server that Application would run; Application itself puts the true time into Date.
        let server = try Application(responder: responder, logger: logger).server.buildServer(
            configuration: .init(address: .hostname(host, port: port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            responder: { [responder, logger] request, writer, channel in
                let context = SimulatorRequestContext(source: .init(channel: channel, logger: logger))
                var response: Response
                do {
                    response = try await responder.respond(to: request, context: context)
                } catch {
                    logger.error("A request failed: \(error)")
                    response = Response(status: .internalServerError)
                }
                response.headers[.server] = "Okta simulator"
                try await writer.write(response: response.head, body: response.body)
            },
            onServerRunning: { [onBound] channel in await onBound(channel.localAddress?.port ?? port) })
        do {
            try await server.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw SettingsError("port \(port) on \(host) is in use; stop what listens there or choose another port")
        } catch let error as IOError where mayBeAbsent && error.isAddressMissing {
            logger.info("There is no \(host) on this machine")
            await onBound(port)
        }
    }
}

extension IOError {
    /// The machine has no such address, or not even its family.
    fileprivate var isAddressMissing: Bool {
        errnoCode == EADDRNOTAVAIL || errnoCode == EAFNOSUPPORT
    }
}
