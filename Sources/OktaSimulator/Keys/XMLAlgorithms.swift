import CCrypto

/// The signature algorithms of XML Signature that Okta has, or applications may sign with. The raw values are those of
/// the settings.
package enum XMLSignatureAlgorithm: String, Sendable, CaseIterable {
    case rsaSHA1 = "rsa-sha1"
    case rsaSHA256 = "rsa-sha256"
    case rsaSHA384 = "rsa-sha384"
    case rsaSHA512 = "rsa-sha512"
    /// Okta does not sign so; applications may.
    case ecdsaSHA256 = "ecdsa-sha256"

    /// RFC 9231 §2.3.
    var identifier: String {
        switch self {
        case .rsaSHA1: "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
        default: "http://www.w3.org/2001/04/xmldsig-more#\(rawValue)"
        }
    }

    init?(identifier: String) {
        guard let known = Self.allCases.first(where: { $0.identifier == identifier }) else { return nil }
        self = known
    }

    fileprivate var messageDigest: OpaquePointer? {
        switch self {
        case .rsaSHA1: EVP_sha1()
        case .rsaSHA256, .ecdsaSHA256: EVP_sha256()
        case .rsaSHA384: EVP_sha384()
        case .rsaSHA512: EVP_sha512()
        }
    }
}

/// The digests of references (XML Encryption 1.1 §5.8, RFC 9231 §2.1).
package enum XMLDigestAlgorithm: String, Sendable, CaseIterable {
    case sha1
    case sha256
    case sha384
    case sha512

    var identifier: String {
        switch self {
        case .sha1: "http://www.w3.org/2000/09/xmldsig#sha1"
        case .sha256, .sha512: "http://www.w3.org/2001/04/xmlenc#\(rawValue)"
        case .sha384: "http://www.w3.org/2001/04/xmldsig-more#sha384"
        }
    }

    init?(identifier: String) {
        guard let known = Self.allCases.first(where: { $0.identifier == identifier }) else { return nil }
        self = known
    }

    func hash(_ bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let digest =
            switch self {
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            case .sha384: EVP_sha384()
            case .sha512: EVP_sha512()
            }
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        try CryptographyError.check(
            EVP_Digest(bytes, bytes.count, &output, &length, digest, nil), "EVP_Digest")
        return Array(output.prefix(Int(length)))
    }
}

extension KeyPair {
    /// An RSA signature as XML Signature carries it (RFC 8017 §8.2).
    func xmlSignature(
        of message: [UInt8], with algorithm: XMLSignatureAlgorithm
    ) throws(CryptographyError) -> [UInt8] {
        guard algorithm != .ecdsaSHA256 else { return try signature(of: message, with: .es256) }
        return try withHandle { (key) throws(CryptographyError) in
            guard let context = EVP_MD_CTX_new() else { throw .last("EVP_MD_CTX_new") }
            defer { EVP_MD_CTX_free(context) }
            try CryptographyError.check(
                EVP_DigestSignInit(context, nil, algorithm.messageDigest, nil, key), "EVP_DigestSignInit")
            var length = 0
            try CryptographyError.check(EVP_DigestSign(context, nil, &length, message, message.count), "EVP_DigestSign")
            var signature = [UInt8](repeating: 0, count: length)
            try CryptographyError.check(
                EVP_DigestSign(context, &signature, &length, message, message.count), "EVP_DigestSign")
            return Array(signature.prefix(length))
        }
    }

    /// A signature of another shape, or one that does not suit the key, is simply not valid.
    func isValid(_ signature: [UInt8], of message: [UInt8], xml algorithm: XMLSignatureAlgorithm) -> Bool {
        if algorithm == .ecdsaSHA256 { return isValid(signature, of: message, with: .es256) }
        let result = try? withHandle { (key) throws(CryptographyError) in
            guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, let context = EVP_MD_CTX_new() else { return false }
            defer {
                EVP_MD_CTX_free(context)
                ERR_clear_error()
            }
            return EVP_DigestVerifyInit(context, nil, algorithm.messageDigest, nil, key) == 1
                && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
        return result ?? false
    }
}
