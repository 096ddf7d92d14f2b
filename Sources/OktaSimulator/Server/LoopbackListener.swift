import Foundation
import Hummingbird
import Logging
import NIOCore
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
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname(host, port: port), serverName: "Okta simulator"),
            onServerRunning: { [onBound] channel in await onBound(channel.localAddress?.port ?? port) },
            logger: logger)
        do {
            try await application.run()
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
