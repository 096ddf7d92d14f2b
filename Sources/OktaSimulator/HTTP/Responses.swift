import HTTPTypes
import Hummingbird
import NIOCore

/// The kinds of answers that the endpoints give.
extension Response {
    /// Answers that carry tokens or claims must not be stored (RFC 6749 §5.1).
    static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, cacheControl: String = "no-cache, no-store",
        headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = cacheControl
        if cacheControl.contains("no-store") { headers.set("Pragma", "no-cache") }
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: try value.encoded())))
    }

    static func html(
        _ page: String, status: HTTPResponse.Status = .ok, contentSecurityPolicy: String = Page.policy
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache, no-store",
            .contentSecurityPolicy: contentSecurityPolicy, .xContentTypeOptions: "nosniff",
        ]
        headers.set("Referrer-Policy", "no-referrer")
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: page)))
    }

    /// 302 for GET and 303 for POST, so that the browser goes on with a GET (RFC 9700 §4.12).
    static func seeOther(_ location: String, after method: HTTPRequest.Method) -> Response {
        var headers: HTTPFields = [.location: location, .cacheControl: "no-cache, no-store"]
        headers.set("Referrer-Policy", "no-referrer")
        return Response(status: method == .post ? .seeOther : .found, headers: headers)
    }

    static func oauthError(_ error: OAuthError, notes: RequestNotes) throws -> Response {
        notes.note { $0.error = error.code }
        var headers: HTTPFields = [:]
        // RFC 6749 §5.2: 401 names the scheme.
        if error.status == 401 { headers[.wwwAuthenticate] = "Basic realm=\"Okta\"" }
        return try .json(error.json, status: .init(code: error.status), headers: headers)
    }
}

extension HTTPFields {
    /// Sets a field that HTTPTypes has no constant for.
    mutating func set(_ name: String, _ value: String) {
        if let name = HTTPField.Name(name) { self[name] = value }
    }
}
