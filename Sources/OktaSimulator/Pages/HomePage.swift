/// The organisation's start page, after Okta's dashboard: a tile for each application, and where things are.
enum HomePage {
    static func render(_ organization: Organization, signedInAs person: Person?) -> String {
        let servers = AuthorizationServer.allCases.map { server in
            let issuer = Page.escape(organization.issuer(server))
            return """
                <li>Issuer <code>\(issuer)</code>
                <span class="detail"><a href="\(issuer)/.well-known/openid-configuration">discovery</a> ·
                <a href="\(Page.escape(organization.endpoint(server, "keys")))">keys</a></span></li>
                """
        }
        let tiles = organization.clients.all.map { tile(for: $0, organization) }
        return Page.render(
            title: "Okta simulator",
            body: """
                <h1>Okta simulator</h1>
                <p>\(Page.escape(person.map { "Signed in as \($0.name), \($0.email)." } ?? "Nobody is signed in."))</p>
                <h2>Applications</h2>
                <ul>\(tiles.joined(separator: "\n"))</ul>
                <h2>Authorization servers</h2>
                <ul>\(servers.joined(separator: "\n"))</ul>
                """)
    }

    /// A tile starts a login at the client (OIDC Core §4).
    private static func tile(for client: Client, _ organization: Organization) -> String {
        guard let uri = client.initiateLoginURI else {
            return
                "<li>\(Page.escape(client.name)) <span class=\"detail\"><code>\(Page.escape(client.id))</code></span></li>"
        }
        let query = formEncoded([("iss", organization.url)])
        let target = uri + (uri.contains("?") ? "&" : "?") + query
        return """
            <li><a href="\(Page.escape(target))">\(Page.escape(client.name))</a>
            <span class="detail"><code>\(Page.escape(client.id))</code></span></li>
            """
    }
}
