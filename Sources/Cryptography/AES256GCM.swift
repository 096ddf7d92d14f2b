import CCrypto

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D): 32-byte keys, 12-byte nonces, 16-byte tags.
package enum AES256GCM {
    static let nonceLength = 12
    static let tagLength = 16

    /// Encrypts and authenticates; gives nonce, ciphertext and tag in one piece.
    static func seal(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], additionalData: [UInt8]) -> [UInt8] {
        precondition(key.count == 32 && nonce.count == nonceLength, "AES-256-GCM takes 32 and 12 bytes")
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("OpenSSL is out of memory") }
        defer { EVP_CIPHER_CTX_free(context) }
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: tagLength)
        var length: Int32 = 0
        let succeeded =
            EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
            && EVP_EncryptUpdate(context, nil, &length, additionalData, Int32(additionalData.count)) == 1
            && (plaintext.isEmpty
                || EVP_EncryptUpdate(context, &ciphertext, &length, plaintext, Int32(plaintext.count)) == 1)
            && EVP_EncryptFinal_ex(context, nil, &length) == 1
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1
        precondition(succeeded, "OpenSSL cannot encrypt")
        return nonce + ciphertext + tag
    }

    /// Nil unless key, additional data and every byte are those of `seal`.
    static func open(_ sealed: [UInt8], key: [UInt8], additionalData: [UInt8]) -> [UInt8]? {
        guard sealed.count >= nonceLength + tagLength, key.count == 32, let context = EVP_CIPHER_CTX_new() else {
            return nil
        }
        defer { EVP_CIPHER_CTX_free(context) }
        let nonce = Array(sealed.prefix(nonceLength))
        var tag = Array(sealed.suffix(tagLength))
        let ciphertext = Array(sealed.dropFirst(nonceLength).dropLast(tagLength))
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
        var length: Int32 = 0
        guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_DecryptUpdate(context, nil, &length, additionalData, Int32(additionalData.count)) == 1,
            ciphertext.isEmpty
                || EVP_DecryptUpdate(context, &plaintext, &length, ciphertext, Int32(ciphertext.count)) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1,
            EVP_DecryptFinal_ex(context, nil, &length) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return plaintext
    }
}
