import StrictJSON

/// What a gateway found when it checked a provider's set-up: one line a check, advice under it.
package struct VerificationReport: Sendable {
    package let isGood: Bool
    package let text: String

    /// - Parameter answer: of `POST /api/v1/providers/{name}/verify`. Good is only what says so.
    package init(_ answer: JSON) {
        isGood = answer["good"]?.bool == true
        let checks = answer["checks"]?.array ?? []
        var lines: [String] = []
        for check in checks {
            let outcome = check["outcome"]?.string ?? "?"
            let word = (outcome == "passed" ? "ok" : outcome).visible()
            let name = (check["name"]?.string ?? "?").visible()
            let detail = check["detail"]?.string.map { ": \($0.visible())" } ?? ""
            lines.append(word + String(repeating: " ", count: max(1, 9 - word.count)) + name + detail)
            if let advice = check["advice"]?.string, !advice.isEmpty, outcome != "passed" {
                lines.append("         " + advice.visible())
            }
        }
        let provider = (answer["provider"]?.string ?? "the provider").visible()
        let count = checks.filter { $0["outcome"]?.string == "failed" }.count
        lines.append("")
        lines.append(
            isGood
                ? "\(provider) is good."
                : "\(provider) is not good: \(count) of \(checks.count) check\(checks.count == 1 ? "" : "s") failed.")
        text = lines.joined(separator: "\n")
    }
}
