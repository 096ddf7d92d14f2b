extension String {
    /// At most the first so many bytes, for text of others in logs and messages.
    ///
    /// By bytes, because one `Character` may be a letter and a hundred thousand combining marks.
    package func clipped(_ bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        // A scalar that is cut in two goes; no U+FFFD at the end.
        var end = utf8.index(utf8.startIndex, offsetBy: bytes)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end]) + "…"
    }
}
