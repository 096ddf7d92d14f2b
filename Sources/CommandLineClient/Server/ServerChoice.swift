import Identity

/// Which gateway a command talks to: `--server`, else `GATEHOUSE_SERVER`, else the one last signed in to; and as whom:
/// `GATEHOUSE_TOKEN`, else what the credentials file has for this very gateway.
package struct ServerChoice: Sendable {
    package let option: String?
    package let environment: [String: String]

    package init(option: String?, environment: [String: String]) {
        self.option = option
        self.environment = environment
    }

    /// - Parameter credentials: read only when nothing else names a gateway.
    /// - Throws: `ClientError`: `usage` when nothing names a gateway or what names it is no URL.
    package func address(credentials: () throws(ClientError) -> Credentials) throws(ClientError) -> ServerAddress {
        if let text = option ?? Self.filled(environment["GATEHOUSE_SERVER"]) { return try ServerAddress(text) }
        guard let current = try credentials().current else {
            throw ClientError(
                .usage,
                "which gateway? Sign in with: gatehouse login --server URL; or add --server URL, or set GATEHOUSE_SERVER"
            )
        }
        return try ServerAddress(current)
    }

    /// The token of the environment; nil when there is none.
    ///
    /// - Throws: `ClientError.usage` for what cannot be sent in a header.
    package func environmentToken() throws(ClientError) -> Secret? {
        guard let token = Self.filled(environment["GATEHOUSE_TOKEN"]) else { return nil }
        guard token.isSendableToken else {
            throw ClientError(.usage, "GATEHOUSE_TOKEN is no token: it holds spaces or control characters")
        }
        return Secret(token)
    }

    /// - Throws: `ClientError`: `notSignedIn` when there is no token for this gateway.
    package func token(
        for server: ServerAddress, credentials: () throws(ClientError) -> Credentials
    ) throws(ClientError) -> Secret {
        if let token = try environmentToken() { return token }
        guard let entry = try credentials()[server] else { throw Self.notSignedIn(server) }
        return entry.token
    }

    package static func notSignedIn(_ server: ServerAddress) -> ClientError {
        ClientError(
            .notSignedIn,
            "not signed in to \(server.origin); run: gatehouse login --server \(server.origin) (or set GATEHOUSE_TOKEN)"
        )
    }

    private static func filled(_ value: String?) -> String? { value.flatMap { $0.isEmpty ? nil : $0 } }
}

extension String {
    /// Visible ASCII only, so that it is one word of a header field.
    var isSendableToken: Bool { !isEmpty && utf8.count <= 8192 && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
