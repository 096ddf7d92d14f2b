import Cryptography

/// What this gateway says about itself to one identity provider (SAML Metadata §2.4.4).
package struct ServiceProviderMetadata: Sendable {
    package let entityID: String
    package let acsURL: String
    /// Where logout messages come to, by both bindings; nil when there is no single logout.
    package let sloURL: String?
    package let signingCertificates: [Certificate]
    package let encryptionCertificates: [Certificate]
    package let nameIDFormat: String?
    package let requestsSigned: Bool

    package init(
        entityID: String, acsURL: String, sloURL: String?, signingCertificates: [Certificate],
        encryptionCertificates: [Certificate], nameIDFormat: String?, requestsSigned: Bool
    ) {
        self.entityID = entityID
        self.acsURL = acsURL
        self.sloURL = sloURL
        self.signingCertificates = signingCertificates
        self.encryptionCertificates = encryptionCertificates
        self.nameIDFormat = nameIDFormat
        self.requestsSigned = requestsSigned
    }

    /// The same content gives the same document, except for an ECDSA signature, which differs each time.
    ///
    /// - Throws: `CryptographyError` when it cannot be signed.
    package func xml(signer: MessageSigner?) throws(CryptographyError) -> String {
        let id = MessageID.of(SHA256Digest(of: document(id: nil)))
        let xml = document(id: id)
        return try signer?.enveloped(xml, id: id) ?? xml
    }

    private func document(id: String?) -> String {
        Markup(
            "md:EntityDescriptor",
            [
                ("xmlns:ds", "http://www.w3.org/2000/09/xmldsig#"),
                ("xmlns:md", "urn:oasis:names:tc:SAML:2.0:metadata"),
                ("ID", id), ("entityID", entityID),
            ], [role]
        ).xml
    }

    private var role: Markup {
        // The order is the schema's.
        var children = signingCertificates.map { Self.key($0, use: "signing") }
        children += encryptionCertificates.map { Self.key($0, use: "encryption", Self.encryptionMethods) }
        if let sloURL {
            children += [BindingName.redirect, BindingName.post].map {
                Markup("md:SingleLogoutService", [("Binding", $0), ("Location", sloURL)])
            }
        }
        if let nameIDFormat { children.append(Markup("md:NameIDFormat", text: nameIDFormat)) }
        children.append(
            Markup(
                "md:AssertionConsumerService",
                [("Binding", BindingName.post), ("Location", acsURL), ("index", "0"), ("isDefault", "true")]))
        return Markup(
            "md:SPSSODescriptor",
            [
                ("AuthnRequestsSigned", requestsSigned ? "true" : "false"), ("WantAssertionsSigned", "true"),
                ("protocolSupportEnumeration", "urn:oasis:names:tc:SAML:2.0:protocol"),
            ], children)
    }

    private static func key(_ certificate: Certificate, use: String, _ methods: [Markup] = []) -> Markup {
        Markup("md:KeyDescriptor", [("use", use)], [.keyInfo(certificate)] + methods)
    }

    /// What is decrypted here, the best first (§2.4.1.1).
    private static let encryptionMethods = [
        "http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2009/xmlenc11#aes128-gcm",
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
    ].map { Markup("md:EncryptionMethod", [("Algorithm", $0)]) }
}
