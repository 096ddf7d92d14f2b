import Identity

/// A request to sign somebody in (SAML Core §3.4.1, Profiles §4.1.4.1).
package struct AuthnRequest: Sendable {
    package let id: String
    package let issueInstant: UnixTime
    package let destination: String
    package let issuer: String
    package let acsURL: String
    /// Only where it is configured: Okta refuses a policy that differs from the setting of its application.
    package let nameIDFormat: String?
    /// The person has to prove again who they are.
    package let forceAuthn: Bool
    /// The identity provider must not show anything.
    package let isPassive: Bool
    /// Any of these will do; empty leaves it to the identity provider.
    package let contextClasses: [String]

    package init(
        id: String, issueInstant: UnixTime, destination: String, issuer: String, acsURL: String,
        nameIDFormat: String? = nil, forceAuthn: Bool = false, isPassive: Bool = false, contextClasses: [String] = []
    ) {
        self.id = id
        self.issueInstant = issueInstant
        self.destination = destination
        self.issuer = issuer
        self.acsURL = acsURL
        self.nameIDFormat = nameIDFormat
        self.forceAuthn = forceAuthn
        self.isPassive = isPassive
        self.contextClasses = contextClasses
    }

    package var xml: String {
        var children = [Markup("saml:Issuer", text: issuer)]
        if let nameIDFormat {
            // Without AllowCreate a persistent identifier is given only to whom it was given before (§3.4.1.1).
            children.append(Markup("samlp:NameIDPolicy", [("AllowCreate", "true"), ("Format", nameIDFormat)]))
        }
        if !contextClasses.isEmpty {
            children.append(
                Markup(
                    "samlp:RequestedAuthnContext", [("Comparison", "exact")],
                    contextClasses.map { Markup("saml:AuthnContextClassRef", text: $0) }))
        }
        return Markup(
            "samlp:AuthnRequest",
            OutgoingHead(id: id, issueInstant: issueInstant, destination: destination).attributes + [
                ("AssertionConsumerServiceURL", acsURL), ("ForceAuthn", forceAuthn ? "true" : nil),
                ("IsPassive", isPassive ? "true" : nil),
                ("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"),
            ], children
        ).xml
    }
}
