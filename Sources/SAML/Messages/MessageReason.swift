/// Why a message in a query, a logout message or metadata is not accepted, beside what `SAMLRejection.Reason` knows.
///
/// Stable codes; each belongs to one rule of the profile (docs/saml-profile.md says what to do about it).
package enum MessageReason: String, CaseIterable, Sendable {
    // Rule 1: bytes before parsing.
    case deflateMalformed = "deflate_malformed"
    case deflateTrailingBytes = "deflate_trailing_bytes"
    case inflatedTooLarge = "inflated_too_large"
    case inflatedTooMuch = "inflated_too_much"
    // Rule 15: the redirect binding.
    case queryTooLong = "query_too_long"
    case queryMalformed = "redirect_query_malformed"
    case queryParameterEncoded = "query_parameter_encoded"
    case queryParameterRepeated = "query_parameter_repeated"
    case queryMessageMissing = "query_message_missing"
    case queryMessageAmbiguous = "query_message_ambiguous"
    case queryEncodingUnsupported = "query_encoding_unsupported"
    case querySignatureMalformed = "query_signature_malformed"
    case queryMessageSignedInside = "query_message_signed_inside"
    // Rule 15: logout messages.
    case logoutSignatureMissing = "logout_signature_missing"
    case logoutMessageUnexpected = "logout_message_unexpected"
    case logoutMessageMalformed = "logout_message_malformed"
    case logoutDestinationMissing = "logout_destination_missing"
    case logoutTooOld = "logout_too_old"
    case logoutIssuedInFuture = "logout_issued_in_future"
    case logoutExpired = "logout_expired"
    case logoutNameIDMissing = "logout_name_id_missing"
    case logoutNameIDEncrypted = "logout_name_id_encrypted"
    // Rule 16: the relay state, and metadata.
    case relayStateTooLong = "relay_state_too_long"
    case metadataUnexpected = "metadata_unexpected"
    case metadataMalformed = "metadata_malformed"
    case metadataProviderMissing = "metadata_provider_missing"
    case metadataProviderAmbiguous = "metadata_provider_ambiguous"
    case metadataIssuerMismatch = "metadata_issuer_mismatch"
    case metadataCertificateMissing = "metadata_certificate_missing"
    case metadataCertificateMalformed = "metadata_certificate_malformed"
    case metadataSignOnMissing = "metadata_sign_on_missing"
    case metadataEndpointInsecure = "metadata_endpoint_insecure"

    package var rule: Int {
        switch self {
        case .deflateMalformed, .deflateTrailingBytes, .inflatedTooLarge, .inflatedTooMuch: 1
        case .relayStateTooLong, .metadataUnexpected, .metadataMalformed, .metadataProviderMissing,
            .metadataProviderAmbiguous, .metadataIssuerMismatch, .metadataCertificateMissing,
            .metadataCertificateMalformed, .metadataSignOnMissing, .metadataEndpointInsecure:
            16
        default: 15
        }
    }
}

extension SAMLRejection {
    package init(_ reason: MessageReason, _ detail: String, expected: String? = nil, found: String? = nil) {
        self.init(code: reason.rawValue, rule: reason.rule, detail: detail, expected: expected, found: found)
    }
}
