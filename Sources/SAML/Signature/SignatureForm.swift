import Cryptography
import Identity
import XMLTree

/// An enveloped Signature whose form is exactly the profile's (rules 7 and 8). It says nothing about who made it.
///
/// XML Signature 1.1 is a language in which one can say nearly everything; this is the one sentence that is understood.
struct SignatureForm {
    let signature: XMLElement
    let signedInfo: XMLElement
    let signedInfoPrefixes: [String]
    let algorithm: XMLSignatureAlgorithm
    let reference: ReferenceForm
    let value: [UInt8]
    /// A hint for messages, never a source of trust (rule 9).
    let keyInfo: XMLElement?

    /// §4.1: SignedInfo, SignatureValue, KeyInfo, each once. §4.3: CanonicalizationMethod, SignatureMethod, one Reference.
    ///
    /// - Parameter id: of the element that the signature is in.
    init(_ signature: XMLElement, signing id: String, insecureAllowsSHA1: Bool) throws(SAMLRejection) {
        self.signature = signature
        var children = ChildReader(signature)
        guard let signedInfo = children.take(SignatureName.signedInfo),
            let value = children.take(SignatureName.signatureValue)
        else { throw Self.malformed(signature) }
        keyInfo = children.take(SignatureName.keyInfo)
        guard children.isAtEnd, !signature.hasStrayText, signature.hasOnlyAttributes("Id") else {
            throw Self.malformed(signature)
        }
        self.signedInfo = signedInfo
        self.value = try Self.octets(of: value, .signatureValueMalformed)

        var parts = ChildReader(signedInfo)
        guard let canonicalization = parts.take(SignatureName.canonicalizationMethod),
            let method = parts.take(SignatureName.signatureMethod), let reference = parts.take(SignatureName.reference),
            !signedInfo.hasStrayText, signedInfo.hasOnlyAttributes("Id")
        else { throw Self.malformedInfo(signedInfo) }
        guard parts.isAtEnd else {
            if parts.next?.matches(SignatureName.reference) == true {
                throw SAMLRejection(
                    .referenceMalformed, "the signature is over several things; one Reference belongs there",
                    found: signedInfo.shownChildren)
            }
            throw Self.malformedInfo(signedInfo)
        }
        signedInfoPrefixes = try ExclusiveCanonicalization.prefixes(
            of: canonicalization, otherwise: .canonicalizationUnsupported)
        algorithm = try AllowedAlgorithm.signature(method, insecureAllowsSHA1: insecureAllowsSHA1)
        self.reference = try ReferenceForm(reference, to: id, insecureAllowsSHA1: insecureAllowsSHA1)
    }

    /// Base64 in one text node: a comment or an element inside of it could hide what is compared (CVE-2025-29775).
    static func octets(of element: XMLElement, _ reason: SAMLRejection.Reason) throws(SAMLRejection) -> [UInt8] {
        guard element.hasOnlyAttributes("Id"), let text = element.text, let octets = Base64Text.decode(text),
            !octets.isEmpty
        else { throw SAMLRejection(reason, "the \(element.localName) is not plain base64") }
        return octets
    }

    private static func malformed(_ signature: XMLElement) -> SAMLRejection {
        if !signature.children(SignatureName.object).isEmpty {
            return SAMLRejection(
                .signatureObject, "the Signature carries an Object; what is signed is never inside of a signature here",
                found: signature.shownChildren)
        }
        return SAMLRejection(
            .signatureMalformed, "the Signature does not hold exactly what belongs into one, in that order",
            expected: "SignedInfo, SignatureValue, KeyInfo", found: signature.shownChildren)
    }

    private static func malformedInfo(_ signedInfo: XMLElement) -> SAMLRejection {
        SAMLRejection(
            .signedInfoMalformed, "the SignedInfo does not hold exactly what belongs into one, in that order",
            expected: "CanonicalizationMethod, SignatureMethod, Reference", found: signedInfo.shownChildren)
    }
}

/// The one Reference of a signature (XML Signature 1.1 §4.4.3): to the element that the signature is in, by its ID, with
/// the two transforms and a digest.
struct ReferenceForm {
    let prefixes: [String]
    let digestAlgorithm: XMLDigestAlgorithm
    let digest: [UInt8]

    init(_ reference: XMLElement, to id: String, insecureAllowsSHA1: Bool) throws(SAMLRejection) {
        var children = ChildReader(reference)
        guard let transforms = children.take(SignatureName.transforms),
            let method = children.take(SignatureName.digestMethod),
            let value = children.take(SignatureName.digestValue), children.isAtEnd, !reference.hasStrayText,
            reference.hasOnlyAttributes("URI", "Id"), let uri = reference.attribute("URI")
        else {
            throw SAMLRejection(
                .referenceMalformed, "the Reference does not hold exactly what belongs into one, in that order",
                expected: "Transforms, DigestMethod, DigestValue", found: reference.shownChildren)
        }
        guard uri.isIdentical(to: "#\(id)") else {
            throw SAMLRejection(
                .referenceMismatch, "the signature is over another element than the one it stands in",
                expected: "#\(id)", found: uri)
        }
        prefixes = try ExclusiveCanonicalization.prefixes(afterEnvelopedSignatureIn: transforms)
        digestAlgorithm = try AllowedAlgorithm.digest(method, insecureAllowsSHA1: insecureAllowsSHA1)
        digest = try SignatureForm.octets(of: value, .digestValueMalformed)
    }
}
