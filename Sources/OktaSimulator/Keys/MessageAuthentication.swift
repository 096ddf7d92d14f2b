import CCrypto

/// HMAC with SHA-256, which HS256 signs with (RFC 7518 §3.2). Nothing of Okta's is signed so; forgeries are.
enum MessageAuthentication {
    static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        var length = UInt32(code.count)
        _ = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &length)
        return code
    }
}
