/// What holds for the whole organisation and tests switch while it runs.
struct OrganizationSettings: Sendable {
    /// Whether every client must push its requests, which the metadata then say (RFC 9126 §5).
    var requiresPushedAuthorization = false
    var acrClaim = ACRClaim.satisfied
    /// Whether proofs at userinfo need a nonce too (RFC 9449 §9). Okta asks for none there.
    var asksNonceAtUserInfo = false
}

/// What the ID tokens' `acr` says.
enum ACRClaim: Sendable, Equatable {
    /// The truth: the asked level that was satisfied, and nothing when none was asked for.
    case satisfied
    case absent
    /// Always this.
    case fixed(String)

    func value(for satisfied: AssuranceLevel?) -> String? {
        switch self {
        case .satisfied: satisfied?.rawValue
        case .absent: nil
        case .fixed(let text): text
        }
    }
}
