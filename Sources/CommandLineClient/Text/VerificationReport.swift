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
        let failed = checks.filter { $0["outcome"]?.string == "failed" }.count
        lines.append("")
        if isGood {
            lines.append("\(provider) is good.")
        } else if failed > 0 {
            lines.append(
                "\(provider) is not good: \(failed) of \(checks.count) check\(checks.count == 1 ? "" : "s") failed.")
        } else {
            lines.append("\(provider) cannot be called good: not every check could be made.")
        }
        text = lines.joined(separator: "\n")
    }
}
