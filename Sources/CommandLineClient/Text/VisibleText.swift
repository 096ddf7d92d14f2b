extension String {
    /// The text with every control, bidirectional and invisible character as an escape: what a provider wrote must not
    /// steer the terminal.
    package func visible(keepingNewlines: Bool = false) -> String {
        var output = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                if keepingNewlines, scalar == "\n" {
                    output.append(scalar)
                } else {
                    output.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
                }
            default: output.append(scalar)
            }
        }
        return String(output)
    }
}
