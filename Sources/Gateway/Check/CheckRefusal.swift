import Access
import HTTPTypes
import Identity
import StrictJSON

/// Writes the answers that do not allow.
struct CheckRefusal {
    let rules: AccessRules
    let realm: RealmRules
    let original: OriginalRequest
    let request: IncomingRequest

    func signIn(_ reason: Decision.SignInReason, face: CheckFace, maximumAge: Duration?) -> Answer {
        let location = loginAddress(maximumAge: reason == .authenticationTooOld ? maximumAge : nil)
        if face != .plain, isNavigation {
            // 303 makes the browser go on with GET, so the body of the first request is not sent to a login page.
            let isSafe = ["GET", "HEAD", "OPTIONS"].contains(original.method)
            return Answer(
                isSafe ? .found : .seeOther, headers: [.location: location, .cacheControl: "no-store"])
        }
        let problem = RequestProblem(
            401, reason.rawValue,
            reason == .noSession
                ? "There is no live session of the realm \(realm.name) with this request; sign in at login_url."
                : "The person authenticated too long ago for this; sign in again at login_url.",
            headers: [.wwwAuthenticate: "Bearer realm=\"\(realm.name)\""])
        var answer = Answer.problem(problem)
        answer.headers[.location] = location
        answer.body = JSON.object(
            JSONObject([
                ("type", .string("urn:gatehouse:problem:\(problem.code)")), ("title", .string(problem.title)),
                ("status", 401), ("detail", .string(problem.detail)), ("login_url", .string(location)),
            ])
        ).serialized()
        return answer
    }

    func deny(_ reason: Decision.DenyReason, face: CheckFace, session: HotSession?) -> Answer {
        let detail =
            switch reason {
            case .noRole: "You have no role in \(realm.title)."
            case .roleMissing: "Your roles in \(realm.title) do not include one that this needs."
            case .groupMissing: "You are in none of the groups that this needs."
            }
        if face != .plain, isNavigation {
            return MessagePage.refusal(
                title: "You may not open this", sentence: detail, realm: realm,
                signedInAs: session?.email ?? session?.name, reference: nil, origin: rules.origin
            ).answer
        }
        return .problem(RequestProblem(403, reason.rawValue, detail))
    }

    /// Whether a browser shows what comes back. A script that gets a redirect to a login page fails in confusing ways, so
    /// scripts and programs get 401.
    private var isNavigation: Bool {
        let fields = request.head.headerFields
        if request.header(.xRequestedWith)?.lowercased() == "xmlhttprequest" { return false }
        if fields[.upgrade] != nil { return false }
        if let mode = request.header(.secFetchMode) { return mode == "navigate" }
        return fields[values: .accept].contains { $0.lowercased().contains("text/html") }
    }

    private static let longestReturnAddress = 1000

    private func loginAddress(maximumAge: Duration?) -> String {
        var fields = [("realm", realm.name.text)]
        if let address = original.address {
            // Proxies refuse an answer with long headers (nginx: 4 KB), so from a long address the way back is its origin.
            let text = address.text.utf8.count <= Self.longestReturnAddress ? address.text : address.origin + "/"
            if let allowed = rules.returnAddress(text, in: realm) { fields.append(("return_to", allowed.url)) }
        }
        if let maximumAge { fields.append(("max_age", "\(maximumAge.components.seconds)s")) }
        return "\(rules.origin)/login?\(FormEncoding.encode(fields))"
    }
}
