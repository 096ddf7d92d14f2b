import Identity
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Where a request may go: over TLS to public addresses, and to hosts that an administrator configured.
///
/// A discovery document may name any URL; without this rule it could make the gateway call a metadata service or a
/// database inside the network (server-side request forgery). The check resolves the name once more than the connection
/// does, so a name server that changes its answer between the two gets past it; what it cannot get past is that only
/// documents of a configured issuer name URLs at all.
struct AddressPolicy: Sendable {
    let configuredHosts: Set<String>

    func check(_ url: String) async throws {
        guard let target = URLTarget(url) else {
            throw OutboundError(.malformedURL, "\(url) is not an http or https URL")
        }
        if !target.isTLS, !target.isLoopbackName {
            throw OutboundError(.addressRefused, "\(url) is not https; plain http is for loopback addresses only")
        }
        if configuredHosts.contains(target.host) { return }
        let addresses = try await NIOThreadPool.singleton.runIfActive { Self.resolve(target.host) }
        guard !addresses.isEmpty else { throw OutboundError(.nameUnknown, "the host name \(target.host) is unknown") }
        if let address = addresses.first(where: { !$0.isPublic }) {
            throw OutboundError(
                .addressRefused,
                "\(url) leads to \(address), which is not a public address and not the configured provider's host")
        }
    }

    private static func resolve(_ host: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).compactMap { entry in
            guard let address = entry?.pointee.ai_addr else { return nil }
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                    withUnsafeBytes(of: pointer.pointee.sin_addr) { IPAddress(bytes: Array($0)) }
                }
            case AF_INET6:
                return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                    withUnsafeBytes(of: pointer.pointee.sin6_addr) { IPAddress(bytes: Array($0)) }
                }
            default: return nil
            }
        }
    }
}

/// The parts of a URL that decide where a connection goes.
struct URLTarget {
    let isTLS: Bool
    /// Lower case; an IPv6 address without its brackets.
    let host: String

    init?(_ url: String) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        let lower = url.lowercased()
        let rest: Substring
        if lower.hasPrefix("https://") {
            (isTLS, rest) = (true, lower.dropFirst(8))
        } else if lower.hasPrefix("http://") {
            (isTLS, rest) = (false, lower.dropFirst(7))
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
        } else {
            host = String(authority.prefix { $0 != ":" })
        }
        guard !host.isEmpty else { return nil }
    }

    var isLoopbackName: Bool {
        host == "localhost" || host == "::1" || (IPAddress(host)?.isLoopback ?? false)
    }
}
