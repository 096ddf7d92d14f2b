import NIOCore
import Synchronization

/// The listening sockets and the connections that they took, so that all of them end with the login.
final class OpenConnections: Sendable {
    /// A browser needs a handful.
    private static let most = 64

    private struct State {
        var isOpen = true
        var listening: [any Channel] = []
        var connections: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    func add(_ listening: any Channel) { state.withLock { $0.listening.append(listening) } }

    /// Whether there is room for one more; if so, it is kept in mind until it ends.
    func admit(_ connection: any Channel) -> Bool {
        let id = ObjectIdentifier(connection)
        let isAdmitted = state.withLock { state in
            guard state.isOpen, state.connections.count < Self.most else { return false }
            state.connections[id] = connection
            return true
        }
        if isAdmitted {
            connection.closeFuture.whenComplete { [self] _ in
                state.withLock { _ = $0.connections.removeValue(forKey: id) }
            }
        }
        return isAdmitted
    }

    func closeAll() async {
        let channels = state.withLock { state in
            state.isOpen = false
            defer { state.listening = [] }
            return state.listening + state.connections.values
        }
        for channel in channels { try? await channel.close() }
    }
}
