import CCrypto

/// The ciphers of XML Encryption 1.1 §5.2 that are read. Nothing is encrypted with them here.
package enum ContentCipher: Sendable, CaseIterable {
    case aes128CBC, aes256CBC, aes128GCM, aes256GCM

    /// Bytes.
    package var keyLength: Int {
        switch self {
        case .aes128CBC, .aes128GCM: 16
        case .aes256CBC, .aes256GCM: 32
        }
    }

    /// Whether a changed ciphertext is noticed. CBC notices nothing.
    package var isAuthenticated: Bool {
        switch self {
        case .aes128CBC, .aes256CBC: false
        case .aes128GCM, .aes256GCM: true
        }
    }

    /// - Parameter bytes: the octets of CipherValue: first the initialisation vector, for GCM at last the tag of 16 bytes.
    /// - Returns: nil for every failure.
    package func decrypt(_ bytes: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard key.count == keyLength, bytes.count <= 1 << 24 else { return nil }
        return isAuthenticated ? decryptGCM(bytes, key: key) : decryptCBC(bytes, key: key)
    }

    private var handle: OpaquePointer? {
        switch self {
        case .aes128CBC: EVP_aes_128_cbc()
        case .aes256CBC: EVP_aes_256_cbc()
        case .aes128GCM: EVP_aes_128_gcm()
        case .aes256GCM: EVP_aes_256_gcm()
        }
    }

    /// §5.2.1: an IV of 16 bytes, and padding of which only the last byte, its length, has a meaning.
    private func decryptCBC(_ bytes: [UInt8], key: [UInt8]) -> [UInt8]? {
        let block = 16
        guard bytes.count >= 2 * block, bytes.count % block == 0, let context = EVP_CIPHER_CTX_new() else { return nil }
        defer {
            EVP_CIPHER_CTX_free(context)
            ERR_clear_error()
        }
        let ciphertext = Array(bytes.dropFirst(block))
        // Room for one more block, which EVP_DecryptUpdate's contract asks for.
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count + block)
        var length: Int32 = 0
        // OpenSSL's own unpadding is PKCS #7's, which reads every byte of the padding.
        guard EVP_DecryptInit_ex(context, handle, nil, key, bytes) == 1, EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_DecryptUpdate(context, &plaintext, &length, ciphertext, Int32(ciphertext.count)) == 1,
            Int(length) == ciphertext.count
        else { return nil }
        let padding = Int(plaintext[ciphertext.count - 1])
        guard (1...block).contains(padding) else { return nil }
        plaintext.removeLast(block + padding)
        return plaintext
    }

    /// §5.2.4: an IV of 12 bytes, a tag of 16, no additional data.
    private func decryptGCM(_ bytes: [UInt8], key: [UInt8]) -> [UInt8]? {
        let (nonceLength, tagLength) = (12, 16)
        guard bytes.count >= nonceLength + tagLength, let context = EVP_CIPHER_CTX_new() else { return nil }
        defer {
            EVP_CIPHER_CTX_free(context)
            ERR_clear_error()
        }
        let ciphertext = Array(bytes.dropFirst(nonceLength).dropLast(tagLength))
        var tag = Array(bytes.suffix(tagLength))
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
        var length: Int32 = 0
        // The length of the IV is GCM's default.
        guard EVP_DecryptInit_ex(context, handle, nil, key, bytes) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1,
            ciphertext.isEmpty
                || EVP_DecryptUpdate(context, &plaintext, &length, ciphertext, Int32(ciphertext.count)) == 1,
            EVP_DecryptFinal_ex(context, nil, &length) == 1
        else { return nil }
        return plaintext
    }
}
