import Identity

/// An address that a browser may be sent to (rule 16), from metadata or from the configuration.
package enum EndpointAddress {
    /// An https URL, or http on loopback, of plain characters and without a fragment: it is put into a header and into a
    /// page, and a query is appended to it.
    package static func isUsable(_ url: String) -> Bool {
        guard url.utf8.count <= mostBytes, url.utf8.allSatisfy(isPlain) else { return false }
        let isTLS = url.hasPrefix("https://")
        guard isTLS || url.hasPrefix("http://") else { return false }
        let authority = url.dropFirst(isTLS ? 8 : 7).prefix { $0 != "/" && $0 != "?" }
        // Who reads `https://okta.com@evil.example` sees another host than the browser.
        guard !authority.isEmpty, !authority.contains("@") else { return false }
        return isTLS || isLoopback(authority)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F..., UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "}"):
            false
        default: true
        }
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        if authority.hasPrefix("[") {
            let host = authority.dropFirst().prefix { $0 != "]" }
            return IPAddress(String(host))?.isLoopback ?? false
        }
        let host = authority.prefix { $0 != ":" }
        return host == "localhost" || (IPAddress(String(host))?.isLoopback ?? false)
    }

    private static let mostBytes = 2048
}
