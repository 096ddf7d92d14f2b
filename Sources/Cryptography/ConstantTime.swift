import CCrypto

/// Whether two secrets are equal, in a time that depends on their lengths only.
package func equalInConstantTime(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    let (left, right) = (Array(left), Array(right))
    return left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// Whether two texts hold the same UTF-8 bytes, in a time that depends on their lengths only.
package func equalInConstantTime(_ left: String, _ right: String) -> Bool {
    equalInConstantTime(left.utf8, right.utf8)
}
