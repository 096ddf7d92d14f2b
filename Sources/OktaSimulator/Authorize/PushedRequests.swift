import FoundationEssentials
import Synchronization

/// Authorization requests that clients pushed (RFC 9126 §2.2): short-lived, single-use, each its client's own.
final class PushedRequests: Sendable {
    static let lifetime = 60
    private static let prefix = "urn:okta:"

    private struct Record {
        let request: AuthorizationRequest
        let expires: Date
    }

    private let state = Mutex<[String: Record]>([:])

    /// Returns the `request_uri`.
    func add(_ request: AuthorizationRequest, now: Date) -> String {
        let uri = Self.prefix + RandomIdentifiers.token(43)
        state.withLock { requests in
            requests = requests.filter { $0.value.expires >= now }
            requests[uri] = Record(
                request: request, expires: now.addingTimeInterval(TimeInterval(PushedRequests.lifetime)))
        }
        return uri
    }

    /// Takes the request out. Another client, or another server, gets nothing and spoils nothing.
    func take(_ uri: String, clientID: String, server: AuthorizationServer, now: Date) -> AuthorizationRequest? {
        state.withLock { requests in
            guard let record = requests[uri], record.request.clientID == clientID, record.request.server == server
            else { return nil }
            requests[uri] = nil
            return record.expires >= now ? record.request : nil
        }
    }
}
