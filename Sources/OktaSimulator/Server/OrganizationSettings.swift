/// What holds for the whole organisation and tests switch while it runs.
struct OrganizationSettings: Sendable {
    /// Whether every client must push its requests, which the metadata then say (RFC 9126 §5).
    var requiresPushedAuthorization = false
    /// Whether proofs at userinfo need a nonce too (RFC 9449 §9). Okta asks for none there.
    var asksNonceAtUserInfo = false
}
