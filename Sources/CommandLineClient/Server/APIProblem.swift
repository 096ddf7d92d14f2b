import Identity
import StrictJSON

/// What a gateway says when it does not do what it was asked (RFC 9457).
package struct APIProblem: Sendable {
    package let status: Int
    /// The last part of the problem's type, e.g. `realm_unknown`; nil when the answer is no problem document.
    package let code: String?
    package let detail: String?
    /// Under which the gateway's log and audit trail have more.
    package let reference: String?
    /// What a Retry-After field said.
    package let retryAfter: Duration?

    init(status: Int, body: JSON?, retryAfter: Duration? = nil) {
        self.status = status
        code = body?["type"]?.string.flatMap { type in
            type.hasPrefix(Self.prefix) ? String(type.dropFirst(Self.prefix.count)) : nil
        }
        detail = body?["detail"]?.string.map { $0.clipped(600).visible() }
        reference = body?["reference"]?.string.map { $0.clipped(64) }
        self.retryAfter = retryAfter
    }

    /// One sentence, with what to do next and the reference.
    var sentence: String {
        var text = detail ?? "the gateway refused (status \(status))"
        switch code {
        case "realm_missing": text += " Add --realm NAME."
        case "provider_missing": text += " Add --provider NAME."
        default: break
        }
        if status == 429 {
            text = detail ?? "too many attempts"
            if let retryAfter { text = text.asSentence + " Try again in \(retryAfter.inWords)." }
        }
        if let reference, !text.contains(reference) { text = text.asSentence + " Reference: \(reference)" }
        return text
    }

    private static let prefix = "urn:gatehouse:problem:"
}

extension String {
    /// With a full stop, when it has no end yet.
    package var asSentence: String { [".", "!", "?"].contains(last) ? self : self + "." }
}

extension Duration {
    /// `40 seconds`, `5 minutes`, `12 hours`: rounded up to the unit a person would use.
    package var inWords: String {
        let seconds = max(0, (wholeMilliseconds + 999) / 1000)
        func words(_ count: Int64, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
        switch seconds {
        case ..<120: return words(seconds, "second")
        case ..<7200: return words((seconds + 59) / 60, "minute")
        case ..<172_800: return words((seconds + 3599) / 3600, "hour")
        default: return words((seconds + 86399) / 86400, "day")
        }
    }
}
