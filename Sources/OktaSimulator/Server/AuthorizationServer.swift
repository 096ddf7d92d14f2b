/// The two authorization servers of the organisation. They share people and applications; issuer, endpoints and keys
/// are each server's own.
package enum AuthorizationServer: String, Sendable, CaseIterable {
    /// The org authorization server, whose issuer is the organisation's URL.
    case org
    /// The custom authorization server named `default`.
    case custom = "default"

    /// What follows the organisation's URL in the issuer.
    package var issuerPath: String {
        switch self {
        case .org: ""
        case .custom: "/oauth2/default"
        }
    }

    package func path(_ endpoint: String) -> String {
        switch self {
        case .org: "/oauth2/v1/\(endpoint)"
        case .custom: "/oauth2/default/v1/\(endpoint)"
        }
    }
}
