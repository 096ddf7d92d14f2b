import Identity
import XMLTree

/// Where a service of an identity provider is (SAML Metadata §2.2.2).
struct MetadataEndpoint {
    let location: String
    /// Where answers go to.
    let responseLocation: String

    /// The first of each binding that is spoken here; the others are not looked at.
    static func read(
        _ role: XMLElement, _ name: XMLName
    ) throws(SAMLRejection) -> (redirect: MetadataEndpoint?, post: MetadataEndpoint?) {
        let services = role.children(name)
        func first(_ binding: String) throws(SAMLRejection) -> MetadataEndpoint? {
            let service = services.first { $0.attribute("Binding")?.isIdentical(to: binding) ?? false }
            return try service.map { (service) throws(SAMLRejection) in try MetadataEndpoint(service) }
        }
        return (try first(BindingName.redirect), try first(BindingName.post))
    }

    private init(_ service: XMLElement) throws(SAMLRejection) {
        guard let location = service.attribute("Location") else {
            throw SAMLRejection(.metadataMalformed, "a \(service.localName) in the metadata has no Location")
        }
        self.location = location
        responseLocation = service.attribute("ResponseLocation") ?? location
        for address in [location, responseLocation] where !EndpointAddress.isUsable(address) {
            throw SAMLRejection(
                .metadataEndpointInsecure,
                "a \(service.localName) in the metadata is neither an https URL nor one on loopback",
                expected: "https://…", found: address)
        }
    }
}
