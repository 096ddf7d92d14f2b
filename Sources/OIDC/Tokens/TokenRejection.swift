import JOSE

/// Why a token of a provider is not accepted.
package struct TokenRejection: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable, CaseIterable {
        case issuerMissing = "issuer_missing"
        case issuerMismatch = "issuer_mismatch"
        case audienceMissing = "audience_missing"
        case audienceMismatch = "audience_mismatch"
        case authorizedPartyMissing = "authorized_party_missing"
        case authorizedPartyMismatch = "authorized_party_mismatch"
        case subjectMissing = "subject_missing"
        case subjectMalformed = "subject_malformed"
        case expiryMissing = "expiry_missing"
        case expired = "expired"
        case expiresTooLate = "expires_too_late"
        case issuedAtMissing = "issued_at_missing"
        case issuedInFuture = "issued_in_future"
        case issuedTooLongAgo = "issued_too_long_ago"
        case notYetValid = "not_yet_valid"
        case nonceMissing = "nonce_missing"
        case nonceMismatch = "nonce_mismatch"
        case noncePresent = "nonce_present"
        case accessTokenHashMismatch = "at_hash_mismatch"
        case authenticationTimeMissing = "auth_time_missing"
        case authenticationTooOld = "auth_time_too_old"
        case authenticationContextMissing = "acr_missing"
        case authenticationContextMismatch = "acr_mismatch"
        case eventsMissing = "events_missing"
        case eventMissing = "event_missing"
        case tokenIDMissing = "token_id_missing"
        case subjectAndSessionMissing = "subject_and_session_missing"
        case clientMismatch = "client_mismatch"
        case claimMalformed = "claim_malformed"
    }

    /// The raw value of a `Reason`, or of a `JOSEError.Reason` when the signature already failed.
    package let code: String
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        code = reason.rawValue
        self.detail = detail
    }

    package init(_ error: JOSEError) {
        code = error.reason.rawValue
        detail = error.detail
    }

    package var description: String { "\(code): \(detail)" }

    /// Whether a newer key set of the provider may change the answer.
    package var mayBeCuredByNewKeys: Bool {
        [JOSEError.Reason.keyUnknown, .keyMismatch, .signatureInvalid].contains { $0.rawValue == code }
    }
}

extension SignInError {
    init(_ rejection: TokenRejection, fault: Fault = .answer) {
        self.init(rejection.code, rejection.detail, fault: fault)
    }
}
