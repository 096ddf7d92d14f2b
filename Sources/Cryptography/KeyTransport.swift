import CCrypto

/// The hash functions of RSA-OAEP (RFC 8017 §B.1, XML Encryption 1.1 §5.5.2).
package enum OAEPHash: Sendable, CaseIterable {
    case sha1, sha256, sha384, sha512

    fileprivate var handle: OpaquePointer {
        switch self {
        case .sha1: InsecureSHA1.handle
        case .sha256: HashFunction.sha256.handle
        case .sha384: HashFunction.sha384.handle
        case .sha512: HashFunction.sha512.handle
        }
    }
}

extension PrivateKey {
    /// Bits of the modulus; nil for other kinds of key.
    package var rsaBits: Int? {
        guard case .rsa = algorithm.family else { return nil }
        return Int(EVP_PKEY_get_bits(handle))
    }

    /// Whether the certificate is for this very key.
    package func matches(_ certificate: Certificate) -> Bool {
        defer { ERR_clear_error() }
        return withExtendedLifetime(certificate.publicKey) {
            EVP_PKEY_eq(handle, certificate.publicKey.handle) == 1
        }
    }

    /// Unwraps a key with RSA-OAEP (RFC 8017 §7.1.2).
    ///
    /// - Parameters:
    ///   - digest: of the label.
    ///   - mask: of the mask generation function MGF1.
    ///   - label: `OAEPparams`; empty when there are none.
    /// - Returns: nil for every failure. OpenSSL judges the padding in constant time; callers must not let others tell a
    ///   failure by what they do next, or they would be Manger's oracle: they go on with a random key.
    package func decryptOAEP(_ bytes: [UInt8], digest: OAEPHash, mask: OAEPHash, label: [UInt8]) -> [UInt8]? {
        defer { ERR_clear_error() }
        // The length is public: the key's, always (§7.1.2 step 1b).
        guard let bits = rsaBits, bytes.count == (bits + 7) / 8, label.count <= 1024,
            let context = KeyContext(EVP_PKEY_CTX_new_from_pkey(nil, handle, nil))
        else { return nil }
        var output = [UInt8](repeating: 0, count: bytes.count)
        var length = output.count
        let succeeded = context.withHandle { context in
            EVP_PKEY_decrypt_init(context) == 1
                && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_oaep_md(context, digest.handle) == 1
                && EVP_PKEY_CTX_set_rsa_mgf1_md(context, mask.handle) == 1
                && gatehouse_set_oaep_label(context, label, label.count) == 1
                && EVP_PKEY_decrypt(context, &output, &length, bytes, bytes.count) == 1
        }
        return succeeded && length <= output.count ? Array(output.prefix(length)) : nil
    }
}
