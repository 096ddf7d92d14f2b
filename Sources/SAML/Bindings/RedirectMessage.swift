import Cryptography

/// A message that came in a query. Unverified.
package struct RedirectMessage: Sendable {
    package enum Kind: Sendable, Equatable { case request, response }

    package let kind: Kind
    /// To be handed back with the answer, whether the message is believed or not.
    package let relayState: String?
    let unverifiedXML: [UInt8]
    let signature: RedirectSignature?

    /// The message's XML, all of which a pinned key has signed.
    func verifiedXML(
        certificates: [Certificate], allowsSHA1: Bool
    ) throws(SAMLRejection) -> (xml: [UInt8], signedWith: String) {
        guard let signature else {
            throw SAMLRejection(
                .logoutSignatureMissing,
                "the message in the query is not signed; let the identity provider sign its logout messages")
        }
        let certificate = try signature.verifiedSigner(among: certificates, allowsSHA1: allowsSHA1)
        return (unverifiedXML, certificate.fingerprint)
    }
}

/// The signature of a query (SAML Bindings §3.4.4.1).
struct RedirectSignature: Sendable {
    /// As it came.
    let algorithm: String
    let value: [UInt8]
    /// What was signed: the parameters as they came.
    let octets: [UInt8]

    /// The pinned certificate whose key made the signature, by the same algorithms and keys as in XML (rule 8).
    func verifiedSigner(among certificates: [Certificate], allowsSHA1: Bool) throws(SAMLRejection) -> Certificate {
        let known = try AllowedAlgorithm.signature(named: algorithm, allowsSHA1: allowsSHA1)
        let candidates = try PinnedKeys.candidates(for: known, among: certificates)
        let signer = candidates.first { $0.publicKey.verifies(value, over: octets, xml: known) }
        guard let signer else {
            throw SAMLRejection(
                .signatureInvalid,
                "the query's signature is by none of the pinned certificates, or the query was changed on its way")
        }
        return signer
    }
}
