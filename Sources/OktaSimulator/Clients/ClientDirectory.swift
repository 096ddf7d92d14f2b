import Synchronization

/// The organisation's applications, which can be added and changed while the simulator runs: tests start gateways on
/// ports that nobody knows beforehand.
package final class ClientDirectory: Sendable {
    private let state: Mutex<[String: Client]>

    package init(_ clients: [Client]) {
        state = Mutex(Dictionary(clients.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    package subscript(id: String) -> Client? { state.withLock { $0[id] } }

    /// By client_id.
    package var all: [Client] { state.withLock { $0.values.sorted { $0.id < $1.id } } }

    /// False when there is such a client_id already.
    func add(_ client: Client) -> Bool {
        state.withLock { clients in
            guard clients[client.id] == nil else { return false }
            clients[client.id] = client
            return true
        }
    }

    /// Changes one client; nil when there is none of that id.
    package func change<Failure: Error>(
        _ id: String, _ change: (inout Client) throws(Failure) -> Void
    ) throws(Failure) -> Client? {
        try state.withLock { (clients) throws(Failure) -> Client? in
            guard var client = clients[id] else { return nil }
            try change(&client)
            clients[id] = client
            return client
        }
    }

    /// False when there was none of that id.
    func remove(_ id: String) -> Bool {
        state.withLock { $0.removeValue(forKey: id) != nil }
    }
}
