import Cryptography
import Identity
import XMLTree

/// The octets of an element that a pinned key signed. Only `SignatureVerifier` makes them.
struct SignedOctets {
    let bytes: [UInt8]
    /// The fingerprint of the pinned certificate.
    let signedWith: String

    fileprivate init(bytes: [UInt8], signedWith: String) {
        self.bytes = bytes
        self.signedWith = signedWith
    }

    /// What may be read after a signature was verified: a document made of the signed octets and of nothing else.
    func parsed() throws(SAMLRejection) -> XMLDocument { try XMLDocument.parsing(bytes) }
}

/// A message that a pinned key signed, made anew of the octets that were digested and of nothing else. Only
/// `SignatureVerifier` makes one.
struct SignedMessage {
    let document: XMLDocument
    /// The fingerprint of the pinned certificate.
    let signedWith: String

    fileprivate init(_ octets: SignedOctets) throws(SAMLRejection) {
        document = try octets.parsed()
        signedWith = octets.signedWith
    }
}

/// Verifies enveloped signatures with pinned keys (rules 4 to 9).
struct SignatureVerifier: Sendable {
    private let certificates: [Certificate]
    private let insecureAllowsSHA1: Bool

    init(certificates: [Certificate], insecureAllowsSHA1: Bool) {
        self.certificates = certificates
        self.insecureAllowsSHA1 = insecureAllowsSHA1
    }

    /// Verifies the signature that must stand directly after the Issuer of a message, a document's root.
    ///
    /// - Returns: what may be read from then on. The message itself is to be read no further.
    /// - Throws: `SAMLRejection`.
    func signedMessage(_ element: XMLElement) throws(SAMLRejection) -> SignedMessage {
        guard element.parent == nil else {
            throw SAMLRejection(.rootUnexpected, "the \(element.localName) is inside of another message")
        }
        try DocumentSurvey.check(rootedAt: element)
        return try SignedMessage(verify(element))
    }

    /// The same for any element of a document that was surveyed.
    func verify(_ element: XMLElement) throws(SAMLRejection) -> SignedOctets {
        var children = ChildReader(element)
        guard children.take(AssertionName.issuer) != nil, let signature = children.take(SignatureName.signature) else {
            throw SAMLRejection(.signatureMissing, "the \(element.localName) is not signed")
        }
        guard let id = element.attribute("ID"), !id.isEmpty else {
            throw SAMLRejection(.idMissing, "the \(element.localName) has no ID, so no signature can be over it")
        }
        let form = try SignatureForm(signature, signing: id, insecureAllowsSHA1: insecureAllowsSHA1)
        let signer = try signer(of: form)
        let octets = try element.canonicalOctets(omitting: signature, inclusivePrefixes: form.reference.prefixes)
        guard equalInConstantTime(form.reference.digestAlgorithm.hash(octets), form.reference.digest) else {
            throw SAMLRejection(
                .digestMismatch,
                "the \(element.localName) was changed after it was signed: its digest is not the one that the identity provider signed"
            )
        }
        return SignedOctets(bytes: octets, signedWith: signer.fingerprint)
    }

    /// The pinned certificate whose key made the signature over the SignedInfo.
    private func signer(of form: SignatureForm) throws(SAMLRejection) -> Certificate {
        let candidates = try PinnedKeys.candidates(for: form.algorithm, among: certificates)
        let octets = try form.signedInfo.canonicalOctets(inclusivePrefixes: form.signedInfoPrefixes)
        for candidate in candidates where candidate.publicKey.verifies(form.value, over: octets, xml: form.algorithm) {
            return candidate
        }
        throw KeyHint.rejection(of: form, pinned: certificates)
    }
}

extension XMLElement {
    /// - Throws: a rejection of rule 3 for everything that is not a canonical form of at least one byte.
    fileprivate func canonicalOctets(
        omitting omitted: XMLElement? = nil, inclusivePrefixes: [String]
    ) throws(SAMLRejection) -> [UInt8] {
        do {
            return try canonical(omitting: omitted, inclusivePrefixes: inclusivePrefixes)
        } catch {
            throw SAMLRejection(error)
        }
    }
}
