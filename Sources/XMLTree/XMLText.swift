/// Text for XML that is written, spelled as canonicalisation spells it (Canonical XML 1.0 §2.3), so that what is written
/// canonical stays canonical. Characters that XML cannot hold (XML 1.0 §2.2) become U+FFFD.
package enum XMLText {
    /// For the content of an element.
    package static func escaped(_ text: String) -> String {
        replacing(text) { byte in
            switch byte {
            case UInt8(ascii: "&"): "&amp;"
            case UInt8(ascii: "<"): "&lt;"
            case UInt8(ascii: ">"): "&gt;"
            case 0x0D: "&#xD;"
            default: nil
            }
        }
    }

    /// For the value of an attribute between double quotes.
    package static func escapedAttribute(_ text: String) -> String {
        replacing(text) { byte in
            switch byte {
            case UInt8(ascii: "&"): "&amp;"
            case UInt8(ascii: "<"): "&lt;"
            case UInt8(ascii: "\""): "&quot;"
            case 0x09: "&#x9;"
            case 0x0A: "&#xA;"
            case 0x0D: "&#xD;"
            default: nil
            }
        }
    }

    private static func replacing(_ text: String, _ escape: (UInt8) -> String?) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20...0x7F:
                if let escaped = escape(UInt8(truncatingIfNeeded: scalar.value)) {
                    output += escaped
                } else {
                    output.unicodeScalars.append(scalar)
                }
            case 0..<0x20, 0xFFFE, 0xFFFF: output.unicodeScalars.append("\u{FFFD}")
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
