extension String {
    /// The text with its letters in lower case, for e-mail addresses that compare without case.
    ///
    /// A letter of another script stays what it is: U+212A KELVIN SIGN in lower case is a "k", and a stranger would be found
    /// under somebody's address.
    package var emailFolded: String {
        var folded = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            let lower = scalar.properties.lowercaseMapping.unicodeScalars
            if !scalar.isASCII, lower.contains(where: \.isASCII) {
                folded.append(scalar)
            } else {
                folded.append(contentsOf: lower)
            }
        }
        return String(folded)
    }
}
