import Access
import Identity

/// A gateway that a token may be sent to: over https, or over http on this very machine.
package struct ServerAddress: Sendable, Equatable {
    /// `https://sso.example.com`: the key in the credentials file.
    package let origin: String
    /// Without the brackets of an IPv6 address.
    let host: String

    /// - Throws: `ClientError.usage`.
    package init(_ text: String) throws(ClientError) {
        guard let address = WebAddress(text), address.rest.isEmpty || address.rest == "/" else {
            throw ClientError(
                .usage, "'\(text.clipped(200))' is no gateway's URL; write it like https://sso.example.com")
        }
        origin = address.origin
        host = address.host.hasPrefix("[") ? String(address.host.dropFirst().dropLast()) : address.host
        guard address.scheme == .https || address.isLoopback else {
            throw ClientError(
                .usage,
                "a token sent to \(origin) could be read on its way; write https://\(address.host), plain http is for localhost only"
            )
        }
    }
}
