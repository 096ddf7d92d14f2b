import HTTPTypes
import Hummingbird
import NIOCore

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

    /// The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
    var bearerToken: String? {
        guard let value = headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst(7))
    }
}
