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
        element = try octets.parsed().root
        guard element.matches(AssertionName.assertion) else {
            throw SAMLRejection(
                .rootUnexpected, "what is signed is no Assertion", expected: "Assertion", found: element.shownName)
        }
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
    init?(_ decrypted: DecryptedAssertion) {
        guard let response = decrypted.signedResponse else { return nil }
        element = decrypted.assertion
        signedWith = response.signedWith
    }
}
