import HTTPTypes
import Hummingbird
import NIOCore

/// How an access token is presented.
enum AccessTokenScheme: String {
    case bearer
    case dpop
}

/// What the endpoints read from a request.
extension Request {
    private static let bodyLimit = 1 << 20

    var queryParameters: FormParameters {
        FormParameters(parsing: uri.query ?? "")
    }

    func body() async throws -> [UInt8] {
        Array(buffer: try await body.collect(upTo: Request.bodyLimit))
    }

    /// The parameters of a form body.
    func formParameters() async throws -> FormParameters {
        FormParameters(parsing: String(decoding: try await body(), as: UTF8.self))
    }

    /// GET carries parameters in the query, POST in the body (OIDC Core §3.1.2.1).
    func parameters() async throws -> FormParameters {
        method == .post ? try await formParameters() : queryParameters
    }

    func jsonBody() async throws -> JSONValue {
        let bytes = try await body()
        return bytes.isEmpty ? .object([:]) : try JSONValue(parsing: bytes)
    }

    func cookie(_ name: String) -> String? {
        for field in headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0].trimmingPrefix(while: { $0 == " " }) == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// The token of an `Authorization: Bearer` or `Authorization: DPoP` header (RFC 6750 §2.1, RFC 9449 §7.1).
    var accessToken: (scheme: AccessTokenScheme, text: String)? {
        guard let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1), parts.count == 2,
            let scheme = AccessTokenScheme(rawValue: parts[0].lowercased())
        else { return nil }
        return (scheme, String(parts[1]))
    }
}
