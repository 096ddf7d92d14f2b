import Cryptography
import Identity
import XMLTree

/// What an EncryptedAssertion held. Decryption proves nothing about who wrote it, everybody has our public key
/// (CVE-2024-9487): it is an assertion only together with a signature. Only `AssertionDecryption` makes one.
struct DecryptedAssertion {
    let assertion: XMLElement
    /// The signed Response that the ciphertext was read from; nil when there is none.
    let signedResponse: SignedOctets?

    fileprivate init(assertion: XMLElement, signedResponse: SignedOctets?) {
        self.assertion = assertion
        self.signedResponse = signedResponse
    }
}

/// Decrypts assertions (rule 11; XML Encryption 1.1 §4.4, §6.1).
struct AssertionDecryption {
    let keys: [PrivateKey]
    let random: RandomSource

    /// - Parameter identifiers: those of the message around, which must not come again inside.
    func open(_ response: SignedOctets, besides identifiers: Set<XMLIdentifier>) throws(SAMLRejection)
        -> DecryptedAssertion
    {
        guard case .encrypted(let encrypted) = try UnverifiedResponse(response.parsed()).content else {
            throw SAMLRejection(.assertionMissing, "the signed Response holds no EncryptedAssertion")
        }
        let assertion = try decrypt(encrypted, isSigned: true, besides: identifiers)
        return DecryptedAssertion(assertion: assertion, signedResponse: response)
    }

    func open(unsigned encrypted: XMLElement, besides identifiers: Set<XMLIdentifier>) throws(SAMLRejection)
        -> DecryptedAssertion
    {
        let assertion = try decrypt(encrypted, isSigned: false, besides: identifiers)
        return DecryptedAssertion(assertion: assertion, signedResponse: nil)
    }

    private func decrypt(
        _ encrypted: XMLElement, isSigned: Bool, besides identifiers: Set<XMLIdentifier>
    ) throws(SAMLRejection) -> XMLElement {
        let form = try EncryptedAssertionForm(encrypted)
        // With CBC a stranger could change a captured ciphertext and learn the plaintext from our answers
        // (CVE-2011-4625); under a signature nobody can change it.
        guard isSigned || form.cipher.isAuthenticated else {
            throw SAMLRejection(
                .encryptionCBCUnsigned,
                "the Assertion is encrypted with CBC, and the Response is not signed; \(OktaSetting.advanced("Response: Signed")) (or Encryption Algorithm: AES256-GCM)",
                expected: "a signed Response")
        }
        let keys = keys.filter { $0.rsaBits != nil }
        guard !keys.isEmpty else {
            throw SAMLRejection(
                .decryptionKeyMissing,
                "the Assertion is encrypted, and the provider has no decryption_key; configure the key of the certificate in \(OktaSetting.advanced("Encryption Certificate")), or Assertion Encryption: Unencrypted there"
            )
        }
        let root = try DecryptedContent.parse(try plaintext(of: form, keys: keys), inPlaceOf: encrypted)
        guard root.matches(AssertionName.assertion) else {
            throw SAMLRejection(
                .rootUnexpected, "what was encrypted is no Assertion", expected: "Assertion", found: root.shownName)
        }
        try DocumentSurvey.check(rootedAt: root, besides: identifiers)
        return root
    }

    /// Whatever fails before an authenticated or signed plaintext is there gives one answer, after the same work: with a
    /// random key where unwrapping failed.
    private func plaintext(of form: EncryptedAssertionForm, keys: [PrivateKey]) throws(SAMLRejection) -> [UInt8] {
        let unwrapped = unwrap(form, keys)
        let spare = random.bytes(form.cipher.keyLength)
        guard let plaintext = form.cipher.decrypt(form.ciphertext, key: unwrapped ?? spare), unwrapped != nil else {
            throw SAMLRejection(
                .decryptionFailed,
                "the Assertion cannot be decrypted; the certificate in \(OktaSetting.advanced("Encryption Certificate")) must be that of the configured decryption_key"
            )
        }
        return plaintext
    }

    /// Tries all keys whatever comes of each, so that the time does not tell which one fits.
    private func unwrap(_ form: EncryptedAssertionForm, _ keys: [PrivateKey]) -> [UInt8]? {
        var found: [UInt8]?
        for key in keys {
            let unwrapped = key.decryptOAEP(
                form.wrappedKey, digest: form.transport.digest, mask: form.transport.mask, label: form.transport.label)
            if let unwrapped, unwrapped.count == form.cipher.keyLength { found = unwrapped }
        }
        return found
    }
}
