// Cryptography: the product's only use of OpenSSL.
//
// Owns: digests, message authentication, authenticated encryption, signatures, keys, reading certificates, the decryption
// of XML Encryption, random bytes, base64url and constant-time comparison. Every C handle is owned by one type that frees it.
// Does not own: token formats (JOSE), XML (SAML), certificates' meaning, or where keys are kept.
// Flow: bytes and keys in, bytes or a yes/no out. OpenSSL's results are compared with their exact success value.

import CCrypto

/// Why a key, a certificate or a sealed value cannot be used.
package struct CryptographyError: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case unusableKey = "unusable_key"
        case unusableCertificate = "unusable_certificate"
        case cannotSign = "cannot_sign"
        case cannotDecrypt = "cannot_decrypt"
    }

    package let reason: Reason
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
        // OpenSSL queues errors per thread; what we do not report must not be found by a later caller.
        ERR_clear_error()
    }

    package var description: String { detail }
}
