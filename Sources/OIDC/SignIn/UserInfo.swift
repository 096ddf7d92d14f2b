import Identity
import Outbound
import StrictJSON

/// The claims of the userinfo endpoint, once its `sub` was compared with the ID token's.
struct VerifiedUserInfo: Sendable {
    let claims: JSONObject

    /// - Throws: `SignInError`: `userinfo_malformed`, `userinfo_subject_mismatch` (OpenID Connect Core §5.3.2: without
    ///   that comparison one person's token could be dressed in another's claims).
    init(document: [UInt8], subject: String) throws(SignInError) {
        let json: JSON
        do {
            json = try JSON.parse(document)
        } catch {
            throw SignInError(
                "userinfo_malformed", "the userinfo answer is not strict JSON: \(error)", fault: .provider)
        }
        guard let claims = json.object, let claimed = claims["sub"]?.string else {
            throw SignInError("userinfo_malformed", "the userinfo answer names no subject", fault: .provider)
        }
        guard claimed.isIdentical(to: subject) else {
            throw SignInError("userinfo_subject_mismatch", "userinfo answers for another subject than the ID token")
        }
        self.claims = claims
    }

    static func fetch(
        endpoint: String, accessToken: Secret, subject: String, channel: BackChannel,
        deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> VerifiedUserInfo {
        let response = try await channel.get(
            endpoint, purpose: "userinfo", accessToken: accessToken, deadline: deadline)
        guard response.status == 200 else {
            throw SignInError(
                "userinfo_failed", "the userinfo endpoint answers with status \(response.status)", fault: .provider)
        }
        return try VerifiedUserInfo(document: response.body, subject: subject)
    }
}
