/// The algorithms of XML Signature that are accepted, by their identifiers (XML Signature 1.1 §6.4, RFC 9231 §2.3).
///
/// There is no case for HMAC: a public key taken for its secret would let everybody sign.
package enum XMLSignatureAlgorithm: String, Sendable, CaseIterable {
    case rsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    case rsaSHA384 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
    case rsaSHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
    case ecdsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    case ecdsaSHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
    case ecdsaSHA512 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
    /// Only where a connection allows it by name.
    case insecureRSASHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"

    private var isRSA: Bool {
        switch self {
        case .rsaSHA256, .rsaSHA384, .rsaSHA512, .insecureRSASHA1: true
        case .ecdsaSHA256, .ecdsaSHA384, .ecdsaSHA512: false
        }
    }

    fileprivate var digest: XMLDigestAlgorithm {
        switch self {
        case .rsaSHA256, .ecdsaSHA256: .sha256
        case .rsaSHA384, .ecdsaSHA384: .sha384
        case .rsaSHA512, .ecdsaSHA512: .sha512
        case .insecureRSASHA1: .insecureSHA1
        }
    }

    /// Whether it is one for this kind of key; any of the curves goes with any of the hashes (RFC 9231 §2.3.6).
    package func fits(_ kind: PublicKey.Kind) -> Bool {
        switch kind {
        case .rsa: isRSA
        case .elliptic: !isRSA
        case .ed25519: false
        }
    }
}

/// The digests of XML Signature that are accepted, by their identifiers (XML Signature 1.1 §6.2, RFC 9231 §2.1).
package enum XMLDigestAlgorithm: String, Sendable, CaseIterable {
    case sha256 = "http://www.w3.org/2001/04/xmlenc#sha256"
    case sha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
    case sha512 = "http://www.w3.org/2001/04/xmlenc#sha512"
    /// Only where a connection allows it by name.
    case insecureSHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"

    package func hash(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .sha256: HashFunction.sha256.hash(bytes)
        case .sha384: HashFunction.sha384.hash(bytes)
        case .sha512: HashFunction.sha512.hash(bytes)
        case .insecureSHA1: InsecureSHA1.hash(bytes)
        }
    }

    fileprivate var handle: OpaquePointer {
        switch self {
        case .sha256: HashFunction.sha256.handle
        case .sha384: HashFunction.sha384.handle
        case .sha512: HashFunction.sha512.handle
        case .insecureSHA1: InsecureSHA1.handle
        }
    }
}

extension PublicKey {
    /// Whether the signature over the message is this key's. False for every other outcome, errors included.
    ///
    /// - Parameter signature: the octets of a SignatureValue. For ECDSA both numbers side by side, each as long as a
    ///   coordinate of the key's curve, never DER (XML Signature 1.1 §6.4.3).
    package func verifies(_ signature: [UInt8], over message: [UInt8], xml algorithm: XMLSignatureAlgorithm) -> Bool {
        guard algorithm.fits(kind) else { return false }
        return verifies(signature, over: message, digest: algorithm.digest.handle, isPSS: false)
    }
}

extension PrivateKey {
    /// What `sign` makes, as XML Signature calls it; nil for Ed25519, which service providers and Okta do not know.
    package var xmlAlgorithm: XMLSignatureAlgorithm? {
        switch algorithm.family {
        case .rsa: .rsaSHA256
        case .ecdsa(.p256): .ecdsaSHA256
        case .ecdsa(.p384): .ecdsaSHA384
        case .ecdsa(.p521): .ecdsaSHA512
        case .ed25519: nil
        }
    }
}
