import Access
import HTTPTypes
import Identity

/// The request that a proxy asks about, as far as a trusted proxy told.
struct OriginalRequest: Sendable, Equatable {
    /// Nil when nobody who may told.
    let address: WebAddress?
    let method: String

    /// Reads the forwarded fields. From anybody but a trusted proxy they are not even looked at (CVE-2026-40575).
    ///
    /// nginx sets X-Original-URL and passes a client's X-Forwarded-* on; Traefik and Caddy set X-Forwarded-* and pass a
    /// client's X-Original-URL on. So each face believes its own family first.
    ///
    /// - Throws: `RequestProblem` (400) when a trusted proxy sends something that can be read in two ways.
    init(_ request: IncomingRequest, face: CheckFace) throws(RequestProblem) {
        try Self.refuseAliases(request.head.headerFields)
        guard request.peerIsTrusted else {
            (address, method) = (nil, request.method)
            return
        }
        if case .envoy(let path) = face {
            address = try Self.envoyAddress(request, path: path)
            method = try Self.single(request, .xForwardedMethod) ?? request.method
            return
        }
        // The other family is not even read: a client may have made it up.
        let originalFirst = face == .plain
        let first = try originalFirst ? Self.originalURL(request) : Self.forwardedURL(request)
        if let first {
            address = first
        } else {
            address = try originalFirst ? Self.forwardedURL(request) : Self.originalURL(request)
        }
        let (preferred, other): (HTTPField.Name, HTTPField.Name) =
            originalFirst ? (.xOriginalMethod, .xForwardedMethod) : (.xForwardedMethod, .xOriginalMethod)
        if let told = try Self.single(request, preferred) {
            method = told
        } else {
            method = try Self.single(request, other) ?? request.method
        }
    }

    private static func originalURL(_ request: IncomingRequest) throws(RequestProblem) -> WebAddress? {
        guard let text = try single(request, .xOriginalURL) else { return nil }
        guard let address = WebAddress(escaped(text), maximumLength: longestAddress) else {
            throw malformed("X-Original-URL")
        }
        return address
    }

    private static func forwardedURL(_ request: IncomingRequest) throws(RequestProblem) -> WebAddress? {
        guard let host = try single(request, .xForwardedHost) else { return nil }
        let uri = try single(request, .xForwardedURI) ?? "/"
        return try address(scheme: try scheme(request), host: host, path: uri)
    }

    private static func envoyAddress(_ request: IncomingRequest, path: String) throws(RequestProblem) -> WebAddress? {
        let forwardedHost = try single(request, .xForwardedHost)
        guard let host = forwardedHost ?? request.head.authority else { return nil }
        let query = request.query.isEmpty ? "" : "?" + request.query
        return try address(scheme: try scheme(request), host: host, path: path + query)
    }

    private static func address(
        scheme: WebAddress.Scheme, host: String, path: String
    ) throws(RequestProblem) -> WebAddress {
        // A host with anything but a name and a port in it would move the end of the authority.
        guard let base = WebAddress("\(scheme.rawValue)://\(host)"), base.rest.isEmpty else {
            throw malformed("X-Forwarded-Host")
        }
        let path = path == "*" ? "/" : escaped(path)
        guard path.hasPrefix("/"), let address = WebAddress(base.origin + path, maximumLength: longestAddress) else {
            throw malformed("X-Forwarded-Uri")
        }
        return address
    }

    private static func scheme(_ request: IncomingRequest) throws(RequestProblem) -> WebAddress.Scheme {
        switch try single(request, .xForwardedProto)?.lowercased() {
        case "https", "wss", nil: return .https
        case "http", "ws": return .http
        default: throw malformed("X-Forwarded-Proto")
        }
    }

    /// As long as a header may be when every byte is escaped: applications make long addresses, and the people who are
    /// signed in must get through with them.
    private static let longestAddress = 96 * 1024

    /// Browsers send some bytes in a path as they are that a URL may not hold; encoded they mean the same.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D, 0x7F...:
                output.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func single(_ request: IncomingRequest, _ name: HTTPField.Name) throws(RequestProblem) -> String? {
        let values = request.head.headerFields[values: name]
        guard values.count <= 1 else {
            throw RequestProblem(400, "forwarded_repeated", "The proxy sends \(name.rawName) \(values.count) times.")
        }
        guard let value = values.first, !value.isEmpty else { return nil }
        return value
    }

    private static func malformed(_ name: String) -> RequestProblem {
        RequestProblem(400, "forwarded_malformed", "The proxy sends a \(name) that cannot be read.")
    }

    /// Servers behind CGI-like interfaces read `X_Auth_User` and `X-Auth-User` as one (CVE-2025-64484): a client could
    /// slip a forged field past a proxy that only overwrites the name with hyphens.
    private static func refuseAliases(_ fields: HTTPFields) throws(RequestProblem) {
        for field in fields {
            let name = field.name.canonicalName
            guard name.utf8.contains(UInt8(ascii: "_")) else { continue }
            let hyphenated = String(name.map { $0 == "_" ? "-" : $0 })
            for prefix in ["x-auth-", "x-forwarded-", "x-original-", "x-gatehouse-", "remote-"]
            where hyphenated.hasPrefix(prefix) {
                throw RequestProblem(
                    400, "header_alias",
                    "The request has the header \(name.clipped(60)), an alias of \(hyphenated.clipped(60)).")
            }
        }
    }
}
