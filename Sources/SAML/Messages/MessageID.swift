import Cryptography

/// Identifiers of messages (SAML Core §1.3.4: no two alike, with a chance of 2⁻¹²⁸ at most).
package enum MessageID {
    /// `_` and 128 random bits: an xs:ID must not begin with a digit.
    package static func make(_ random: RandomSource) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = random.bytes(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "_" + String(decoding: text, as: UTF8.self)
    }
}
