import FoundationEssentials
import Synchronization

/// The last requests, for tests that ask what a client sent. Nothing secret is kept: no query values, no bodies; of SAML
/// messages, which hold no secrets, the parts that matter.
package final class RequestLog: Sendable {
    struct Entry: Sendable {
        let number: Int
        let time: Date
        let method: String
        let path: String
        let status: Int
        let notes: RequestNotes.Values
    }

    private static let capacity = 200

    private let state = Mutex<(entries: [Entry], total: Int)>(([], 0))

    package init() {}

    func add(time: Date, method: String, path: String, status: Int, notes: RequestNotes.Values) {
        state.withLock { state in
            state.total += 1
            if state.entries.count == RequestLog.capacity { state.entries.removeFirst() }
            state.entries.append(
                Entry(
                    number: state.total, time: time, method: method, path: path, status: status, notes: notes))
        }
    }

    func clear() {
        state.withLock { $0.entries = [] }
    }

    var entries: [Entry] { state.withLock { $0.entries } }
}

extension RequestLog.Entry {
    var json: JSONValue {
        [
            "number": .integer(number), "time": .string(time.formatted(.iso8601)), "method": .string(method),
            "path": .string(path), "status": .integer(status),
            "client_authentication": notes.clientAuthentication.map(JSONValue.string) ?? .null,
            "client_id": notes.clientID.map(JSONValue.string) ?? .null,
            "grant_type": notes.grantType.map(JSONValue.string) ?? .null,
            "parameters": notes.parameters.map { .strings($0) } ?? .null,
            "dpop_jkt": notes.keyThumbprint.map(JSONValue.string) ?? .null,
            "saml": notes.saml?.json ?? .null, "error": notes.error.map(JSONValue.string) ?? .null,
        ]
    }
}

/// What an endpoint learns about a request and the log wants to show.
final class RequestNotes: Sendable {
    struct Values: Sendable {
        var clientAuthentication: String?
        var clientID: String?
        var grantType: String?
        /// The names of an authorization request's parameters, pushed or not; no values.
        var parameters: [String]?
        /// Of the key of a good DPoP proof.
        var keyThumbprint: String?
        /// The SAML message that came.
        var saml: SAMLNote?
        var error: String?
    }

    private let state = Mutex(Values())

    var values: Values { state.withLock { $0 } }

    func note(_ change: (inout sending Values) -> Void) {
        state.withLock { change(&$0) }
    }
}
