import OIDC
import StrictJSON

/// One finding about the set-up of a provider, whatever protocol it speaks.
struct SetupFinding: Sendable {
    let name: String
    let outcome: SetupCheck.Outcome
    let detail: String
    /// What to change, and on which screen; nil when there is nothing to change.
    let advice: String?

    private init(_ name: String, _ outcome: SetupCheck.Outcome, _ detail: String, _ advice: String?) {
        self.name = name
        self.outcome = outcome
        self.detail = detail
        self.advice = advice
    }

    init(_ check: SetupCheck) { self.init(check.name, check.outcome, check.detail, check.advice) }

    static func passed(_ name: String, _ detail: String) -> SetupFinding { SetupFinding(name, .passed, detail, nil) }

    static func failed(_ name: String, _ detail: String, _ advice: String) -> SetupFinding {
        SetupFinding(name, .failed, detail, advice)
    }

    static func warning(_ name: String, _ detail: String, _ advice: String) -> SetupFinding {
        SetupFinding(name, .warning, detail, advice)
    }

    var json: JSON {
        [
            "name": .string(name), "outcome": .string(outcome.rawValue), "detail": .string(detail),
            "advice": JSON(advice),
        ]
    }
}
