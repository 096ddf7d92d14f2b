import Access
import ArgumentParser
import Foundation
import Gateway
import Logging
import Outbound
import ServiceLifecycle
import Settings

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the gateway until SIGTERM or Ctrl-C; SIGHUP reads the configuration again.")

    @Option(help: "The YAML file.")
    var config: String

    @Option(help: "How much is logged.")
    var logLevel = LogLevel.info

    func run() async throws {
        let settings: GatewaySettings
        do {
            settings = try GatewaySettings(file: config, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw CommandFailure(configuration: error)
        }
        EventLoops.use(threads: Processors.count)
        // A client that goes away while we write must not end the process.
        signal(SIGPIPE, SIG_IGN)
        let level = logLevel.level
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level) }
        let logger = Logger(label: "gatehouse")
        do {
            try await serve(settings, logger: logger)
        } catch {
            await LogWriter.standardError.flush(within: .seconds(1))
            throw error
        }
        await LogWriter.standardError.flush(within: .seconds(1))
    }

    private func serve(_ settings: GatewaySettings, logger: Logger) async throws {
        let metrics = Metrics()
        let database = try await Store.open(settings)
        try await OutboundClient.withClient(observe: metrics.recordOutbound) { outbound in
            let services = try GatewayServices(
                settings: settings, database: database, transport: outbound, metrics: metrics, logger: logger)
            do {
                try await services.signingKeys.refresh()
                try await services.registry.refresh()
            } catch let error as SigningKeysError {
                throw CommandFailure(CommandFailure.badConfiguration, "\(error)")
            }
            try await serve(settings, services)
        }
        try await database.close()
        logger.notice("stopped")
    }

    private func serve(_ settings: GatewaySettings, _ services: GatewayServices) async throws {
        let servers: [any Service]
        do {
            servers = try GatewayApplication.servers(
                settings: settings, services: services, mostConnections: DescriptorLimit.connections()
            ) {
                [logger = services.logger] port in
                logger.notice(
                    "serving",
                    metadata: ["url": "\(settings.rules.origin)", "listen": "\(settings.listen.host):\(port)"])
            }
        } catch {
            throw CommandFailure(
                CommandFailure.badConfiguration, "the certificate or key under tls cannot be used: \(error)")
        }
        // Shut down from the end: first no new requests, then the last savings.
        var configuration = ServiceGroupConfiguration(
            services: [Maintenance(services: services), Reload(file: config, services: services, initial: settings)]
                + servers, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(services.logger))
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            throw CommandFailure(
                CommandFailure.refused,
                "the server ended: \(error); is \(settings.listen.host):\(settings.listen.port) in use by another program?"
            )
        }
    }

    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

/// From the most to the least.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, notice, warning, error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
