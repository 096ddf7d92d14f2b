import Access
import HTTPTypes
import Identity

/// A page that says what happened, why, and what to do next.
struct MessagePage {
    var status: Int
    var title: String
    var sentence: String
    var advice: String
    var reference: String?
    /// Where the button leads; no button when it is nil.
    var retry: String?
    var retryLabel = "Sign in again"
    /// Links to the start page, where a session can be ended.
    var signedInAs: String?
    /// In front of links: the gateway's origin where the page is shown under an application's address.
    var origin = ""
    var showsStartLink = true

    init(
        status: Int, title: String, sentence: String, advice: String, reference: String? = nil, retry: String? = nil,
        signedInAs: String? = nil
    ) {
        self.status = status
        self.title = title
        self.sentence = sentence
        self.advice = advice
        self.reference = reference
        self.retry = retry
        self.signedInAs = signedInAs
    }

    init(problem: RequestProblem) {
        self.init(
            status: problem.status, title: problem.title, sentence: problem.detail, advice: "",
            reference: problem.reference)
    }

    /// Somebody is known, and may not: whom to ask.
    static func refusal(
        title: String, sentence: String, realm: RealmRules, signedInAs: String?, reference: String?,
        origin: String
    ) -> MessagePage {
        let whom = realm.contact.map { "Ask \($0)" } ?? "Ask the administrators of \(realm.title)"
        let what = reference == nil ? "for access." : "for access, and give them the reference below."
        var page = MessagePage(
            status: 403, title: title, sentence: sentence, advice: "\(whom) \(what)", reference: reference,
            signedInAs: signedInAs)
        // The provider remembers this person, and without a prompt would send them back at once.
        page.retry = "/login?" + FormEncoding.encode([("realm", realm.name.text), ("prompt", "login")])
        page.retryLabel = "Sign in as somebody else"
        page.origin = origin
        return page
    }

    var answer: Answer {
        var parts: [HTML] = ["<h1>\(title)</h1>", "<p>\(sentence)</p>"]
        if !advice.isEmpty { parts.append("<p>\(advice)</p>") }
        if let signedInAs { parts.append("<p class=\"soft\">You signed in as \(signedInAs).</p>") }
        if let retry { parts.append("<p><a class=\"button\" href=\"\(origin)\(retry)\">\(retryLabel)</a></p>") }
        if showsStartLink { parts.append("<p><a href=\"\(origin)/\">Go to the start page</a></p>") }
        if let reference { parts.append("<p class=\"reference soft\">Reference: <code>\(reference)</code></p>") }
        return Layout.page(HTTPResponse.Status(code: status), title: title, body: .joined(parts))
    }
}
