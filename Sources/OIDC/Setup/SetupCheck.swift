/// One finding about the set-up of a provider.
package struct SetupCheck: Sendable {
    package enum Outcome: String, Sendable {
        case passed
        case failed
        case warning
        /// An earlier finding made it impossible to look.
        case skipped
    }

    /// `dns`, `tls`, `clock`, `discovery`, `keys`, `client`, `redirect_uri` (one for each), `scopes` or `groups_claim`.
    package let name: String
    package let outcome: Outcome
    package let detail: String
    /// What to change, and on which screen; nil when there is nothing to change.
    package let advice: String?
}

extension RelyingParty {
    /// Looks at everything that must be right before a person can sign in, in a minute of an administrator's.
    package func verifySetup(redirectURIs: [String], deadline: ContinuousClock.Instant) async -> [SetupCheck] {
        ["dns", "tls", "clock", "discovery", "keys", "client", "redirect_uri", "scopes", "groups_claim"].map {
            SetupCheck(name: $0, outcome: .skipped, detail: "This is not looked at yet.", advice: nil)
        }
    }
}
