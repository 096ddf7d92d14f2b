extension SAMLRejection {
    /// Stable codes; each belongs to one rule of the profile (docs/saml-profile.md says what to do about it).
    package enum Reason: String, CaseIterable, Sendable {
        // Rule 1: bytes before parsing.
        case base64Malformed = "base64_malformed"
        // Rule 4: structure.
        case rootUnexpected = "root_unexpected"
        case responseMisplaced = "response_misplaced"
        case responseMalformed = "response_malformed"
        case assertionMissing = "assertion_missing"
        case assertionRepeated = "assertion_repeated"
        case assertionMisplaced = "assertion_misplaced"
        case assertionMalformed = "assertion_malformed"
        case attributePrefixed = "attribute_prefixed"
        // Rule 5: identifiers.
        case idMissing = "id_missing"
        case idDuplicate = "id_duplicate"
        // Rule 6: where signatures stand.
        case signatureMissing = "signature_missing"
        case signatureMisplaced = "signature_misplaced"
        // Rule 7: what a signature is made of.
        case signatureMalformed = "signature_malformed"
        case signatureObject = "signature_object"
        case signedInfoMalformed = "signed_info_malformed"
        case referenceMalformed = "reference_malformed"
        case referenceMismatch = "reference_mismatch"
        case signatureValueMalformed = "signature_value_malformed"
        case digestValueMalformed = "digest_value_malformed"
        // Rule 8: algorithms.
        case canonicalizationUnsupported = "canonicalization_unsupported"
        case transformsUnsupported = "transforms_unsupported"
        case prefixListMalformed = "prefix_list_malformed"
        case signatureAlgorithmSymmetric = "signature_algorithm_symmetric"
        case signatureAlgorithmSHA1 = "signature_algorithm_sha1"
        case signatureAlgorithmUnsupported = "signature_algorithm_unsupported"
        case digestAlgorithmSHA1 = "digest_algorithm_sha1"
        case digestAlgorithmUnsupported = "digest_algorithm_unsupported"
        case keyAlgorithmMismatch = "key_algorithm_mismatch"
        case keyTooShort = "key_too_short"
        // Rule 9: the keys, and what they say.
        case keyNotPinned = "key_not_pinned"
        case signatureInvalid = "signature_invalid"
        case digestMismatch = "digest_mismatch"
        // Rule 10: what is believed of a Response, which is nothing, and yet it must not contradict.
        case statusMalformed = "status_malformed"
        case statusNotSuccess = "status_not_success"
        case noPassive = "no_passive"
        // Rule 11: encryption.
        case encryptionMalformed = "encryption_malformed"
        case encryptionReferenceForeign = "encryption_reference_foreign"
        case encryptionAlgorithmUnsupported = "encryption_algorithm_unsupported"
        case encryptionCBCUnsigned = "encryption_cbc_unsigned"
        case keyTransportRSA15 = "key_transport_rsa15"
        case keyTransportUnsupported = "key_transport_unsupported"
        case decryptionKeyMissing = "decryption_key_missing"
        case decryptionFailed = "decryption_failed"
        case encryptedAssertionUnsigned = "encrypted_assertion_unsigned"
        case encryptedElementUnsupported = "encrypted_element_unsupported"
        // Rule 12: meaning.
        case versionUnsupported = "version_unsupported"
        case timeMalformed = "time_malformed"
        case issuerMissing = "issuer_missing"
        case issuerMismatch = "issuer_mismatch"
        case destinationMismatch = "destination_mismatch"
        case nameIDMissing = "name_id_missing"
        case nameIDMalformed = "name_id_malformed"
        case confirmationMissing = "confirmation_missing"
        case confirmationNotBefore = "confirmation_not_before"
        case confirmationExpiryMissing = "confirmation_expiry_missing"
        case confirmationExpired = "confirmation_expired"
        case recipientMissing = "recipient_missing"
        case recipientMismatch = "recipient_mismatch"
        case conditionsMissing = "conditions_missing"
        case conditionUnknown = "condition_unknown"
        case notYetValid = "not_yet_valid"
        case expired = "expired"
        case audienceMissing = "audience_missing"
        case audienceMismatch = "audience_mismatch"
        case authnStatementMissing = "authn_statement_missing"
        case sessionExpired = "session_expired"
        case authenticationTooOld = "authentication_too_old"
        case contextClassMismatch = "context_class_mismatch"
        case attributeMalformed = "attribute_malformed"
        case attributeTooLarge = "attribute_too_large"
        case groupsTooLarge = "groups_too_large"
        // Rule 13: the request that is answered.
        case inResponseToMissing = "in_response_to_missing"
        case inResponseToMismatch = "in_response_to_mismatch"
        case inResponseToUnexpected = "in_response_to_unexpected"
    }
}

extension SAMLRejection.Reason {
    package var rule: Int {
        switch self {
        case .base64Malformed: 1
        case .rootUnexpected, .responseMisplaced, .responseMalformed, .assertionMissing, .assertionRepeated,
            .assertionMisplaced, .assertionMalformed, .attributePrefixed:
            4
        case .idMissing, .idDuplicate: 5
        case .signatureMissing, .signatureMisplaced: 6
        case .signatureMalformed, .signatureObject, .signedInfoMalformed, .referenceMalformed, .referenceMismatch,
            .signatureValueMalformed, .digestValueMalformed:
            7
        case .canonicalizationUnsupported, .transformsUnsupported, .prefixListMalformed, .signatureAlgorithmSymmetric,
            .signatureAlgorithmSHA1, .signatureAlgorithmUnsupported, .digestAlgorithmSHA1,
            .digestAlgorithmUnsupported, .keyAlgorithmMismatch, .keyTooShort:
            8
        case .keyNotPinned, .signatureInvalid, .digestMismatch: 9
        case .statusMalformed, .statusNotSuccess, .noPassive: 10
        case .encryptionMalformed, .encryptionReferenceForeign, .encryptionAlgorithmUnsupported,
            .encryptionCBCUnsigned, .keyTransportRSA15, .keyTransportUnsupported, .decryptionKeyMissing,
            .decryptionFailed, .encryptedAssertionUnsigned, .encryptedElementUnsupported:
            11
        case .versionUnsupported, .timeMalformed, .issuerMissing, .issuerMismatch, .destinationMismatch,
            .nameIDMissing, .nameIDMalformed, .confirmationMissing, .confirmationNotBefore,
            .confirmationExpiryMissing, .confirmationExpired, .recipientMissing, .recipientMismatch,
            .conditionsMissing, .conditionUnknown, .notYetValid, .expired, .audienceMissing, .audienceMismatch,
            .authnStatementMissing, .sessionExpired, .authenticationTooOld, .contextClassMismatch,
            .attributeMalformed, .attributeTooLarge, .groupsTooLarge:
            12
        case .inResponseToMissing, .inResponseToMismatch, .inResponseToUnexpected: 13
        }
    }
}
