import HTTPTypes
import Identity

/// A request as the routes see it, whatever framework brought it.
struct IncomingRequest: Sendable {
    let head: HTTPRequest
    /// Before the first `?`, as it came.
    let path: String
    /// After the first `?`, as it came; empty when there is none.
    let query: String
    /// The other end of the connection.
    let peer: IPAddress?
    /// Whether that is one of `trusted_proxies`.
    let peerIsTrusted: Bool
    /// Makes the id when somebody asks for it: a session check seldom does.
    let identify: @Sendable () -> String
    /// Collects the body; throws `RequestProblem.bodyTooLarge` beyond the limit (bytes).
    let readBody: @Sendable (_ limit: Int) async throws -> [UInt8]

    init(
        head: HTTPRequest, peer: IPAddress?, peerIsTrusted: Bool, identify: @escaping @Sendable () -> String,
        readBody: @escaping @Sendable (_ limit: Int) async throws -> [UInt8]
    ) {
        let target = head.path ?? "/"
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.utf8.index(after: mark)...])
        } else {
            (path, query) = (target, "")
        }
        self.head = head
        self.peer = peer
        self.peerIsTrusted = peerIsTrusted
        self.identify = identify
        self.readBody = readBody
    }

    /// Whether nothing in the head is costly to compare; what the body holds is looked at where it is read.
    static func isSafe(_ head: HTTPRequest) -> Bool {
        StreamSafeText.isSafe(head.path ?? "") && head.headerFields.allSatisfy { StreamSafeText.isSafe($0.value) }
    }

    var method: String { head.method.rawValue }

    /// Finds this request in the log.
    var id: String { identify() }

    /// The path for log and audit. What follows `/api/v1/sessions/` is left out: somebody may take a token for an id.
    var loggedPath: String {
        let sessions = "/api/v1/sessions/"
        guard path.hasPrefix(sessions) else { return path.clipped(200) }
        let id = path.dropFirst(sessions.count)
        return id.hasPrefix("ses_") && id.utf8.count == 20 ? path : sessions + "{id}"
    }

    /// The value of a field that came once; nil when it is absent or came several times.
    func header(_ name: HTTPField.Name) -> String? {
        let values = head.headerFields[values: name]
        return values.count == 1 ? values[0] : nil
    }

    /// The client's address: the peer, or, where the peer is a trusted proxy, the last address in X-Forwarded-For that
    /// the proxy itself wrote.
    var clientAddress: String? {
        if peerIsTrusted, let last = head.headerFields[values: .xForwardedFor].last?.split(separator: ",").last {
            return ForwardedAddress.read(last.trimmingSpaces)?.description ?? ForwardedAddress.unreadable
        }
        return peer?.description
    }

    /// The fields of the query.
    ///
    /// - Throws: `RequestProblem` with `query_malformed`.
    func queryFields() throws(RequestProblem) -> RequestFields {
        guard query.utf8.count <= 16384, let fields = FormEncoding.decode(query) else {
            throw RequestProblem(400, "query_malformed", "The query of this address cannot be read.")
        }
        return RequestFields(fields)
    }

    /// The fields of a form in the body.
    ///
    /// - Throws: `RequestProblem`: `form_expected`, `form_malformed`, `body_too_large`.
    func formFields(limit: Int = 65536) async throws -> RequestFields {
        let body = try await readBody(limit)
        // A POST without content has nothing to be of a type.
        if body.isEmpty { return RequestFields([]) }
        let type = header(.contentType)?.split(separator: ";").first.map { $0.trimmingSpaces.lowercased() }
        guard type == "application/x-www-form-urlencoded" else {
            throw RequestProblem(415, "form_expected", "This address takes a form (application/x-www-form-urlencoded).")
        }
        guard let text = String(validating: body, as: UTF8.self), let fields = FormEncoding.decode(text) else {
            throw RequestProblem(400, "form_malformed", "The form cannot be read.")
        }
        return RequestFields(fields)
    }
}

/// An entry of X-Forwarded-For: an address, to which some proxies add the port.
enum ForwardedAddress {
    /// Stands for whoever a proxy cannot name: one for all, so that they share one limit instead of having none.
    static let unreadable = "unknown"

    static func read(_ text: String) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? IPAddress(String(parts[0])) : nil
    }
}

/// Fields of a query or form. Each is taken once: a field that comes twice has two readings.
struct RequestFields: Sendable {
    let all: [(name: String, value: String)]

    init(_ all: [(name: String, value: String)]) { self.all = all }

    /// The value; nil when the field is absent or empty.
    ///
    /// - Throws: `RequestProblem` with `parameter_repeated`.
    func single(_ name: String) throws(RequestProblem) -> String? {
        let values = all.filter { $0.name.isIdentical(to: name) }
        guard values.count <= 1 else {
            throw RequestProblem(400, "parameter_repeated", "The parameter \(name) comes \(values.count) times.")
        }
        guard let value = values.first?.value, !value.isEmpty else { return nil }
        return value
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        var text = Substring(self)
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
