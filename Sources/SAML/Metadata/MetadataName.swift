import XMLTree

/// Expanded names of SAML's metadata (SAML Metadata §2).
enum MetadataName {
    static let namespace: StaticString = "urn:oasis:names:tc:SAML:2.0:metadata"
    static let entities = XMLName("EntitiesDescriptor", in: namespace)
    static let entity = XMLName("EntityDescriptor", in: namespace)
    static let identityProvider = XMLName("IDPSSODescriptor", in: namespace)
    static let keyDescriptor = XMLName("KeyDescriptor", in: namespace)
    static let singleSignOn = XMLName("SingleSignOnService", in: namespace)
    static let singleLogout = XMLName("SingleLogoutService", in: namespace)
}

/// Identifiers of bindings (SAML Bindings §3.4.1, §3.5.1).
enum BindingName {
    static let redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    static let post = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
}
