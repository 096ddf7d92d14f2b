import Identity

/// A host that a login may send the browser back to: `app.example.com`, `*.example.com`, with `:port` when that is not the
/// scheme's own.
package struct ReturnHost: Sendable, Equatable {
    private let host: String
    private let coversSubdomains: Bool
    private let port: Int?

    /// Nil for anything but a host name or address, an optional leading `*.` and an optional port.
    package init?(_ text: String) {
        // Before lower-casing: Unicode has other letters whose lower case is ASCII.
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        var rest = text.lowercased()[...]
        coversSubdomains = rest.hasPrefix("*.")
        if coversSubdomains { rest = rest.dropFirst(2) }
        guard let (host, port) = WebAddress.hostAndPort(rest), !coversSubdomains || !host.hasPrefix("[") else {
            return nil
        }
        self.host = host
        self.port = port
    }

    func covers(_ address: WebAddress) -> Bool {
        let hostFits = coversSubdomains ? address.host.hasSuffix("." + host) : address.host == host
        return hostFits && address.port == (port ?? address.scheme.defaultPort)
    }
}

/// An absolute http or https URL in the one spelling that every browser reads alike.
///
/// Anything that parsers disagree about is refused: backslashes, control characters, spaces, user information, more or
/// fewer slashes, unusual hosts (WHATWG URL §4.4 repairs all of these, each in its own way).
package struct WebAddress: Sendable, Equatable {
    package enum Scheme: String, Sendable {
        case http, https

        package var defaultPort: Int { self == .https ? 443 : 80 }
    }

    package let scheme: Scheme
    /// Lower case; IPv6 in brackets.
    package let host: String
    package let port: Int
    /// Path, query and fragment as they came; begins with `/`, `?` or `#`, or is empty.
    package let rest: String

    /// - Parameter maximumLength: in bytes.
    package init?(_ text: String, maximumLength: Int = 4096) {
        guard text.utf8.count <= maximumLength,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return nil }
        guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<colon].lowercased()) else {
            return nil
        }
        let afterScheme = text[text.index(after: colon)...]
        guard afterScheme.hasPrefix("//") else { return nil }
        let hierarchy = afterScheme.dropFirst(2)
        let authority = hierarchy.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let (host, port) = Self.hostAndPort(authority.lowercased()[...]) else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        rest = String(hierarchy.dropFirst(authority.count))
    }

    /// `host[:port]`, the port only when it is not the scheme's own.
    package var authority: String { port == scheme.defaultPort ? host : "\(host):\(port)" }

    package var origin: String { "\(scheme.rawValue)://\(authority)" }

    package var text: String { origin + rest }

    /// Whether it leads to this machine, where plain http is good enough.
    package var isLoopback: Bool {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return name == "localhost" || (IPAddress(name)?.isLoopback ?? false)
    }

    /// Splits `host`, `host:port`, `[v6]` or `[v6]:port`, in lower case.
    static func hostAndPort(_ text: Substring) -> (host: String, port: Int?)? {
        let host: Substring
        let portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[...end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            portText = after.isEmpty ? nil : after.dropFirst()
            guard let address = IPAddress(String(host.dropFirst().dropLast())), address.bytes.count == 16 else {
                return nil
            }
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0]
            portText = parts.count == 2 ? parts[1] : nil
            guard isHostName(host) else { return nil }
        }
        guard let portText else { return (String(host), nil) }
        guard (1...5).contains(portText.utf8.count), portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(portText), (1...65535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    // RFC 1123 §2.1 labels, plus '_' which some networks use; no trailing dot, no percent-encoding, no Unicode.
    private static func isHostName(_ host: Substring) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                        || byte == UInt8(ascii: "_")
                }
        }
        guard areLabels, let last = labels.last else { return false }
        // What ends in a number is an IPv4 address to a browser (WHATWG URL §3.5), in forms like 0x7f.1 too.
        let endsInNumber = last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.hasPrefix("0x")
        return !endsInNumber || IPAddress(String(host))?.description == String(host)
    }
}

/// Where a login sends the browser in the end. Only a realm's rules make one.
package struct ReturnAddress: Sendable, Equatable {
    package let url: String

    fileprivate init(url: String) { self.url = url }
}

extension AccessRules {
    /// The return address, when the realm allows it; nil otherwise.
    ///
    /// Allowed are https addresses on the realm's `return_hosts` (http too, where the gateway itself is on http) and the
    /// gateway's own start page.
    package func returnAddress(_ text: String, in realm: RealmRules) -> ReturnAddress? {
        guard let address = WebAddress(text), let own = WebAddress(origin) else { return nil }
        if address.origin == own.origin {
            return address.rest.isEmpty || address.rest == "/" ? ReturnAddress(url: origin + "/") : nil
        }
        guard address.scheme == .https || own.scheme == .http else { return nil }
        guard realm.returnHosts.contains(where: { $0.covers(address) }) else { return nil }
        return ReturnAddress(url: address.text)
    }

    /// Where a login without a return address ends. The configuration checked `home`.
    package func home(of realm: RealmRules) -> ReturnAddress { ReturnAddress(url: realm.home ?? origin + "/") }
}
