import Synchronization

/// Failures that tests order for the next requests to an endpoint.
package final class Faults: Sendable {
    package enum Endpoint: String, Sendable, CaseIterable {
        case authorize
        case par
        case token
        case userInfo = "userinfo"
        case jwks
        case discovery
        case revoke
        case introspect
        case logout
        case samlSignOn = "saml_sso"
        case samlMetadata = "saml_metadata"
        case samlLogout = "saml_slo"

        /// The endpoint behind a path of either authorization server, or of a SAML app.
        init?(path: String) {
            if path.hasPrefix("/app/") {
                let ends = [("/sso/saml", Self.samlSignOn), ("/metadata", .samlMetadata), ("/slo/saml", .samlLogout)]
                guard let end = ends.first(where: { path.hasSuffix($0.0) }) else { return nil }
                self = end.1
                return
            }
            if path.hasSuffix("/.well-known/openid-configuration")
                || path.hasSuffix("/.well-known/oauth-authorization-server")
            {
                self = .discovery
                return
            }
            guard path.hasPrefix("/oauth2/"), let name = path.split(separator: "/").last else { return nil }
            switch name {
            case "keys": self = .jwks
            case "jwks", "discovery", "saml_sso", "saml_metadata", "saml_slo": return nil
            default: self.init(rawValue: String(name))
            }
        }
    }

    package enum Mode: String, Sendable, CaseIterable {
        case status500 = "status-500"
        case status429 = "status-429"
        /// The request is taken and never answered.
        case timeout
        /// 200 with bytes that are no JSON.
        case garbage
        /// 200 with 100 MB.
        case huge
        /// The right headers and then one byte a second.
        case drip
        /// The request is carried out, and its answer gets lost: 500 instead.
        case answerLost = "answer-lost"
        /// A redirect to elsewhere, which no client of these endpoints should follow.
        case redirect
    }

    private let state = Mutex<[Endpoint: (mode: Mode, remaining: Int)]>([:])

    package init() {}

    package func order(_ mode: Mode, at endpoint: Endpoint, count: Int) {
        state.withLock { $0[endpoint] = count > 0 ? (mode, count) : nil }
    }

    package func clear() {
        state.withLock { $0 = [:] }
    }

    /// The failure for this request, which is thereby used up.
    func next(at endpoint: Endpoint) -> Mode? {
        state.withLock { state in
            guard let (mode, remaining) = state[endpoint] else { return nil }
            state[endpoint] = remaining > 1 ? (mode, remaining - 1) : nil
            return mode
        }
    }
}
