import Synchronization

/// A logout token that was posted to a client, and what the client said.
struct LogoutDelivery: Sendable {
    let clientID: String
    let address: String
    let sessionID: String?
    let personID: String
    let outcome: Result<LoopbackPost.Answer, LoopbackPost.Failure>

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "client_id": .string(clientID), "uri": .string(address), "sub": .string(personID),
            "sid": sessionID.map(JSONValue.string) ?? .null, "status": .null, "body": .null, "error": .null,
        ]
        switch outcome {
        case .success(let answer):
            members["status"] = .integer(answer.status)
            members["body"] = .string(answer.body)
        case .failure(let failure):
            members["error"] = .string(failure.description)
        }
        return .object(members)
    }
}

/// The last deliveries, for tests.
final class LogoutDeliveries: Sendable {
    private static let capacity = 1000

    private let state = Mutex<[LogoutDelivery]>([])

    var all: [LogoutDelivery] { state.withLock { $0 } }

    func add(_ deliveries: [LogoutDelivery]) {
        state.withLock { $0 = ($0 + deliveries).suffix(LogoutDeliveries.capacity) }
    }

    func clear() {
        state.withLock { $0 = [] }
    }
}
