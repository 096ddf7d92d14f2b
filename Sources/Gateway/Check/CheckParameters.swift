import Access
import HTTPTypes
import Identity

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
    init(
        _ request: IncomingRequest, readsQuery: Bool, rules: AccessRules, known: CheckWordingCache
    ) throws(RequestProblem) {
        var parts: [CheckWording] = []
        if readsQuery, !request.query.isEmpty { parts.append(try known.wording(ofQuery: request.query)) }
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
            parts.append(try CheckWording(header: fields[0]))
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
        let contexts = parts.compactMap(\.authenticationContexts)
        if contexts.count == 2,
            !contexts[0].contains(where: { value in contexts[1].contains { $0.isIdentical(to: value) } })
        {
            // No sign-in could meet both, and people would be sent to the provider again and again.
            throw RequestProblem(
                400, "acr_contradiction", "The query and X-Gatehouse-Check have no acr in common.")
        }
        question = AccessQuestion(
            realm: try Self.realm(realms.first, rules: rules),
            roles: parts.compactMap(\.roles), groups: parts.compactMap(\.groups),
            maximumAge: parts.compactMap(\.maximumAge).min(),
            authenticationContexts: contexts)
        headerSet = headerSets.first ?? .gatehouse
    }

    private static func realm(_ named: RealmName?, rules: AccessRules) throws(RequestProblem) -> RealmName {
        if let named {
            guard rules.realms[named] != nil else {
                throw RequestProblem(
                    400, "realm_unknown", "There is no realm '\(HeaderText.encode(named.text).clipped(80))'.")
            }
            return named
        }
        guard rules.realms.count == 1, let only = rules.realms.keys.first else {
            throw RequestProblem(400, "realm_missing", "There are several realms; add realm=NAME to the session check.")
        }
        return only
    }
}
