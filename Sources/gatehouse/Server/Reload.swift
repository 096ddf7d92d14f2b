import Foundation
import Gateway
import Logging
import ServiceLifecycle
import Settings
import UnixSignals

/// Reads the configuration again on SIGHUP. A bad file is refused and the old one stays in force.
struct Reload: Service {
    let file: String
    let services: GatewayServices
    let initial: GatewaySettings

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                let settings = try GatewaySettings(file: file, environment: ProcessInfo.processInfo.environment)
                try await services.reload(settings)
                services.logger.notice("configuration read again", metadata: ["file": "\(file)"])
                for name in Self.needingRestart(initial, settings) {
                    services.logger.warning(
                        "a changed setting takes effect at the next start", metadata: ["setting": "\(name)"])
                }
            } catch {
                services.logger.error(
                    "the configuration was not read again; the old one stays in force",
                    metadata: ["file": "\(file)", "error": "\(error)"])
            }
        }
    }

    private static func needingRestart(_ old: GatewaySettings, _ new: GatewaySettings) -> [String] {
        var names: [String] = []
        if old.listen != new.listen { names.append("listen") }
        if old.metricsListen != new.metricsListen { names.append("metrics_listen") }
        if old.tls != new.tls { names.append("tls") }
        if old.storePath != new.storePath { names.append("store") }
        if old.masterKeys != new.masterKeys { names.append("master_key") }
        return names
    }
}
