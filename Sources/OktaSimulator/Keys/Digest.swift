import CCrypto

/// The message digests that OpenID Connect and PKCE need.
enum Digest: Sendable {
    case sha256
    case sha512

    func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var output = [UInt8](
            repeating: 0, count: self == .sha256 ? Int(SHA256_DIGEST_LENGTH) : Int(SHA512_DIGEST_LENGTH))
        switch self {
        case .sha256: _ = SHA256(input, input.count, &output)
        case .sha512: _ = SHA512(input, input.count, &output)
        }
        return output
    }
}

/// Whether two strings are equal, in a time that depends on their lengths only.
func equalInConstantTime(_ left: String, _ right: String) -> Bool {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    return left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
