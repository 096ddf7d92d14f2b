import Access
import HTTPTypes
import Identity
import StrictJSON

/// `/api/v1/…`: JSON for programs. What is not listed is not there.
struct APIRoutes: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, path: Substring) async throws -> Answer {
        let parts = try path.split(separator: "/", omittingEmptySubsequences: false).map {
            part throws(RequestProblem) in
            guard let text = FormEncoding.percentDecode(part) else { throw Self.notFound }
            return text
        }
        let rest = Array(parts.dropFirst())
        switch parts[0] {
        case "openapi.json" where rest.isEmpty:
            try request.allow("GET")
            return Answer(
                .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
                body: Array(OpenAPIDocument.json.utf8))
        case "session": return try await OwnSessionAPI(services: services).answer(request, rest)
        case "cli": return try await CommandLineAPI(services: services).answer(request, rest)
        case "device": return try await DeviceAPI(services: services).answer(request, rest)
        case "sessions": return try await SessionsAPI(services: services).answer(request, rest)
        case "providers": return try await ProvidersAPI(services: services).answer(request, rest)
        case "realms": return try await RealmsAPI(services: services).answer(request, rest)
        case "users": return try await UsersAPI(services: services).answer(request, rest)
        case "audit": return try await AuditAPI(services: services).answer(request, rest)
        default: throw Self.notFound
        }
    }

    static let notFound = RequestProblem(404, "not_found", "The API has nothing at this address.")
}

extension IncomingRequest {
    /// HEAD goes where GET goes.
    func allow(_ methods: String...) throws(RequestProblem) {
        guard methods.contains(method) || method == "HEAD" && methods.contains("GET") else {
            throw .methodNotAllowed(methods.joined(separator: ", "))
        }
    }

    /// The members of a JSON object in the body; empty without a body.
    ///
    /// - Throws: `RequestProblem`: `json_expected` (415), `json_malformed`, `body_too_large`.
    func jsonMembers(limit: Int = 65536) async throws -> JSONObject {
        let body = try await readBody(limit)
        if body.isEmpty { return JSONObject() }
        guard mediaType == "application/json" else {
            throw RequestProblem(415, "json_expected", "This address takes JSON (application/json).")
        }
        guard let members = (try? JSON.parse(body))?.object else {
            throw RequestProblem(400, "json_malformed", "The body is not one strict JSON object.")
        }
        return members
    }

    /// The members of a JSON object or the fields of a form, for endpoints of OAuth, whose clients send forms.
    func jsonOrFormMembers() async throws -> JSONObject {
        guard mediaType == "application/x-www-form-urlencoded" else { return try await jsonMembers() }
        let fields = try await formFields()
        return JSONObject(
            try fields.all.map { field in
                (field.name, .string(try fields.single(field.name) ?? ""))
            })
    }

    private var mediaType: String? {
        header(.contentType)?.split(separator: ";").first.map { $0.trimmingSpaces.lowercased() }
    }
}

extension JSONObject {
    /// What can make a text look like another one on a page or in a terminal.
    private static let invisible: Set<Unicode.GeneralCategory> = [
        .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned,
    ]

    /// Text of a body's member; nil when it is absent, null or empty.
    ///
    /// - Throws: `RequestProblem` with `member_malformed`.
    func text(_ name: String, most: Int = 512) throws(RequestProblem) -> String? {
        guard let value = self[name], value != .null else { return nil }
        guard let text = value.string, text.utf8.count <= most,
            text.unicodeScalars.allSatisfy({ !Self.invisible.contains($0.properties.generalCategory) })
        else {
            throw RequestProblem(
                400, "member_malformed",
                "\(name) must be a string of at most \(most) bytes without control and format characters.")
        }
        return text.isEmpty ? nil : text
    }

    /// - Throws: `RequestProblem` with `member_unknown`: a misspelt member that is ignored would be a setting that is not made.
    func allowOnly(_ names: [String]) throws(RequestProblem) {
        for member in members where !names.contains(where: { $0.isIdentical(to: member.name) }) {
            throw RequestProblem(
                400, "member_unknown",
                "There is no member '\(HeaderText.encode(member.name).clipped(60))' here; known are \(names.joined(separator: ", "))."
            )
        }
    }
}
