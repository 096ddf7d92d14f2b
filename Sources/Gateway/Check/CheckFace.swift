/// The three faces of the session check, for the families of proxies.
enum CheckFace: Sendable, Equatable {
    /// nginx, HAProxy: 401 with a Location.
    case plain
    /// Traefik, Caddy: redirects for browsers.
    case forward
    /// Envoy: the original path follows the prefix.
    case envoy(originalPath: String)

    private static let prefix = "/session/check"
    private static let envoyPrefix = "/session/check/envoy"

    /// Nil for paths of other concerns. Case and slashes count: there is one spelling.
    init?(path: String) {
        guard path.utf8.starts(with: Self.prefix.utf8) else { return nil }
        switch path {
        case Self.prefix: self = .plain
        case "/session/check/forward": self = .forward
        case Self.envoyPrefix: self = .envoy(originalPath: "/")
        default:
            guard path.hasPrefix(Self.envoyPrefix + "/") else { return nil }
            self = .envoy(originalPath: String(path.dropFirst(Self.envoyPrefix.count)))
        }
    }
}
