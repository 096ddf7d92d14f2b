import CCrypto

/// One key of OpenSSL's, public or with its private half, which signs and verifies JSON Web Signatures (RFC 7515).
///
/// Sendable: the EVP_PKEY is created before the object and never changed afterwards, which is what OpenSSL asks of a key
/// that several threads use at once; hence `nonisolated(unsafe)`.
final class KeyPair: Sendable {
    private nonisolated(unsafe) let key: OpaquePointer

    /// Takes ownership of `key`.
    init(owning key: OpaquePointer) {
        self.key = key
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// For calls that only read the key, and do not keep it.
    func withHandle<Result>(
        _ body: (OpaquePointer) throws(CryptographyError) -> Result
    ) throws(CryptographyError) -> Result {
        try body(key)
    }

    /// Makes a new key: RSA, P-256 or Ed25519.
    static func generate(
        for algorithm: SigningAlgorithm, rsaBits: Int32 = 2048
    ) throws(CryptographyError) -> KeyPair {
        let name =
            switch algorithm {
            case .rs256, .ps256: "RSA"
            case .es256: "EC"
            case .edDSA: "ED25519"
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else {
            throw .last("EVP_PKEY_CTX_new_from_name")
        }
        defer { EVP_PKEY_CTX_free(context) }
        try CryptographyError.check(EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
        switch algorithm {
        case .rs256, .ps256:
            try CryptographyError.check(EVP_PKEY_CTX_set_rsa_keygen_bits(context, rsaBits), "rsa_keygen_bits")
        case .es256:
            try CryptographyError.check(EVP_PKEY_CTX_set_group_name(context, "P-256"), "group_name")
        case .edDSA:
            break
        }
        var key: OpaquePointer?
        try CryptographyError.check(EVP_PKEY_generate(context, &key), "EVP_PKEY_generate")
        guard let key else { throw .last("EVP_PKEY_generate") }
        return KeyPair(owning: key)
    }

    /// Signs `message` in the form a JWS carries (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
    func signature(of message: [UInt8], with algorithm: SigningAlgorithm) throws(CryptographyError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .last("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        var keyContext: OpaquePointer?
        try CryptographyError.check(
            EVP_DigestSignInit(context, &keyContext, algorithm.messageDigest, nil, key), "EVP_DigestSignInit")
        try algorithm.setPadding(keyContext)
        var length = 0
        try CryptographyError.check(EVP_DigestSign(context, nil, &length, message, message.count), "EVP_DigestSign")
        var signature = [UInt8](repeating: 0, count: length)
        try CryptographyError.check(
            EVP_DigestSign(context, &signature, &length, message, message.count), "EVP_DigestSign")
        signature.removeLast(signature.count - length)
        return algorithm == .es256 ? try ECDSASignature.fixedWidth(fromDER: signature) : signature
    }

    /// Whether `signature` is this key's over `message`. A signature of another shape is simply not valid.
    func isValid(_ signature: [UInt8], of message: [UInt8], with algorithm: SigningAlgorithm) -> Bool {
        guard algorithm.fits(keyType: EVP_PKEY_get_base_id(key)), let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var signature = signature
        if algorithm == .es256 {
            guard let der = ECDSASignature.der(fromFixedWidth: signature) else { return false }
            signature = der
        }
        var keyContext: OpaquePointer?
        guard EVP_DigestVerifyInit(context, &keyContext, algorithm.messageDigest, nil, key) == 1,
            (try? algorithm.setPadding(keyContext)) != nil
        else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// A number of the key by OpenSSL's name for it, big-endian, left-padded to `width`.
    func number(_ name: String, width: Int? = nil) throws(CryptographyError) -> [UInt8] {
        var value: OpaquePointer?
        try CryptographyError.check(EVP_PKEY_get_bn_param(key, name, &value), "EVP_PKEY_get_bn_param")
        guard let value else { throw .last("EVP_PKEY_get_bn_param") }
        defer { BN_free(value) }
        let width = width ?? Int((BN_num_bits(value) + 7) / 8)
        var bytes = [UInt8](repeating: 0, count: width)
        guard BN_bn2binpad(value, &bytes, Int32(width)) == Int32(width) else { throw .last("BN_bn2binpad") }
        return bytes
    }

    /// The public half as PEM: `BEGIN PUBLIC KEY`.
    func publicKeyPEM() throws(CryptographyError) -> String {
        guard let memory = BIO_new(BIO_s_mem()) else { throw .last("BIO_new") }
        defer { BIO_free(memory) }
        try CryptographyError.check(PEM_write_bio_PUBKEY(memory, key), "PEM_write_bio_PUBKEY")
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 512)
        while case let count = BIO_read(memory, &part, Int32(part.count)), count > 0 { text += part.prefix(Int(count)) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The 32 bytes of an Ed25519 public key.
    func rawPublicKey() throws(CryptographyError) -> [UInt8] {
        var length = 32
        var bytes = [UInt8](repeating: 0, count: length)
        try CryptographyError.check(EVP_PKEY_get_raw_public_key(key, &bytes, &length), "EVP_PKEY_get_raw_public_key")
        return bytes
    }
}

extension SigningAlgorithm {
    /// Ed25519 takes no digest from outside.
    fileprivate var messageDigest: OpaquePointer? {
        self == .edDSA ? nil : EVP_sha256()
    }

    fileprivate func setPadding(_ context: OpaquePointer?) throws(CryptographyError) {
        guard self == .ps256 else { return }
        try CryptographyError.check(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), "rsa_padding")
        // RFC 7518 §3.5: the salt is as long as the hash.
        try CryptographyError.check(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, SHA256_DIGEST_LENGTH), "rsa_pss_saltlen")
    }

    fileprivate func fits(keyType: Int32) -> Bool {
        switch self {
        case .rs256, .ps256: keyType == EVP_PKEY_RSA
        case .es256: keyType == EVP_PKEY_EC
        case .edDSA: keyType == EVP_PKEY_ED25519
        }
    }
}
