import Cryptography

/// A `ResultPage` as it goes over the wire: one style sheet inside, no script, no link, nothing from elsewhere.
struct PageDocument {
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    init(_ page: ResultPage) {
        var content =
            "<h1>\(escaped(page.title))</h1>\n<p>\(escaped(page.sentence))</p>\n<p>\(escaped(page.advice))</p>"
        if let reference = page.reference {
            content += "\n<p class=\"reference\">Reference: <code>\(escaped(reference))</code></p>"
        }
        body = Array(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <title>\(escaped(page.title))</title>
            <link rel="icon" href="data:,">
            <style>\(Self.styleSheet)</style>
            </head>
            <body>
            <main>
            \(content)
            </main>
            </body>
            </html>

            """.utf8)
        var headers = Self.commonHeaders
        if page.status == 405 { headers.append((name: "Allow", value: "GET")) }
        self.headers = headers
    }

    // The address of this page holds the code, which is used up: no referrer, no cache, no frame around it.
    private static let commonHeaders: [(name: String, value: String)] = [
        (name: "Content-Type", value: "text/html; charset=utf-8"), (name: "Cache-Control", value: "no-store"),
        (
            name: "Content-Security-Policy",
            value:
                "default-src 'none'; style-src 'sha256-\(Base64.encode(HashFunction.sha256.hash(styleSheet.utf8)))'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
        ),
        (name: "X-Content-Type-Options", value: "nosniff"), (name: "X-Frame-Options", value: "DENY"),
        (name: "Referrer-Policy", value: "no-referrer"), (name: "Connection", value: "close"),
    ]

    private static let styleSheet = """
        :root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#1c2430;--soft:#566173;--line:#d5dae2}
        @media (prefers-color-scheme:dark){:root{--ground:#12161d;--card:#1b212b;--ink:#e9edf3;--soft:#a8b3c4;\
        --line:#364051}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
        main{max-width:34rem;margin:0 auto;padding:2rem 1.25rem;overflow-wrap:anywhere}
        @media (min-width:40rem){main{margin-top:8vh;padding:2.25rem 2.5rem;background:var(--card);\
        border:1px solid var(--line);border-radius:.75rem}}
        h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
        p{margin:.5rem 0}
        .reference{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft)}
        code{font:600 1rem/1 ui-monospace,monospace;letter-spacing:.06em}
        """
}

/// Text as it stands between tags; by scalar, because a quotation mark with a combining mark is another `Character`.
private func escaped(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": output += "&amp;"
        case "<": output += "&lt;"
        case ">": output += "&gt;"
        case "\"": output += "&quot;"
        case "'": output += "&#39;"
        default: output.unicodeScalars.append(scalar)
        }
    }
    return output
}
