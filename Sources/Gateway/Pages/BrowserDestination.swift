import SAML

/// Where a browser is sent with a message for somebody else.
enum BrowserDestination: Sendable {
    case url(String)
    /// The browser takes a form there (SAML Bindings §3.5).
    case form(PostForm)

    var url: String? { if case .url(let url) = self { url } else { nil } }

    /// - Parameters:
    ///   - title: of the page that shows for a moment where a form is needed, and `sentence` on it.
    ///   - origin: the one other site that may show that page in a frame.
    func answer(title: String, sentence: String, framedBy origin: String? = nil) -> Answer {
        switch self {
        case .url(let url): .redirect(to: url)
        case .form(let form): PostPage(form: form, title: title, sentence: sentence, framedBy: origin).answer
        }
    }
}
