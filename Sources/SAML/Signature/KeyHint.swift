import Cryptography
import Identity
import XMLTree

/// What a KeyInfo says about the key of a signature. Anybody can write anything there, so it only words the refusal: a
/// certificate that is not pinned means that the identity provider changed it, most of the time.
enum KeyHint {
    /// The fingerprint of the certificate that the KeyInfo shows; nil when it shows none.
    static func fingerprint(_ keyInfo: XMLElement?) -> String? {
        guard let data = keyInfo?.children(SignatureName.x509Data).first,
            let text = data.children(SignatureName.x509Certificate).first?.text,
            let der = Base64Text.decode(text), !der.isEmpty
        else { return nil }
        return Certificate.fingerprint(ofDER: der)
    }

    /// Why no pinned key verified the signature.
    static func rejection(of form: SignatureForm, pinned certificates: [Certificate]) -> SAMLRejection {
        let pinned = certificates.map(\.fingerprint)
        let expected = pinned.prefix(2).joined(separator: ", ")
        if let shown = fingerprint(form.keyInfo), !pinned.contains(where: { $0.isIdentical(to: shown) }) {
            return SAMLRejection(
                .keyNotPinned,
                "the message shows another certificate than the pinned ones, and no pinned key verifies it; compare them with \(OktaSetting.certificates) (the active one)",
                expected: expected, found: shown)
        }
        return SAMLRejection(
            .signatureInvalid, "the signature is not that of a pinned key; the message was changed or forged",
            expected: expected)
    }
}
