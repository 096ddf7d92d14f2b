import StrictJSON

/// Audit events, for a person.
package enum AuditText {
    /// Each with all that is known, and what was looked at below it.
    package static func events(_ events: [JSON]) -> String {
        events.map(event).joined(separator: "\n\n")
    }

    private static func event(_ event: JSON) -> String {
        let members = (event.object?.members ?? []).filter { $0.name != "trace" }
        var text = Table.pairs(members.map { ($0.name.visible(), scalar($0.value)) })
        if let trace = event["trace"], trace != .null {
            text += "\n\ntrace\n" + lines(trace, indentation: 1).joined(separator: "\n")
        }
        return text
    }

    /// Members one below the other, deeper ones further in.
    private static func lines(_ json: JSON, indentation: Int) -> [String] {
        let margin = String(repeating: "  ", count: indentation)
        switch json {
        case .object(let object):
            return object.members.filter { $0.value != .null }.flatMap { member -> [String] in
                if let text = scalar(member.value) { return ["\(margin)\(member.name.visible()): \(text)"] }
                return ["\(margin)\(member.name.visible()):"] + lines(member.value, indentation: indentation + 1)
            }
        case .array(let elements):
            return elements.flatMap { element -> [String] in
                if let text = scalar(element) { return ["\(margin)- \(text)"] }
                let nested = lines(element, indentation: indentation + 1)
                return nested.enumerated().map { index, line in
                    index == 0 ? "\(margin)- " + line.drop { $0 == " " } : line
                }
            }
        default: return scalar(json).map { ["\(margin)\($0)"] } ?? []
        }
    }

    /// Nil for what has members.
    private static func scalar(_ json: JSON) -> String? {
        switch json {
        case .object, .array, .null: nil
        case .string(let text): text.visible()
        case .bool(let isSo): isSo ? "yes" : "no"
        default: json.text
        }
    }
}
