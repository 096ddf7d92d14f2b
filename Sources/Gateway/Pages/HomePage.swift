import Access
import HTTPTypes
import Identity

/// `/`: who is signed in here, their sessions, and a button to end each; the ways to sign in for everybody else.
struct HomePage: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest) async throws -> Answer {
        let rules = services.rules
        let realms = rules.realms.values.sorted { $0.name < $1.name }
        var sections: [HTML] = []
        var isSignedIn = false
        var others: [(label: String, link: String)] = []
        for realm in realms {
            guard let token = SessionCookie(realm: realm, rules: rules).token(in: request.head.headerFields),
                let session = try await services.check.session(token: token), session.realm == realm.name
            else {
                others += Self.waysIn(realm, among: realms.count)
                continue
            }
            isSignedIn = true
            var query = SessionQuery(limit: 100)
            (query.userID, query.realm) = (session.userID, realm.name)
            let all = try await services.sessions.list(query).sessions
            sections.append(section(realm, session: session, all: all))
        }
        guard isSignedIn else {
            return ChooserPage(
                title: realms.count == 1 ? "Sign in to \(realms[0].title)" : "Sign in",
                sentence: others.count == 1
                    ? "You are not signed in." : "You are not signed in. Choose how you want to sign in.",
                choices: others
            ).answer
        }
        if !others.isEmpty {
            let links = others.map { way -> HTML in "<li><a href=\"\(way.link)\">\(way.label)</a></li>" }
            sections.append("<h2>Sign in elsewhere</h2><ul>\(HTML.joined(links))</ul>")
        }
        return Layout.page(
            .ok, title: "You are signed in", formTargets: await services.providerOrigins(),
            body: "<h1>You are signed in</h1>" + .joined(sections))
    }

    private static func waysIn(_ realm: RealmRules, among count: Int) -> [(label: String, link: String)] {
        realm.providers.map { provider in
            let what = count == 1 ? "Sign in" : realm.title
            let label = realm.providers.count == 1 ? what : "\(what) with \(provider)"
            let fields = [("realm", realm.name.text), ("provider", provider.text)]
            return (label, "/login?" + FormEncoding.encode(fields))
        }
    }

    private func section(_ realm: RealmRules, session: HotSession, all: [SessionSummary]) -> HTML {
        let roles = session.roles.map { role -> HTML in "<span class=\"tag\">\(role.text)</span>" }
        let items = all.map { item(realm, $0, isCurrent: $0.id == session.id) }
        let home: HTML =
            realm.home.map { "<p><a class=\"button\" href=\"\($0)\">Open \(realm.title)</a></p>" } ?? .empty
        return """
            <h2>\(realm.title)</h2>
            <p><strong>\(session.name ?? session.email ?? "")</strong> <span class="soft">\(session.email ?? "")</span></p>
            <p>\(HTML.joined(roles))</p>
            \(home)
            <h3 class="soft">Your sessions in \(realm.title)</h3>
            <ul class="sessions">
            \(HTML.joined(items))
            </ul>
            """
    }

    private func item(_ realm: RealmRules, _ session: SessionSummary, isCurrent: Bool) -> HTML {
        let browser =
            session.kind == .commandLine
            ? "Command line\(session.host.map { " on \($0)" } ?? "")" : BrowserName.describe(session.userAgent)
        let place = session.address.map { " from \($0)" } ?? ""
        let tag: HTML = isCurrent ? "<span class=\"tag\">this browser</span>" : .empty
        let target: HTML =
            isCurrent ? .empty : "<input type=\"hidden\" name=\"session\" value=\"\(session.id)\">"
        return """
            <li><div>\(browser)\(place) \(tag)<br>
            <span class="soft"><span class="when">since \(session.createdAt.shown),</span>
            <span class="when">last used \(session.lastSeenAt.shown),</span>
            <span class="when">ends \(session.endsAt.shown) at the latest</span></span></div>
            <form method="post" action="/logout">
            <input type="hidden" name="realm" value="\(realm.name.text)">
            \(target)
            <button class="button quiet" type="submit" aria-label="Sign out of \(browser)\(place)">Sign out</button>
            </form></li>
            """
    }

}

extension UnixTime {
    /// `2026-11-22 09:52 UTC`: the server does not know the person's time zone.
    var shown: String { "\(description.prefix(10)) \(description.dropFirst(11).prefix(5)) UTC" }
}

/// Enough of a User-Agent to tell one's own browsers apart.
enum BrowserName {
    static func describe(_ userAgent: String?) -> String {
        guard let userAgent, !userAgent.isEmpty else { return "A program" }
        let browsers = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ]
        let systems = [
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ]
        guard let browser = browsers.first(where: { userAgent.contains($0.0) })?.1 else {
            return String(userAgent.prefix { $0 != " " }.prefix(40))
        }
        guard let system = systems.first(where: { userAgent.contains($0.0) })?.1 else { return browser }
        return "\(browser) on \(system)"
    }
}
