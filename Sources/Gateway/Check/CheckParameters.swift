import Access
import HTTPTypes
import Identity
import Settings

/// Which names the headers of an allowing answer have.
enum HeaderSet: String, Sendable {
    case gatehouse
    /// As Authelia names them.
    case remote
    /// As oauth2-proxy names them.
    case authRequest = "auth-request"
}

/// What a proxy asks, read from the query and from `X-Gatehouse-Check`; when both come, both must hold.
///
/// Strict on purpose: a misspelt `rol=admin` that is ignored would allow everybody.
struct CheckParameters: Sendable {
    let question: AccessQuestion
    let headerSet: HeaderSet

    /// - Parameter readsQuery: false for Envoy, where the query is the application's.
    /// - Throws: `RequestProblem` (400).
    init(_ request: IncomingRequest, readsQuery: Bool, rules: AccessRules) throws(RequestProblem) {
        var parts: [Part] = []
        if readsQuery, !request.query.isEmpty { parts.append(try Part(request.query, source: "the query")) }
        let fields = request.head.headerFields[values: .xGatehouseCheck]
        if !fields.isEmpty {
            guard request.peerIsTrusted else {
                // Ignoring it would drop a restriction that somebody meant to make.
                throw RequestProblem(
                    400, "check_header_untrusted",
                    "X-Gatehouse-Check comes from an address that is not in trusted_proxies; add the proxy's address there."
                )
            }
            guard fields.count == 1 else {
                throw RequestProblem(400, "parameter_repeated", "X-Gatehouse-Check comes \(fields.count) times.")
            }
            parts.append(try Part(fields[0], source: "X-Gatehouse-Check"))
        }
        let realms = parts.compactMap(\.realm)
        if realms.count == 2, realms[0] != realms[1] {
            throw RequestProblem(400, "realm_contradiction", "The query and X-Gatehouse-Check name different realms.")
        }
        let headerSets = parts.compactMap(\.headerSet)
        if headerSets.count == 2, headerSets[0] != headerSets[1] {
            throw RequestProblem(
                400, "headers_contradiction", "The query and X-Gatehouse-Check ask for different headers.")
        }
        question = AccessQuestion(
            realm: try Self.realm(realms.first, rules: rules),
            roles: parts.compactMap(\.roles), groups: parts.compactMap(\.groups),
            maximumAge: parts.compactMap(\.maximumAge).min())
        headerSet = headerSets.first ?? .gatehouse
    }

    private static func realm(_ named: RealmName?, rules: AccessRules) throws(RequestProblem) -> RealmName {
        if let named {
            guard rules.realms[named] != nil else {
                throw RequestProblem(
                    400, "realm_unknown", "There is no realm '\(HeaderText.encode(named.text).prefix(80))'.")
            }
            return named
        }
        guard rules.realms.count == 1, let only = rules.realms.keys.first else {
            throw RequestProblem(400, "realm_missing", "There are several realms; add realm=NAME to the session check.")
        }
        return only
    }

    /// One of the two places.
    private struct Part {
        var realm: RealmName?
        var roles: [RoleName]?
        var groups: [GroupName]?
        var maximumAge: Duration?
        var headerSet: HeaderSet?

        init(_ text: String, source: String) throws(RequestProblem) {
            guard text.utf8.count <= 8192, let decoded = FormEncoding.decode(text) else {
                throw RequestProblem(400, "query_malformed", "\(source) cannot be read as name=value pairs.")
            }
            var seen: Set<String> = []
            for (name, value) in decoded {
                guard seen.insert(name).inserted else {
                    throw RequestProblem(400, "parameter_repeated", "\(source) has \(name.prefix(40)) twice.")
                }
                guard !value.isEmpty else {
                    throw RequestProblem(400, "parameter_empty", "\(source) has \(name.prefix(40)) without a value.")
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
                        "\(source) has the unknown parameter '\(HeaderText.encode(name).prefix(40))'; known are realm, role, group, max_age, headers."
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
}
