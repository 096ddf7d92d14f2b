/// How strongly someone has signed in, by Okta's acr values, weakest first.
package enum AssuranceLevel: String, Sendable, CaseIterable, Comparable {
    /// What a plain sign-in gives.
    case oneFactor = "urn:okta:loa:1fa:any"
    case password = "urn:okta:loa:1fa:pwd"
    /// Only ever asked for; nobody is signed in so.
    case twoFactorsIfPossible = "urn:okta:loa:2fa:any:ifpossible"
    case twoFactors = "urn:okta:loa:2fa:any"
    case phishingResistant = "phr"
    case hardwareProtected = "phrh"

    /// Authentication Method References (RFC 8176 §2).
    var amr: [String] {
        switch self {
        case .oneFactor, .password, .twoFactorsIfPossible: ["pwd"]
        case .twoFactors: ["mfa", "otp", "pwd"]
        case .phishingResistant, .hardwareProtected: ["hwk", "mfa", "pop", "pwd"]
        }
    }

    /// Whether someone signed in at `level`, who can reach `highest`, need not authenticate again for this.
    func isSatisfied(by level: AssuranceLevel, highest: AssuranceLevel) -> Bool {
        self == .twoFactorsIfPossible ? level >= min(.twoFactors, highest) : level >= self
    }

    /// What someone reaches who authenticates for this; nil when that is not enough.
    func reached(by highest: AssuranceLevel) -> AssuranceLevel? {
        self == .twoFactorsIfPossible ? min(.twoFactors, highest) : self <= highest ? self : nil
    }

    package static func < (left: AssuranceLevel, right: AssuranceLevel) -> Bool {
        let order = allCases
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }
}
