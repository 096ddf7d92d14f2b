/// The frame that all pages share: no script, no foreign resource, readable in light and dark.
enum Page {
    /// Forms may lead anywhere, because the answer to the sign-in form is a redirect to the client.
    static let policy = policy(frameAncestors: "'none'")

    static func policy(frameAncestors: String) -> String {
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors \(frameAncestors); base-uri 'none'"
    }

    static func render(title: String, body: String, head: String = "") -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escape(title))</title>
        <style>\(style)</style>
        \(head)</head>
        <body>
        <main>
        \(body)
        </main>
        <footer>Okta simulator: invented people, no passwords, for trying out and for tests.</footer>
        </body>
        </html>

        """
    }

    /// `scheme://host:port` of an address.
    static func origin(_ address: String) -> String? {
        guard let start = address.firstRange(of: "://") else { return nil }
        return String(address[..<start.upperBound] + address[start.upperBound...].prefix { !"/?#".contains($0) })
    }

    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    private static let style = """
        :root { color-scheme: light dark; --line: #c9ccd3; --ink: #1d2433; --soft: #565d6d; --face: #fff;
          --back: #f3f4f7; --accent: #1f5fd0; --warn: #a61b1b; }
        @media (prefers-color-scheme: dark) { :root { --line: #454b59; --ink: #eceef3; --soft: #a9b0c0;
          --face: #1f232c; --back: #14171d; --accent: #86b0ff; --warn: #ff9a9a; } }
        * { box-sizing: border-box; }
        body { margin: 0; padding: 2.5rem 1rem; background: var(--back); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; }
        main { max-width: 34rem; margin: 0 auto; padding: 2rem; background: var(--face);
          border: 1px solid var(--line); border-radius: 10px; }
        h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
        p { margin: .25rem 0 1rem; color: var(--soft); } a { color: var(--accent); }
        ul { list-style: none; margin: 0; padding: 0; } li { margin: 0 0 .6rem; }
        button { display: block; width: 100%; padding: .7rem .9rem; text-align: left; font: inherit; color: inherit;
          background: var(--face); border: 1px solid var(--line); border-radius: 8px; cursor: pointer; }
        button:hover { border-color: var(--accent); }
        button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .name { font-weight: 600; } .detail { display: block; color: var(--soft); font-size: .875rem;
          overflow-wrap: anywhere; }
        .mark { float: right; font-size: .8rem; color: var(--warn); } [role=alert] { color: var(--warn);
          border-left: 3px solid; padding-left: .75rem; } code { overflow-wrap: anywhere; font-size: .875rem; }
        footer { max-width: 34rem; margin: 1rem auto; color: var(--soft); font-size: .8rem; text-align: center; }
        """
}
