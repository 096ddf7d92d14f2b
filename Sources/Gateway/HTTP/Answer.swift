import HTTPTypes
import Identity
import StrictJSON

/// What goes back, whatever framework carries it.
struct Answer: Sendable {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: [UInt8]

    init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// JSON that nobody may keep.
    static func json(_ status: HTTPResponse.Status, _ json: JSON, type: String = "application/json") -> Answer {
        Answer(
            status, headers: [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: json.serialized())
    }

    /// RFC 9457. The type is stable: programs tell problems apart by it.
    static func problem(_ problem: RequestProblem) -> Answer {
        var members = JSONObject([
            ("type", .string("urn:gatehouse:problem:\(problem.code)")), ("title", .string(problem.title)),
            ("status", .integer(Int64(problem.status))), ("detail", .string(problem.detail)),
        ])
        if let reference = problem.reference { members.set("reference", .string(reference)) }
        var answer = Answer.json(
            HTTPResponse.Status(code: problem.status), .object(members), type: "application/problem+json")
        answer.headers.append(contentsOf: problem.headers)
        return answer
    }

    /// See Other: the browser goes on with GET.
    static func redirect(to location: String) -> Answer {
        Answer(.seeOther, headers: [.location: location, .cacheControl: "no-store", .referrerPolicy: "no-referrer"])
    }

    func adding(_ fields: HTTPFields) -> Answer {
        var answer = self
        answer.headers.append(contentsOf: fields)
        return answer
    }
}

/// A request that is not done, and what to say about it.
struct RequestProblem: Error {
    let status: Int
    /// A stable code in snake case.
    let code: String
    /// What happened and what to do, for a person. Never holds a secret.
    let detail: String
    let reference: String?
    let headers: HTTPFields

    init(_ status: Int, _ code: String, _ detail: String, reference: String? = nil, headers: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.reference = reference
        self.headers = headers
    }

    var title: String {
        switch status {
        case 400: "This request cannot be read"
        case 401: "Not signed in"
        case 403: "Not allowed"
        case 404: "Nothing here"
        case 405: "This method is not for this address"
        case 408: "This took too long"
        case 409: "This is there already"
        case 413: "This is too large"
        case 415: "This content is not for this address"
        case 422: "This cannot be done"
        case 429: "Too many requests"
        case 502: "The identity provider does not work"
        case 503: "Not ready"
        case 504: "The identity provider does not answer"
        default: "This did not work"
        }
    }

    static let crossSiteRequest = RequestProblem(
        403, "cross_site_request", "Another site made this request, so nothing was done.")

    static let bodyTooLarge = RequestProblem(413, "body_too_large", "The body is larger than this address takes.")

    /// RFC 6585 §4.
    static func tooMany(_ what: String, wait: Duration) -> RequestProblem {
        let seconds = max(1, Int((wait.wholeMilliseconds + 999) / 1000))
        return RequestProblem(
            429, "too_many_requests", "\(what) Wait \(seconds) s and try again.", headers: [.retryAfter: "\(seconds)"])
    }

    static func methodNotAllowed(_ allowed: String) -> RequestProblem {
        RequestProblem(
            405, "method_not_allowed", "This address takes \(allowed).", headers: [.allow: allowed])
    }
}
