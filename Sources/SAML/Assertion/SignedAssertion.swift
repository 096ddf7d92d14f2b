import Identity
import XMLTree

/// An Assertion that is read from signed octets. Each way to make one demands such octets, so there is none without a
/// verified signature (rule 10).
struct SignedAssertion {
    let element: XMLElement
    /// The fingerprint of the pinned certificate.
    let signedWith: String

    /// The Assertion has a signature of its own.
    init(_ octets: SignedOctets) throws(SAMLRejection) {
        element = try Self.assertion(octets.parsed())
        signedWith = octets.signedWith
    }

    /// The Response around it is signed.
    init(within response: SignedOctets) throws(SAMLRejection) {
        guard case .assertion(let assertion) = try UnverifiedResponse(response.parsed()).content else {
            throw SAMLRejection(.assertionMissing, "the signed Response holds no Assertion")
        }
        element = assertion
        signedWith = response.signedWith
    }

    /// The Response around its ciphertext is signed; nil when it is not.
    init?(_ decrypted: DecryptedAssertion) throws(SAMLRejection) {
        guard let response = decrypted.signedResponse else { return nil }
        element = try Self.assertion(decrypted.document)
        signedWith = response.signedWith
    }

    private static func assertion(_ document: XMLDocument) throws(SAMLRejection) -> XMLElement {
        let root = document.root
        guard root.matches(AssertionName.assertion) else {
            throw SAMLRejection(
                .rootUnexpected, "what is signed is no Assertion", expected: "Assertion", found: root.shownName)
        }
        return root
    }
}
