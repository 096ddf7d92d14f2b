import Cryptography
import Identity
import XMLTree

/// What an identity provider says about itself (SAML Metadata §2.4.3), as far as it is used.
///
/// Okta does not sign its metadata. It is believed for where it came from, a file or an https URL that an administrator
/// configured, so a signature in it is not looked at.
package struct IdentityProviderMetadata: Sendable, Equatable {
    package let entityID: String
    /// The keys that may sign, each once; at least one.
    package let certificates: [Certificate]
    /// Where requests to sign in go to, by binding; at least one of the two is there.
    package let ssoRedirect: String?
    package let ssoPost: String?
    /// Where logout requests go to.
    package let sloRedirect: String?
    package let sloPost: String?
    /// Where answers to logout requests go to; the same as for requests unless the metadata tells otherwise (§2.2.2).
    package let sloResponseRedirect: String?
    package let sloResponsePost: String?
    package let wantsSignedRequests: Bool
    /// The earliest moment that the metadata says it ends at. Okta says none.
    package let validUntil: UnixTime?

    /// - Parameter issuer: the entity that is wanted; nil takes the only identity provider there is.
    /// - Throws: `SAMLRejection` of rules 1 to 3 or 16.
    package init(_ bytes: [UInt8], issuer: String?) throws(SAMLRejection) {
        let document = try Self.parse(bytes)
        let provider = try MetadataEntity.find(in: document.root, issuer: issuer)
        entityID = provider.entityID
        validUntil = try provider.validUntil()
        certificates = try MetadataCertificates.read(provider.role)
        let signOn = try MetadataEndpoint.read(provider.role, MetadataName.singleSignOn)
        let logout = try MetadataEndpoint.read(provider.role, MetadataName.singleLogout)
        ssoRedirect = signOn.redirect?.location
        ssoPost = signOn.post?.location
        guard ssoRedirect != nil || ssoPost != nil else {
            throw SAMLRejection(
                .metadataSignOnMissing, "the metadata names no SingleSignOnService for the redirect or the POST binding"
            )
        }
        sloRedirect = logout.redirect?.location
        sloPost = logout.post?.location
        sloResponseRedirect = logout.redirect?.responseLocation
        sloResponsePost = logout.post?.responseLocation
        wantsSignedRequests = try provider.role.flag("WantAuthnRequestsSigned")
    }

    private static func parse(_ bytes: [UInt8]) throws(SAMLRejection) -> XMLDocument {
        do {
            // Windows' editors put a byte-order mark before what they save.
            return try XMLDocument(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes)
        } catch {
            throw SAMLRejection(
                code: error.reason.rawValue, rule: SAMLRejection(error).rule,
                detail:
                    "the metadata is not acceptable XML: \(error.detail); download it from the identity provider again and change nothing in it"
            )
        }
    }
}

/// The one identity provider of a metadata document.
private struct MetadataEntity {
    let entityID: String
    let role: XMLElement
    private let entity: XMLElement

    static func find(in root: XMLElement, issuer: String?) throws(SAMLRejection) -> MetadataEntity {
        guard root.matches(MetadataName.entity) || root.matches(MetadataName.entities) else {
            throw SAMLRejection(
                .metadataUnexpected, "this is no SAML metadata", expected: "EntityDescriptor", found: root.shownName)
        }
        var providers: [MetadataEntity] = []
        try root.forEachElement { (element) throws(SAMLRejection) in
            guard element.matches(MetadataName.entity), let provider = try MetadataEntity(element) else { return }
            providers.append(provider)
        }
        guard !providers.isEmpty else {
            throw SAMLRejection(
                .metadataProviderMissing,
                "the metadata describes no identity provider of SAML 2.0; it may be a service provider's, or ours")
        }
        if let issuer {
            let names = providers.map(\.entityID)
            providers.removeAll { !$0.entityID.isIdentical(to: issuer) }
            guard !providers.isEmpty else {
                throw SAMLRejection(
                    .metadataIssuerMismatch,
                    "the metadata is of another identity provider than the configured `issuer`",
                    expected: issuer, found: names.joined(separator: ", "))
            }
        }
        guard providers.count == 1 else {
            throw SAMLRejection(
                .metadataProviderAmbiguous,
                "the metadata describes several identity providers; say which one by `issuer`, or take metadata of one alone",
                found: providers.map(\.entityID).joined(separator: ", "))
        }
        return providers[0]
    }

    /// Nil when it is no identity provider of SAML 2.0.
    private init?(_ entity: XMLElement) throws(SAMLRejection) {
        let roles = entity.children(MetadataName.identityProvider).filter { role in
            let protocols = role.attribute("protocolSupportEnumeration") ?? ""
            return protocols.split { [" ", "\t", "\n", "\r"].contains($0) }
                .contains { String($0).isIdentical(to: "urn:oasis:names:tc:SAML:2.0:protocol") }
        }
        guard let role = roles.first else { return nil }
        guard roles.count == 1 else {
            throw SAMLRejection(.metadataProviderAmbiguous, "one entity is described as an identity provider twice")
        }
        guard let entityID = entity.attribute("entityID"), !entityID.isEmpty, entityID.utf8.count <= 1024 else {
            throw SAMLRejection(.metadataMalformed, "an identity provider in the metadata has no entityID")
        }
        self.entityID = entityID
        self.role = role
        self.entity = entity
    }

    /// The earliest end that the role, the entity or what it is in names (§2.3.1, §2.3.2, §2.4.1).
    func validUntil() throws(SAMLRejection) -> UnixTime? {
        var earliest = try role.optionalTime("validUntil")
        var element: XMLElement? = entity
        while let current = element {
            if let time = try current.optionalTime("validUntil") { earliest = min(earliest ?? time, time) }
            element = current.parent
        }
        return earliest
    }
}

extension XMLElement {
    /// An xs:boolean that is false when it is missing.
    fileprivate func flag(_ name: StaticString) throws(SAMLRejection) -> Bool {
        switch attribute(name) {
        case nil, "false", "0": return false
        case "true", "1": return true
        case let found:
            throw SAMLRejection(.metadataMalformed, "\(name) in the metadata is neither true nor false", found: found)
        }
    }
}
