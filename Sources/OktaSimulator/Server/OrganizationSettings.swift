/// What holds for the whole organisation and tests switch while it runs.
struct OrganizationSettings: Sendable {
    /// Whether proofs at userinfo need a nonce too (RFC 9449 §9). Okta asks for none there.
    var asksNonceAtUserInfo = false
}
