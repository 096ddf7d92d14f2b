import Identity

/// What a browser brings to the redirect URI (RFC 6749 §4.1.2): typed, and not believed yet.
package struct AuthorizationResponse: Sendable {
    package enum Outcome: Sendable {
        case code(Secret)
        case error(code: String, description: String?)
    }

    package let state: String
    package let issuer: String?
    package let outcome: Outcome

    /// - Parameter fields: the fields of the query or of the form.
    /// - Throws: `SignInError` with fault `.answer`: `callback_malformed`, `state_missing`.
    package init(fields: [(name: String, value: String)]) throws(SignInError) {
        func single(_ name: String) throws(SignInError) -> String? {
            let values = fields.filter { $0.name.isIdentical(to: name) }.map(\.value)
            // RFC 6749 §3.1: parameters must not be included more than once.
            guard values.count <= 1 else {
                throw SignInError("callback_malformed", "the parameter \(name) comes \(values.count) times")
            }
            guard let value = values.first, !value.isEmpty else { return nil }
            guard value.utf8.count <= 4096 else {
                throw SignInError("callback_malformed", "the parameter \(name) is longer than 4,096 bytes")
            }
            return value
        }
        guard let state = try single("state") else {
            throw SignInError("state_missing", "the answer has no state, so it belongs to no sign-in of this gateway")
        }
        self.state = state
        issuer = try single("iss")
        let (code, error) = (try single("code"), try single("error"))
        let description = try single("error_description")
        switch (code, error) {
        case (let code?, nil): outcome = .code(Secret(code))
        case (nil, let error?): outcome = .error(code: error, description: description)
        case (nil, nil): throw SignInError("callback_malformed", "the answer has neither a code nor an error")
        case (_?, _?): throw SignInError("callback_malformed", "the answer has both a code and an error")
        }
    }

    /// The code, once the answer is known to come from the provider that was asked.
    ///
    /// - Throws: `SignInError`: `callback_issuer_mismatch`, `callback_issuer_missing` (RFC 9207 §2.4), or the provider's
    ///   refusal as `provider_refused`.
    func code(from metadata: ProviderMetadata) throws(SignInError) -> Secret {
        if let issuer {
            guard issuer.isIdentical(to: metadata.issuer) else {
                throw SignInError(
                    "callback_issuer_mismatch",
                    "the answer comes from '\(issuer.clipped(200))', asked was '\(metadata.issuer)'")
            }
        } else if metadata.sendsIssuerInResponse {
            throw SignInError(
                "callback_issuer_missing", "\(metadata.issuer) promises iss in its answers, and this has none")
        }
        switch outcome {
        case .code(let code): return code
        case .error(let error, let description):
            throw SignInError(
                "provider_refused", "the provider answers \(error.clipped(100)): \((description ?? "").clipped(500))",
                fault: .refusedByProvider(error: error))
        }
    }
}
