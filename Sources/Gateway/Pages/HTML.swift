/// HTML that is safe to send: what is interpolated as text is escaped, what is interpolated as HTML is not.
///
/// A type instead of templates, because the compiler then sees to the escaping, and because escaping must go by Unicode
/// scalar: a quotation mark followed by a combining mark is one `Character`, and not `"` to whoever compares characters,
/// but it still ends an attribute.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    private init(raw: String) { text = raw }

    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.output }

    static let empty = HTML(raw: "")

    static func + (left: HTML, right: HTML) -> HTML { HTML(raw: left.text + right.text) }

    static func joined(_ parts: [HTML]) -> HTML { HTML(raw: parts.map(\.text).joined(separator: "\n")) }

    /// Text as it stands between tags or between double quotes.
    static func escaping(_ text: String) -> HTML {
        var output = ""
        output.unicodeScalars.reserveCapacity(text.unicodeScalars.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return HTML(raw: output)
    }

    struct StringInterpolation: StringInterpolationProtocol {
        var output = ""

        init(literalCapacity: Int, interpolationCount: Int) { output.reserveCapacity(literalCapacity * 2) }

        mutating func appendLiteral(_ literal: String) { output += literal }
        mutating func appendInterpolation(_ text: String) { output += HTML.escaping(text).text }
        mutating func appendInterpolation(_ html: HTML) { output += html.text }
    }
}
