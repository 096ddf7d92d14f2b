import Access
import Identity
import Settings
import Synchronization

/// What the query or the header says, before it is held against the configuration.
struct CheckWording: Sendable {
    var realm: RealmName?
    var roles: [RoleName]?
    var groups: [GroupName]?
    var maximumAge: Duration?
    /// `acr` values, any of which suffices.
    var authenticationContexts: [String]?
    var headerSet: HeaderSet?

    /// A proxy on the way may have folded two fields into one with a comma (RFC 9110 §5.3): `role=user, role=owner` would
    /// then read as a list in which one suffices. So here a value holds no plain '=' and no space.
    init(header text: String) throws(RequestProblem) {
        let isPlain = text.split(separator: "&", omittingEmptySubsequences: false).allSatisfy { pair in
            pair.utf8.count { $0 == UInt8(ascii: "=") } == 1 && !pair.utf8.contains { $0 <= 0x20 }
        }
        guard isPlain else {
            throw RequestProblem(
                400, "check_header_malformed",
                "X-Gatehouse-Check must read name=value&name=value, with other '=' and spaces percent-encoded.")
        }
        try self.init(text, source: "X-Gatehouse-Check")
    }

    init(_ text: String, source: String) throws(RequestProblem) {
        guard text.utf8.count <= 8192, let decoded = FormEncoding.decode(text) else {
            throw RequestProblem(400, "query_malformed", "\(source) cannot be read as name=value pairs.")
        }
        var seen: Set<String> = []
        for (name, value) in decoded {
            guard seen.insert(name).inserted else {
                throw RequestProblem(400, "parameter_repeated", "\(source) has \(name.clipped(40)) twice.")
            }
            guard !value.isEmpty else {
                throw RequestProblem(400, "parameter_empty", "\(source) has \(name.clipped(40)) without a value.")
            }
            switch name {
            case "realm": realm = RealmName(value)
            case "role": roles = try Self.list(value, source).map { RoleName($0) }
            case "group": groups = try Self.list(value, source).map { GroupName($0) }
            case "max_age":
                guard let duration = Duration(configured: value) else {
                    throw RequestProblem(
                        400, "max_age_malformed",
                        "\(source) has a max_age that is no duration like 90s, 15m or 12h.")
                }
                maximumAge = duration
            case "acr": authenticationContexts = try AuthenticationContexts.read(value, source)
            case "headers":
                guard let set = HeaderSet(rawValue: value), set != .gatehouse else {
                    throw RequestProblem(
                        400, "headers_unknown",
                        "\(source) has a value of headers that is neither remote nor auth-request.")
                }
                headerSet = set
            default:
                throw RequestProblem(
                    400, "parameter_unknown",
                    "\(source) has the unknown parameter '\(HeaderText.encode(name).clipped(40))'; known are realm, role, group, max_age, acr, headers."
                )
            }
        }
    }

    /// `a,b`; a comma or percent sign within a name is percent-encoded once more, as in the headers of the answer.
    private static func list(_ text: String, _ source: String) throws(RequestProblem) -> [String] {
        var items: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let item = part.trimmingSpaces
            guard !item.isEmpty else {
                throw RequestProblem(400, "parameter_empty", "\(source) has a list with an empty entry.")
            }
            // A name like '50% off' is no valid encoding of anything else, so it stands for itself.
            items.append(FormEncoding.percentDecode(item) ?? item)
        }
        return items
    }
}

/// A list of `acr` values: `urn:okta:loa:2fa:any,phr`.
enum AuthenticationContexts {
    private static let most = 8

    /// - Throws: `RequestProblem` with `acr_malformed`.
    static func read(_ text: String, _ source: String) throws(RequestProblem) -> [String] {
        let values = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        // Spaces part the values of `acr_values` (OpenID Connect Core §3.1.2.1).
        guard values.count <= most,
            values.allSatisfy({ value in
                (1...200).contains(value.utf8.count)
                    && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
            })
        else {
            throw RequestProblem(
                400, "acr_malformed",
                "\(source) has an acr that is no list like urn:okta:loa:2fa:any,phr of at most \(most) values.")
        }
        return values
    }
}

/// Queries that were read before: a proxy asks the few questions that its administrator wrote, many times a second.
///
/// What is kept depends on the query alone, so no change of the configuration makes it wrong.
package final class CheckWordingCache: Sendable {
    private static let capacity = 256

    private let known = Mutex<[String: CheckWording]>([:])

    package init() {}

    /// - Throws: `RequestProblem` (400); refusals are not kept.
    func wording(ofQuery query: String) throws(RequestProblem) -> CheckWording {
        // A dictionary holds canonically equivalent texts for one key, and group names compare by byte.
        guard query.utf8.allSatisfy({ $0 < 0x80 }) else { return try CheckWording(query, source: "the query") }
        if let wording = known.withLock({ $0[query] }) { return wording }
        let wording = try CheckWording(query, source: "the query")
        known.withLock { known in
            if known.count >= Self.capacity { known = [:] }
            known[query] = wording
        }
        return wording
    }
}
