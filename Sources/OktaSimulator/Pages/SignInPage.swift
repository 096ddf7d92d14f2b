/// The page on which a visitor says who to be: a button for each person and nothing to type.
enum SignInPage {
    static let path = "/login/choose"

    /// - Parameters:
    ///   - action: What the form posts to, without the pending sign-in's name.
    ///   - signInID: The pending sign-in that the form answers.
    ///   - loginHint: The person with this address comes first.
    ///   - assurance: What the application asks for; the choice satisfies it.
    ///   - alert: What went wrong with the previous choice.
    static func render(
        action: String = path, signInID: String, clientName: String, people: [Person], loginHint: String?,
        assurance: [AssuranceLevel],
        alert: String? = nil
    ) -> String {
        let hinted = people.filter { $0.email.lowercased() == loginHint?.lowercased() }
        let others = people.filter { person in !hinted.contains { $0.id == person.id } }
        let buttons = (hinted + others).enumerated()
            .map { button(for: $0.element, isFirst: $0.offset == 0) }.joined(separator: "\n")
        let message = alert.map { "<p role=\"alert\">\(Page.escape($0))</p>\n" } ?? ""
        let levels = assurance.map { "<code>\(Page.escape($0.rawValue))</code>" }.joined(separator: " or ")
        let demand = levels.isEmpty ? "" : "<p>It asks for a sign-in of the level \(levels).</p>\n"
        return Page.render(
            title: "Sign in",
            body: """
                <h1>Choose a person</h1>
                <p>to sign in to \(Page.escape(clientName)).</p>
                \(demand)\(message)<form method="post" action="\(action)/\(Page.escape(signInID))">
                <ul>
                \(buttons)
                </ul>
                </form>
                """)
    }

    private static func button(for person: Person, isFirst: Bool) -> String {
        let mark = mark(for: person).map { "<span class=\"mark\">\(Page.escape($0))</span>" } ?? ""
        let detail = [person.email, person.title].compactMap(\.self).joined(separator: " · ")
        return """
            <li><button type="submit" name="person" value="\(Page.escape(person.id))"\(isFirst ? " autofocus" : "")>
            \(mark)<span class="name">\(Page.escape(person.name))</span>
            <span class="detail">\(Page.escape(detail))</span>
            <span class="detail">Groups: \(Page.escape(groups(of: person)))</span>
            </button></li>
            """
    }

    private static func mark(for person: Person) -> String? {
        if person.status != .active {
            return person.status.rawValue.lowercased().split(separator: "_").joined(separator: " ")
        }
        return person.isAssigned ? nil : "not assigned"
    }

    private static func groups(of person: Person) -> String {
        let shown = person.groups.prefix(6)
        let rest = person.groups.count - shown.count
        // A group's name may hold a comma, so the list is separated by something else.
        return (shown + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: " · ")
    }
}
