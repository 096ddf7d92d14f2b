import NIOCore
import NIOHTTP1
import NIOPosix
import Outbound

#if canImport(Glibc)
    import Glibc
#endif

/// Listens on 127.0.0.1 and ::1, and nowhere else, for the browser that comes back from a sign-in (RFC 8252 §7.3).
package struct LoopbackListener: Sendable {
    /// What the redirect URI says: `http://localhost:8301`.
    package static let ownPort = 8301

    package let port: Int
    private let desk: RedirectDesk
    private let connections: OpenConnections

    /// Runs the body with an open listener, and closes it and all its connections however the body ends.
    ///
    /// A machine may lack one of the two families; that the port is taken on one of them is an error, because the browser
    /// could then come to the other program with the code.
    ///
    /// - Parameters:
    ///   - port: 0 for any free one, for tests.
    ///   - requestTimeLimit: how long a connection may take to send its request.
    /// - Throws: `ClientError.portBusy`, or what the body throws.
    package static func run<Result>(
        port: Int = ownPort, requestTimeLimit: Duration = .seconds(10),
        _ body: (LoopbackListener) async throws -> Result
    ) async throws -> Result {
        let desk = RedirectDesk()
        let connections = OpenConnections()
        let listener: LoopbackListener
        do {
            let bound = try await bind(port, desk, connections, requestTimeLimit)
            listener = LoopbackListener(port: bound, desk: desk, connections: connections)
        } catch {
            await connections.closeAll()
            throw error
        }
        let result: Result
        do {
            result = try await body(listener)
        } catch {
            await listener.show(.interrupted)
            await connections.closeAll()
            throw error
        }
        await listener.show(.interrupted)
        await connections.closeAll()
        return result
    }

    /// From now on the redirect of this sign-in is let through.
    ///
    /// - Parameter state: nil when only the gateway can compare it.
    package func expect(state: String?) { desk.expect(state: state) }

    /// Waits for the browser to come back; nil when the task is cancelled.
    package func redirect() async -> AuthorizationRedirect? { await desk.redirects.first { _ in true } }

    /// Shows the page to the browser that waits for it, and returns when it has got it or takes too long.
    package func show(_ page: ResultPage) async {
        let ends = desk.show(page)
        if ends.isEmpty { return }
        let all = Task<Void, any Error> { for end in ends { try? await end.get() } }
        try? await value(of: all, by: .now + .seconds(2))
    }

    // MARK: - Opening

    private static func bind(
        _ port: Int, _ desk: RedirectDesk, _ connections: OpenConnections, _ limit: Duration
    ) async throws(ClientError) -> Int {
        var port = port
        var bound = 0
        var missing: [String] = []
        for address in ["127.0.0.1", "::1"] {
            do {
                let channel = try await bootstrap(desk, connections, limit)
                    .bind(to: SocketAddress(ipAddress: address, port: port)).get()
                connections.add(channel)
                port = channel.localAddress?.port ?? port
                bound += 1
            } catch let error as IOError where [EADDRNOTAVAIL, EAFNOSUPPORT, EPROTONOSUPPORT].contains(error.errnoCode)
            {
                missing.append(address)
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                throw ClientError(
                    .portBusy,
                    "port \(port) is in use by another program on this machine (another gatehouse login, perhaps); close it, or use: gatehouse login --device"
                )
            } catch {
                throw ClientError(
                    .portBusy, "cannot listen on port \(port) of \(address) (\(error)); use: gatehouse login --device")
            }
        }
        guard bound > 0 else {
            throw ClientError(
                .portBusy,
                "this machine has neither \(missing.joined(separator: " nor ")) to listen on; use: gatehouse login --device"
            )
        }
        return port
    }

    private static func bootstrap(
        _ desk: RedirectDesk, _ connections: OpenConnections, _ limit: Duration
    ) -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 16)
            // A connection of an earlier login that still lingers (TIME_WAIT) must not keep this one from listening.
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.admit(channel) else { throw ChannelError.operationUnsupported }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(RequestByteLimit())
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: false, withServerUpgrade: nil, withErrorHandling: true)
                    try pipeline.addHandler(LoopbackConnection(desk: desk, requestTimeLimit: TimeAmount(limit)))
                }
            }
    }
}
