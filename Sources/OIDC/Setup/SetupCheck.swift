/// One finding about the set-up of a provider.
package struct SetupCheck: Sendable {
    package enum Outcome: String, Sendable {
        case passed
        case failed
        case warning
        /// An earlier finding made it impossible to look.
        case skipped
    }

    /// What was looked at.
    enum Name: String, CaseIterable {
        case dns, tls, clock, discovery, keys, client
        /// One check for each URI.
        case redirectURI = "redirect_uri"
        case scopes
        case groupsClaim = "groups_claim"
    }

    /// `dns`, `tls`, `clock`, `discovery`, `keys`, `client`, `redirect_uri` (one for each), `scopes` or `groups_claim`.
    package let name: String
    package let outcome: Outcome
    package let detail: String
    /// What to change, and on which screen; nil when there is nothing to change.
    package let advice: String?

    private init(_ name: Name, _ outcome: Outcome, _ detail: String, advice: String?) {
        self.name = name.rawValue
        self.outcome = outcome
        self.detail = Self.sentence(detail)
        self.advice = advice
    }

    /// Words of a provider or of an error as one sentence; what begins with an address stays as it is.
    private static func sentence(_ text: String) -> String {
        var text = text.trimmed(of: ".")
        let isAddress = text.prefix { $0 != " " }.contains(":")
        if !isAddress, let first = text.first { text = first.uppercased() + text.dropFirst() }
        return text + "."
    }

    static func passed(_ name: Name, _ detail: String) -> SetupCheck {
        SetupCheck(name, .passed, detail, advice: nil)
    }

    static func failed(_ name: Name, _ detail: String, advice: String) -> SetupCheck {
        SetupCheck(name, .failed, detail, advice: advice)
    }

    static func warning(_ name: Name, _ detail: String, advice: String) -> SetupCheck {
        SetupCheck(name, .warning, detail, advice: advice)
    }

    /// - Parameter reason: why nobody could look.
    static func skipped(_ name: Name, _ reason: String, advice: String = SetupAdvice.mendFirst) -> SetupCheck {
        SetupCheck(name, .skipped, reason, advice: advice)
    }
}

extension RelyingParty {
    /// Looks at everything that must be right before a person can sign in, in a minute of an administrator's.
    ///
    /// Nobody signs in for it, and nothing that is kept is believed: documents are fetched anew.
    package func verifySetup(redirectURIs: [String], deadline: ContinuousClock.Instant) async -> [SetupCheck] {
        let verification = SetupVerification(
            settings: settings, channel: channel, redirectURIs: redirectURIs, deadline: deadline)
        return await verification.checks()
    }
}

extension String {
    /// Without this character at the end, however often it stands there.
    fileprivate func trimmed(of character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
