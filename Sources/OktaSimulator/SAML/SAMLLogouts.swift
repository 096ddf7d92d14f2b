import Synchronization

/// The last LogoutRequests that the organisation sent, and what the apps answered, for tests.
final class SAMLLogouts: Sendable {
    struct Record: Sendable {
        let requestID: String
        let participant: SAMLParticipants.Participant
        let binding: SAMLApp.Binding
        var answer: Answer?
    }

    struct Answer: Sendable {
        /// Whether the app's certificate verifies it.
        let isVerified: Bool
        /// The status code and the one inside, if any.
        let status: [String]
        let binding: SAMLApp.Binding
    }

    private static let capacity = 1000

    private let state = Mutex<[Record]>([])

    var all: [Record] { state.withLock { $0 } }

    func add(_ record: Record) {
        state.withLock { $0 = ($0 + [record]).suffix(SAMLLogouts.capacity) }
    }

    /// False when no such request went to this app.
    func answer(_ requestID: String, appID: String, _ answer: Answer) -> Bool {
        state.withLock { records in
            let index = records.firstIndex { $0.requestID == requestID && $0.participant.appID == appID }
            guard let index else { return false }
            records[index].answer = answer
            return true
        }
    }

    func clear() {
        state.withLock { $0 = [] }
    }
}

extension SAMLLogouts.Record {
    var json: JSONValue {
        [
            "id": .string(requestID), "exk": .string(participant.appID), "sid": .string(participant.sessionID),
            "name_id": .string(participant.nameID), "session_index": .string(participant.sessionIndex),
            "binding": .string(binding.rawValue), "answered": .bool(answer != nil),
            "verified": answer.map { .bool($0.isVerified) } ?? .null,
            "status": answer.map { .strings($0.status) } ?? .null,
            "answer_binding": answer.map { .string($0.binding.rawValue) } ?? .null,
        ]
    }
}
