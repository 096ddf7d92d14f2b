// okta-simulator: the program around the library OktaSimulator.
//
// Owns: its arguments, the start and stop of the listeners, what is printed.
// Does not own: how Okta behaves; that is OktaSimulator. It is never part of a release.
// Flow: arguments and the people file → `Organization` → `SimulatorServer` in one ServiceGroup.

import ArgumentParser
import Foundation
import Logging
import OktaSimulator
import ServiceLifecycle
import UnixSignals

/// Runs an Okta organisation on loopback until it is told to stop.
@main
struct OktaSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "okta-simulator",
        abstract: "An Okta organisation on loopback, for trying out and for tests.",
        discussion: "Anyone who reaches it can sign in as anyone in its people file. It is no identity provider.")

    @Option(help: ArgumentHelp("The people and applications of the organisation.", valueName: "file"))
    var people: String

    @Option(help: "Where to listen: 127.0.0.1, [::1] or localhost (both), and a port; 0 chooses one.")
    var listen = "127.0.0.1:8302"

    @Option(help: "The organisation's own URL. (default: http://localhost:PORT)")
    var url: String?

    @Option(
        name: .customLong("additional-redirect-uri"), parsing: .singleValue,
        help: ArgumentHelp("One more redirect URI for every application.", valueName: "uri"))
    var additionalRedirectURIs: [String] = []

    @Option(help: "How tokens are signed: RS256, PS256, ES256 or EdDSA.")
    var keyAlgorithm = "RS256"

    @Option(help: ArgumentHelp("Writes the port to this file when connections are accepted.", valueName: "file"))
    var portFile: String?

    @Flag(help: "Logs each request.")
    var verbose = false

    func run() async throws {
        do {
            try await serve()
        } catch let error as SettingsError {
            StandardError.write("okta-simulator: \(error.description)")
            throw ExitCode(1)
        }
    }

    private func serve() async throws {
        let address = try ListenAddress(listen)
        guard let algorithm = SigningAlgorithm(rawValue: keyAlgorithm) else {
            throw SettingsError("--key-algorithm must be RS256, PS256, ES256 or EdDSA")
        }
        let file = try PeopleFile(path: people, environment: ProcessInfo.processInfo.environment)
        let organization = try await Organization(
            people: file.people, clients: file.clients, samlApps: file.samlApps,
            url: try organizationURL(port: address.port),
            additionalRedirectURIs: additionalRedirectURIs, algorithm: algorithm)
        var logger = Logger(label: "okta-simulator", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = verbose ? .info : .error
        let server = SimulatorServer(organization: organization, address: address, logger: logger) { port in
            announce(port, organization)
        }
        var configuration = ServiceGroupConfiguration(
            services: [server], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }

    private func organizationURL(port: Int) throws -> String {
        guard var url else { return "http://localhost:\(port)" }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw SettingsError("--url must begin with http:// or https://")
        }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    private func announce(_ port: Int, _ organization: Organization) {
        if url == nil { organization.setURL("http://localhost:\(port)") }
        if let portFile {
            do {
                try Data("\(port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic)
            } catch {
                StandardError.write("okta-simulator: \(portFile) cannot be written: \(error)")
            }
        }
        StandardError.write("Okta simulator on \(organization.url)")
    }
}
