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

    /// - Parameter hadSession: the browser carries the token of a session that is over.
    func signIn(
        _ reason: Decision.SignInReason, face: CheckFace, question: AccessQuestion, hadSession: Bool
    ) -> Answer {
        let location = loginAddress(question, isSilent: hadSession && reason == .noSession)
        if face != .plain, isNavigation {
            // 303 makes the browser go on with GET, so the body of the first request is not sent to a login page.
            let isSafe = ["GET", "HEAD", "OPTIONS"].contains(original.method)
            return Answer(
                isSafe ? .found : .seeOther, headers: [.location: location, .cacheControl: "no-store"])
        }
        let problem = RequestProblem(
            401, reason.rawValue, sentence(reason),
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

    private func sentence(_ reason: Decision.SignInReason) -> String {
        switch reason {
        case .noSession: "There is no live session of the realm \(realm.name) with this request; sign in at login_url."
        case .authenticationTooOld: "The person authenticated too long ago for this; sign in again at login_url."
        case .authenticationTooWeak:
            "The person authenticated in another way than this asks for; sign in again at login_url."
        }
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

    private func loginAddress(_ question: AccessQuestion, isSilent: Bool) -> String {
        var fields = [("realm", realm.name.text)]
        if let address = original.address {
            // Proxies refuse an answer with long headers (nginx: 4 KB), so from a long address the way back is its origin.
            let text = address.text.utf8.count <= Self.longestReturnAddress ? address.text : address.origin + "/"
            if let allowed = rules.returnAddress(text, in: realm) { fields.append(("return_to", allowed.url)) }
        }
        // Everything at once, or whoever meets one demand is sent again for the next.
        if let age = question.maximumAge { fields.append(("max_age", "\(age.components.seconds)s")) }
        if let values = question.commonAuthenticationContexts { fields.append(("acr", values.joined(separator: ","))) }
        // Whoever was signed in may still be so at the provider, and need not see a page for it.
        if isSilent { fields.append(("prompt", "none")) }
        return "\(rules.origin)/login?\(FormEncoding.encode(fields))"
    }
}

extension AccessQuestion {
    /// The ways of authenticating that meet every list; nil when none was asked for.
    fileprivate var commonAuthenticationContexts: [String]? {
        guard let first = authenticationContexts.first else { return nil }
        return first.filter { value in
            authenticationContexts.allSatisfy { list in list.contains { $0.isIdentical(to: value) } }
        }
    }
}
