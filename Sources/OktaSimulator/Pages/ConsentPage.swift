/// The page on which someone signed in allows an application its scopes, or does not (OIDC Core §3.1.2.4).
enum ConsentPage {
    static let path = "/login/consent"

    static func render(signInID: String, clientName: String, personName: String, scopes: [String]) -> String {
        let scopes = scopes.map { "<li><code>\(Page.escape($0))</code></li>" }.joined(separator: "\n")
        return Page.render(
            title: "Allow access",
            body: """
                <h1>Allow \(Page.escape(clientName)) access?</h1>
                <p>\(Page.escape(personName)), the application asks for:</p>
                <ul>
                \(scopes)
                </ul>
                <form method="post" action="\(path)/\(Page.escape(signInID))">
                <ul>
                <li><button type="submit" name="decision" value="allow" autofocus>Allow access</button></li>
                <li><button type="submit" name="decision" value="deny">Cancel</button></li>
                </ul>
                </form>
                """)
    }
}
