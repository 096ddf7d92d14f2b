import Cryptography

/// A message that came in a query. Unverified.
package struct RedirectMessage: Sendable {
    /// What it is, and the parameter that holds it.
    package enum Kind: String, Sendable {
        case request = "SAMLRequest"
        case response = "SAMLResponse"
    }

    package let kind: Kind
    /// To be handed back with the answer, whether the message is believed or not.
    package let relayState: String?
    let unverifiedXML: [UInt8]
    let signature: RedirectSignature?

    /// The message's XML, all of which a pinned key has signed.
    ///
    /// - Throws: `SAMLRejection` when it is not signed by one of them.
    func verifiedXML(
        certificates: [Certificate], insecureAllowsSHA1: Bool
    ) throws(SAMLRejection) -> [UInt8] {
        guard let signature else {
            throw SAMLRejection(
                .logoutSignatureMissing,
                "the message in the query is not signed; let the identity provider sign its logout messages")
        }
        try signature.verify(among: certificates, insecureAllowsSHA1: insecureAllowsSHA1)
        return unverifiedXML
    }
}

/// The signature of a query (SAML Bindings §3.4.4.1).
struct RedirectSignature: Sendable {
    /// As it came.
    let algorithm: String
    let value: [UInt8]
    /// What was signed: the parameters as they came.
    let octets: [UInt8]

    /// Checks that a pinned key made the signature, by the same algorithms and keys as in XML (rule 8).
    ///
    /// - Throws: `SAMLRejection` when none did, or the algorithm is not allowed.
    func verify(among certificates: [Certificate], insecureAllowsSHA1: Bool) throws(SAMLRejection) {
        let known = try AllowedAlgorithm.signature(named: algorithm, insecureAllowsSHA1: insecureAllowsSHA1)
        let candidates = try PinnedKeys.candidates(for: known, among: certificates)
        guard candidates.contains(where: { $0.publicKey.verifies(value, over: octets, xml: known) }) else {
            throw SAMLRejection(
                .signatureInvalid,
                "the query's signature is by none of the pinned certificates, or the query was changed on its way")
        }
    }
}
