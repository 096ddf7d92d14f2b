import Hummingbird
import Logging
import ServiceLifecycle

/// Listens on one or both loopback addresses and serves the organisation there.
package struct SimulatorServer: Service {
    private let organization: Organization
    private let address: ListenAddress
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// - Parameter onListening: Called once, when connections are accepted on every address.
    package init(
        organization: Organization, address: ListenAddress, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.organization = organization
        self.address = address
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let responder = DatedResponder(
            inner: buildRouter(for: organization).buildResponder(), clock: organization.clock)
        let services: [any Service]
        if address.hosts.count == 1 {
            services = [listener(on: address.hosts[0], responder, onBound: onListening) { address.port }]
        } else {
            // The second address takes the port that the first one got.
            let (bound, continuation) = AsyncStream.makeStream(of: Int.self)
            services = [
                listener(on: address.hosts[0], responder) { port in
                    continuation.yield(port)
                } port: {
                    address.port
                },
                listener(on: address.hosts[1], responder, mayBeAbsent: true, onBound: onListening) {
                    await bound.cancelOnGracefulShutdown().first { _ in true }
                },
            ]
        }
        // Where one address fails, the other is closed in good order and the error is thrown.
        let configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .ignore,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, logger: logger)
        try await ServiceGroup(configuration: configuration).run()
    }

    private func listener(
        on host: String, _ responder: some HTTPResponder<SimulatorRequestContext>, mayBeAbsent: Bool = false,
        onBound: @escaping @Sendable (_ port: Int) async -> Void, port: @escaping @Sendable () async -> Int?
    ) -> some Service {
        LoopbackListener(
            responder: responder, host: host, mayBeAbsent: mayBeAbsent, logger: logger, onBound: onBound, port: port)
    }
}
