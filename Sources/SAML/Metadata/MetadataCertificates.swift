import Cryptography
import XMLTree

/// The keys that an identity provider signs with (SAML Metadata §2.4.1.1).
enum MetadataCertificates {
    static func read(_ role: XMLElement) throws(SAMLRejection) -> [Certificate] {
        var certificates: [Certificate] = []
        for descriptor in role.children(MetadataName.keyDescriptor) {
            // Without `use` a key is for both purposes.
            switch descriptor.attribute("use") {
            case nil, "signing": break
            case "encryption": continue
            case let found:
                throw SAMLRejection(
                    .metadataMalformed, "a KeyDescriptor in the metadata is for neither signing nor encryption",
                    found: found)
            }
            for text in descriptor.certificateTexts {
                let certificate = try certificate(text)
                if !certificates.contains(certificate) { certificates.append(certificate) }
            }
        }
        guard !certificates.isEmpty else {
            throw SAMLRejection(
                .metadataCertificateMissing,
                "the metadata holds no certificate for signing, so no response could be verified")
        }
        return certificates
    }

    private static func certificate(_ text: String?) throws(SAMLRejection) -> Certificate {
        do {
            return try Certificate(text: text ?? "")
        } catch {
            throw SAMLRejection(
                .metadataCertificateMalformed,
                "a certificate for signing in the metadata is not usable: \(error.detail)")
        }
    }
}

extension XMLElement {
    /// What each X509Certificate of a KeyDescriptor holds; nil where that is no text.
    fileprivate var certificateTexts: [String?] {
        children(SignatureName.keyInfo).flatMap { $0.children(SignatureName.x509Data) }
            .flatMap { $0.children(SignatureName.x509Certificate) }.map(\.text)
    }
}
