import Identity
import Outbound
import StrictJSON

/// An answer of an OAuth endpoint that is not the success (RFC 6749 §5.2), without what was secret in the request.
struct OAuthRefusal: Sendable {
    /// The endpoint's error code; nil when the answer is a failure of the server and no refusal of the request.
    let code: String?
    /// What the endpoint says, for the log.
    let words: String
    /// How long the provider asks to be left alone, when it is overloaded (RFC 9110 §10.2.3).
    let retryAfter: Duration?

    /// - Parameter secrets: what the request held; a provider that repeats its request must not get them into our log.
    init(_ response: OutboundResponse, hiding secrets: [String], now: UnixTime) {
        let members = (try? JSON.parse(response.body))?.object
        let isThrottled = response.status == 429 || response.status == 503
        retryAfter = isThrottled ? response.retryAfter(now: now) : nil
        guard (400..<500).contains(response.status), response.status != 429, let error = members?["error"]?.string
        else {
            code = nil
            words = "answers with status \(response.status)"
            return
        }
        code = error
        let description = (members?["error_description"]?.string ?? "").hiding(secrets)
        words = "answers \(error.hiding(secrets).clipped(100)): \(description.clipped(500))"
    }

    /// The error for a refusal that means the same at every endpoint, or one of these two.
    ///
    /// - Parameters:
    ///   - endpoint: what the sentence calls it.
    ///   - refused: the reason code when the endpoint refuses the request.
    ///   - failed: the reason code when it does not work.
    func error(_ endpoint: String, refused: String, failed: String) -> SignInError {
        let detail = "the \(endpoint) \(words)"
        switch code {
        case nil: return SignInError(failed, detail, fault: .provider)
        case "invalid_client":
            return SignInError(
                "client_refused", detail + " (compare client_id and client_secret with the app's General tab in Okta)",
                fault: .provider)
        case "use_dpop_nonce", "invalid_dpop_proof":
            return SignInError(
                "proof_refused",
                detail
                    + " (compare dpop with 'Require Demonstrating Proof of Possession' on the app's General tab in Okta)",
                fault: .provider)
        default: return SignInError(refused, detail, fault: .provider)
        }
    }
}

extension String {
    /// The text with these values, also form-encoded, replaced.
    func hiding(_ secrets: [String]) -> String {
        var text = self
        for secret in secrets.flatMap({ [$0, FormEncoding.encode($0)] }) where !secret.isEmpty {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "[redacted]")
        }
        return text
    }
}
