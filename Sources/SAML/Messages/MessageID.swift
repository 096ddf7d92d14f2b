import Cryptography

/// Identifiers of messages and documents. An xs:ID must not begin with a digit.
package enum MessageID {
    /// `_` and 128 random bits: no two alike, with a chance of 2⁻¹²⁸ at most (SAML Core §1.3.4).
    package static func make(_ random: RandomSource) -> String { text(random.bytes(16)) }

    /// `_` and the first 128 bits of a digest: the same digest gives the same identifier.
    package static func of(_ digest: SHA256Digest) -> String { text(Array(digest.bytes.prefix(16))) }

    private static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "_" + String(decoding: text, as: UTF8.self)
    }
}
