import Identity

extension OutboundResponse {
    /// The first value of a header field; the name in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// When the server says that it answered, by its own clock (RFC 9110 §6.6.1).
    package var date: UnixTime? { header("date").flatMap { UnixTime(httpDate: $0) } }

    /// How long the server asks to be left alone (RFC 9110 §10.2.3), at most a day; nil when it does not say.
    package func retryAfter(now: UnixTime) -> Duration? {
        guard let text = header("retry-after") else { return nil }
        let longest = Duration.seconds(24 * 3600)
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(text).map { min(.seconds($0), longest) } ?? longest
        }
        return UnixTime(httpDate: text).map { min(max($0 - now, .zero), longest) }
    }
}

extension UnixTime {
    /// Reads the form of dates that HTTP asks to send (RFC 9110 §5.6.7), e.g. `Sun, 22 Nov 2026 09:52:51 GMT`.
    ///
    /// The two obsolete forms are not read: whoever sends them sends no date that counts here.
    package init?(httpDate text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])), parts[5] == "GMT" else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        self.init(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
        // A name of the day that does not fit the date makes it no date.
        guard httpDate == text else { return nil }
    }
}
