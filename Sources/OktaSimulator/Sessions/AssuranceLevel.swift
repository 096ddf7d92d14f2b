/// How strongly someone has signed in, by Okta's acr values, weakest first.
enum AssuranceLevel: String, Sendable, CaseIterable, Comparable {
    case oneFactor = "urn:okta:loa:1fa:any"
    case password = "urn:okta:loa:1fa:pwd"
    case twoFactors = "urn:okta:loa:2fa:any"
    case phishingResistant = "phr"

    /// Authentication Method References (RFC 8176 §2).
    var amr: [String] {
        switch self {
        case .oneFactor, .password: ["pwd"]
        case .twoFactors: ["mfa", "otp", "pwd"]
        case .phishingResistant: ["hwk", "mfa", "pop", "pwd"]
        }
    }

    static func < (left: AssuranceLevel, right: AssuranceLevel) -> Bool {
        let order = allCases
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }
}
