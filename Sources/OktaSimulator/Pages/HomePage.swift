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
        let tiles =
            organization.clients.all.map { tile(for: $0, organization) }
            + organization.samlApps.all.map { tile(for: $0.app) }
        return Page.render(
            title: "Okta simulator",
            body: """
                <h1>Okta simulator</h1>
                <p>\(Page.escape(person.map { "Signed in as \($0.name), \($0.email)." } ?? "Nobody is signed in."))</p>
                \(person == nil ? "" : "<p><a href=\"\(SignOutEndpoint.path)\">Sign out</a></p>")
                <h2>Applications</h2>
                <ul>\(tiles.joined(separator: "\n"))</ul>
                <h2>Authorization servers</h2>
                <ul>\(servers.joined(separator: "\n"))</ul>
                """)
    }

    /// A SAML app's tile signs in at it right away.
    private static func tile(for app: SAMLApp) -> String {
        """
        <li><a href="\(Page.escape(app.embedPath))">\(Page.escape(app.label))</a>
        <span class="detail">SAML, <code>\(Page.escape(app.id))</code>,
        <a href="\(Page.escape(app.metadataPath))">metadata</a></span></li>
        """
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
