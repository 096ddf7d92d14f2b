import Cryptography
import Identity
import XMLTree

/// Judges responses to authentication requests. Pure: octets, keys and time in, a verified assertion or a reason out.
///
/// The order is the profile's: the bytes, the structure, what the wrapper says against the response, the signatures, and
/// only then, from the signed octets alone, who is meant.
package struct ResponseVerifier: Sendable {
    private let expectation: ResponseExpectation

    package init(_ expectation: ResponseExpectation) { self.expectation = expectation }

    /// - Parameters:
    ///   - xml: the octets of the message, not its base64.
    ///   - random: for the key that decryption goes on with when unwrapping fails.
    package func verify(
        _ xml: [UInt8], now: UnixTime, random: RandomSource
    ) throws(SAMLRejection) -> VerifiedAssertion {
        let document = try XMLDocument.parsing(xml)
        let identifiers = try DocumentSurvey.check(rootedAt: document.root)
        let response = try UnverifiedResponse(document)
        try checkWrapper(response)
        let signed =
            switch response.content {
            case .assertion(let assertion): try signedAssertion(assertion, in: response)
            case .encrypted(let encrypted):
                try signedAssertion(
                    decrypting: encrypted, in: response,
                    by: AssertionDecryption(keys: expectation.decryptionKeys, random: random), besides: identifiers)
            }
        return try AssertionVerifier(expectation: expectation, now: now).verify(signed)
    }

    /// Whether anybody wrote a Response around the assertion that is not for us. Nothing of it is believed (rule 10), so
    /// it does not matter here whether it is signed.
    private func checkWrapper(_ response: UnverifiedResponse) throws(SAMLRejection) {
        try response.issuer.checkIssuer(expectation.issuer, of: "Response")
        if let destination = response.element.attribute("Destination"),
            !destination.isIdentical(to: expectation.acsURL)
        {
            throw SAMLRejection(
                .destinationMismatch,
                "the Response is for another address; \(OktaSetting.saml("Single sign-on URL, and Destination URL")) must be this gateway's",
                expected: expectation.acsURL, found: destination)
        }
        try expectation.answers.check(response.element)
    }

    private var signatures: SignatureVerifier {
        SignatureVerifier(certificates: expectation.certificates, insecureAllowsSHA1: expectation.insecureAllowsSHA1)
    }

    /// Rule 6: every signature that is present must verify, and one must cover the assertion.
    private func signedAssertion(
        _ assertion: XMLElement, in response: UnverifiedResponse
    ) throws(SAMLRejection) -> SignedAssertion {
        let signedResponse = response.isSigned ? try signatures.verify(response.element) : nil
        if assertion.isSigned { return try SignedAssertion(signatures.verify(assertion)) }
        if let signedResponse { return try SignedAssertion(within: signedResponse) }
        throw SAMLRejection(
            .signatureMissing,
            "neither the Response nor the Assertion is signed; \(OktaSetting.advanced("Response: Signed, and Assertion Signature: Signed"))"
        )
    }

    /// The same for an encrypted one. What is decrypted comes from the signed octets where there are any.
    private func signedAssertion(
        decrypting encrypted: XMLElement, in response: UnverifiedResponse, by decryption: AssertionDecryption,
        besides identifiers: Set<XMLIdentifier>
    ) throws(SAMLRejection) -> SignedAssertion {
        let decrypted =
            response.isSigned
            ? try decryption.open(signatures.verify(response.element), besides: identifiers)
            : try decryption.open(unsigned: encrypted, besides: identifiers)
        let assertion = decrypted.assertion
        if assertion.isSigned { return try SignedAssertion(signatures.verify(assertion)) }
        if let signed = SignedAssertion(decrypted) { return signed }
        throw SAMLRejection(
            .encryptedAssertionUnsigned,
            "neither the Response nor the Assertion inside of the encryption is signed, and anybody can encrypt; \(OktaSetting.advanced("Response: Signed, and Assertion Signature: Signed"))"
        )
    }
}

extension XMLElement {
    /// Whether a Signature follows the Issuer. The survey has found that there is none elsewhere.
    var isSigned: Bool {
        var children = ChildReader(self)
        return children.take(AssertionName.issuer) != nil && children.take(SignatureName.signature) != nil
    }
}
