/// The namespaces of SAML messages, under the prefixes that Okta writes them with.
enum XMLVocabulary: String, Sendable, CaseIterable {
    case saml2p
    case saml2
    case md
    case ds
    /// Exclusive XML Canonicalization, for InclusiveNamespaces.
    case ec
    case xenc
    /// XML Encryption 1.1.
    case xenc11
    case xs
    case xsi

    var namespace: String {
        switch self {
        case .saml2p: "urn:oasis:names:tc:SAML:2.0:protocol"
        case .saml2: "urn:oasis:names:tc:SAML:2.0:assertion"
        case .md: "urn:oasis:names:tc:SAML:2.0:metadata"
        case .ds: "http://www.w3.org/2000/09/xmldsig#"
        case .ec: "http://www.w3.org/2001/10/xml-exc-c14n#"
        case .xenc: "http://www.w3.org/2001/04/xmlenc#"
        case .xenc11: "http://www.w3.org/2009/xmlenc11#"
        case .xs: "http://www.w3.org/2001/XMLSchema"
        case .xsi: "http://www.w3.org/2001/XMLSchema-instance"
        }
    }

    func name(_ local: String) -> XMLElement.Name {
        XMLElement.Name(prefix: rawValue, local: local, namespace: namespace)
    }
}
