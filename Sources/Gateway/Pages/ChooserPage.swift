/// A page of ways to sign in; each is a link.
struct ChooserPage {
    let title: String
    let sentence: String
    let choices: [(label: String, link: String)]

    static func realms(_ choices: [(label: String, link: String)]) -> ChooserPage {
        ChooserPage(title: "Sign in", sentence: "Choose where you want to go.", choices: choices)
    }

    static func providers(realmTitle: String, _ choices: [(label: String, link: String)]) -> ChooserPage {
        ChooserPage(title: "Sign in to \(realmTitle)", sentence: "Choose how you want to sign in.", choices: choices)
    }

    var answer: Answer {
        let items = choices.map { choice -> HTML in
            "<li><a class=\"button wide\" href=\"\(choice.link)\">\(choice.label)</a></li>"
        }
        return Layout.page(
            .ok, title: title,
            body: """
                <h1>\(title)</h1>
                <p class="soft">\(sentence)</p>
                <ul>
                \(HTML.joined(items))
                </ul>
                """)
    }
}

/// Asks before a sign-out that another site's link asked for.
struct ConfirmationPage {
    let realm: String?
    /// Where signing out leads.
    let formTargets: [String]

    var answer: Answer {
        let field: HTML = realm.map { "<input type=\"hidden\" name=\"realm\" value=\"\($0)\">" } ?? .empty
        return Layout.page(
            .ok, title: "Sign out?", formTargets: formTargets,
            body: """
                <h1>Sign out?</h1>
                <p>A link wants to sign you out. Nothing has happened yet.</p>
                <form method="post" action="/logout">
                \(field)
                <p><button class="button" type="submit">Sign out</button></p>
                </form>
                <p><a href="/">Stay signed in</a></p>
                """)
    }
}
