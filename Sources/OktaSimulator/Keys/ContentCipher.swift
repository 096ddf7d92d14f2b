import CCrypto

/// The block ciphers of XML Encryption 1.1 §5.2.
enum ContentCipher: Sendable {
    case aes128CBC
    case aes256CBC
    case aes128GCM
    case aes256GCM

    var identifier: String {
        switch self {
        case .aes128CBC: "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
        case .aes256CBC: "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
        case .aes128GCM: "http://www.w3.org/2009/xmlenc11#aes128-gcm"
        case .aes256GCM: "http://www.w3.org/2009/xmlenc11#aes256-gcm"
        }
    }

    var keyLength: Int {
        switch self {
        case .aes128CBC, .aes128GCM: 16
        case .aes256CBC, .aes256GCM: 32
        }
    }

    private var isGCM: Bool { self == .aes128GCM || self == .aes256GCM }

    private var implementation: OpaquePointer? {
        switch self {
        case .aes128CBC: EVP_aes_128_cbc()
        case .aes256CBC: EVP_aes_256_cbc()
        case .aes128GCM: EVP_aes_128_gcm()
        case .aes256GCM: EVP_aes_256_gcm()
        }
    }

    /// The initialisation vector, the ciphertext and, for GCM, the tag.
    func encrypt(_ content: [UInt8], key: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard let context = EVP_CIPHER_CTX_new() else { throw .last("EVP_CIPHER_CTX_new") }
        defer { EVP_CIPHER_CTX_free(context) }
        let vector = try RandomBytes.make(isGCM ? 12 : 16)
        try CryptographyError.check(
            EVP_EncryptInit_ex(context, implementation, nil, key, vector), "EVP_EncryptInit_ex")
        EVP_CIPHER_CTX_set_padding(context, 0)
        let padded = isGCM ? content : try Self.padded(content)
        var output = [UInt8](repeating: 0, count: padded.count + 16)
        var written: Int32 = 0
        var rest: Int32 = 0
        try CryptographyError.check(
            EVP_EncryptUpdate(context, &output, &written, padded, Int32(padded.count)), "EVP_EncryptUpdate")
        try CryptographyError.check(EVP_EncryptFinal_ex(context, &output, &rest), "EVP_EncryptFinal_ex")
        guard rest == 0 else { throw CryptographyError(description: "EVP_EncryptFinal_ex left bytes over") }
        return vector + output.prefix(Int(written)) + (isGCM ? try Self.tag(context) : [])
    }

    private static func tag(_ context: OpaquePointer) throws(CryptographyError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: 16)
        try CryptographyError.check(
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag), "EVP_CTRL_AEAD_GET_TAG")
        return tag
    }

    /// §5.2: the last byte tells how many are padding; the others are random.
    private static func padded(_ content: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let count = 16 - content.count % 16
        return content + (try RandomBytes.make(count - 1)) + [UInt8(count)]
    }
}

enum RandomBytes {
    static func make(_ count: Int) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try CryptographyError.check(RAND_bytes(&bytes, Int32(count)), "RAND_bytes")
        return bytes
    }
}
