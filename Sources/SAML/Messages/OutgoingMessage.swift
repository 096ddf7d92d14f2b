/// A message to the identity provider, as XML; the case decides the name of its field.
package enum OutgoingMessage: Sendable {
    case request(String)
    case response(String)

    package var xml: String {
        switch self {
        case .request(let xml), .response(let xml): xml
        }
    }

    /// The name of the parameter or form field (SAML Bindings §3.4.4.1, §3.5.4).
    package var field: String {
        switch self {
        case .request: "SAMLRequest"
        case .response: "SAMLResponse"
        }
    }
}
