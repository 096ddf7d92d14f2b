/// Text that can be compared in a time that its length bounds (Unicode Standard Annex #15 §13, Stream-Safe Text).
///
/// Swift compares strings by canonical equivalence, and sorts a run of combining marks for that: 64 KB of marks take a third
/// of a second, and twice as many four times as long. No language puts more than a few marks on a letter, so text of
/// strangers with longer runs is refused where it comes in: forms, queries, header fields, JSON and XML.
package enum StreamSafeText {
    /// In a row; as many as the annex allows.
    package static let mostMarks = 30

    package static func isSafe(_ text: some StringProtocol) -> Bool {
        // Nearly all text is ASCII, which has no marks.
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return true }
        var marks = 0
        for scalar in text.unicodeScalars {
            marks = isMark(scalar) ? marks + 1 : 0
            if marks > mostMarks { return false }
        }
        return true
    }

    /// Whether normalisation may move it, or what it is made of, past others.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x300 else { return false }
        switch scalar.value {
        // Starters by their class, which fall into marks.
        case 0x0F73, 0x0F75, 0x0F81: return true
        default: return scalar.properties.canonicalCombiningClass != .notReordered
        }
    }
}
