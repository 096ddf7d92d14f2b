/// An AuthnRequest (SAML Core §3.4.1), as far as Okta heeds it.
struct SAMLAuthnRequest: Sendable {
    /// How a class must compare to the requested ones (§3.3.2.2.1).
    enum Comparison: String, Sendable {
        case exact
        case minimum
        case maximum
        case better
    }

    let id: String
    let issuer: String?
    let destination: String?
    let acsURL: String?
    let binding: String?
    let isForced: Bool
    let isPassive: Bool
    let nameIDFormat: String?
    let contextClasses: [String]
    let comparison: Comparison
    /// The Subject's name, which the sign-in page puts first.
    let loginHint: String?

    init(_ root: XMLElement) throws(SAMLRefusal) {
        guard root.matches(.saml2p, "AuthnRequest") else { throw SAMLRefusal("The message is no AuthnRequest.") }
        guard root.attribute("Version") == "2.0" else { throw SAMLRefusal("The AuthnRequest is not of version 2.0.") }
        guard let id = root.attribute("ID"), !id.isEmpty else { throw SAMLRefusal("The AuthnRequest has no ID.") }
        self.id = id
        issuer = root.first(.saml2, "Issuer")?.text
        destination = root.attribute("Destination")
        acsURL = root.attribute("AssertionConsumerServiceURL")
        binding = root.attribute("ProtocolBinding")
        isForced = try Self.flag(root, "ForceAuthn")
        isPassive = try Self.flag(root, "IsPassive")
        nameIDFormat = root.first(.saml2p, "NameIDPolicy")?.attribute("Format")
        let context = root.first(.saml2p, "RequestedAuthnContext")
        contextClasses = context?.all(.saml2, "AuthnContextClassRef").map(\.text) ?? []
        comparison = context?.attribute("Comparison").flatMap(Comparison.init) ?? .exact
        loginHint = root.first(.saml2, "Subject")?.first(.saml2, "NameID")?.text
    }

    /// What the app's settings do not allow.
    func check(against app: SAMLApp, url: String) throws(SAMLRefusal) {
        guard destination == nil || destination == url + app.signOnPath else {
            throw SAMLRefusal("The Destination of the AuthnRequest is not the app's sign-on URL.")
        }
        guard acsURL == nil || acsURL == app.acsURL || app.otherACSURLs.contains(where: { $0 == acsURL }) else {
            throw SAMLRefusal("The AssertionConsumerServiceURL is not one of the app's single sign-on URLs.")
        }
        guard binding == nil || binding == SAMLApp.Binding.post.identifier else {
            throw SAMLRefusal("The ProtocolBinding must be HTTP-POST.")
        }
    }

    private static func flag(_ root: XMLElement, _ name: String) throws(SAMLRefusal) -> Bool {
        switch root.attribute(name) {
        case nil, "false", "0": return false
        case "true", "1": return true
        default: throw SAMLRefusal("The attribute \(name) is neither true nor false.")
        }
    }
}
