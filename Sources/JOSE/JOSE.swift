// JOSE: JSON Web Signatures and Keys (RFC 7515, 7517, 7518, 8037), pure.
//
// Owns: reading a compact token without believing it, choosing the key, verifying, and signing our own tokens.
// Does not own: what the claims mean (OIDC), where keys come from, or time.
// Flow: text → `UnverifiedJWS` → `VerifiedJWS` by a `JWKSet`. Only a verified one shows its payload.

import Cryptography

/// Why a token's signature is not accepted.
package struct JOSEError: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable, CaseIterable {
        case tokenEmpty = "token_empty"
        case tokenTooLarge = "token_too_large"
        case tokenMalformed = "token_malformed"
        case tokenEncrypted = "token_encrypted"
        case headerMalformed = "header_malformed"
        case headerCritical = "header_critical_unsupported"
        case typeUnexpected = "type_unexpected"
        case algorithmMissing = "algorithm_missing"
        case algorithmNone = "algorithm_none"
        case algorithmSymmetric = "algorithm_symmetric"
        case algorithmUnsupported = "algorithm_unsupported"
        case keySetMalformed = "key_set_malformed"
        case keyUnknown = "key_unknown"
        case keyAmbiguous = "key_ambiguous"
        case keyMismatch = "key_algorithm_mismatch"
        case signatureInvalid = "signature_invalid"
        case payloadMalformed = "payload_malformed"
    }

    package let reason: Reason
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    package var description: String { "\(reason.rawValue): \(detail)" }
}
