import Cryptography
import HTTPTypes

/// The frame of every page: one style sheet inside of it, nothing from elsewhere, and no script but the one line of
/// `PostPage`.
enum Layout {
    /// - Parameters:
    ///   - title: for the window; the page has its own `h1`.
    ///   - formTargets: origins to which forms of the page may lead by redirects.
    static func page(
        _ status: HTTPResponse.Status, title: String, formTargets: [String] = [], body: HTML
    ) -> Answer {
        var headers = headers(formTargets: formTargets, frame: "'none'")
        headers[.xFrameOptions] = "DENY"
        return Answer(status, headers: headers, body: document(title: title, body: body))
    }

    /// A page that one other site may show in a frame.
    static func framed(title: String, body: HTML, by origin: String) -> Answer {
        Answer(.ok, headers: headers(formTargets: [], frame: origin), body: document(title: title, body: body))
    }

    /// A page whose form goes to another place, wherever that leads on: a provider may send the browser further.
    ///
    /// - Parameter target: the origin that the form goes to, any loopback address included; nil when its address has none.
    static func posting(
        title: String, target: String?, framedBy origin: String?, scriptHash: String, body: HTML
    ) -> Answer {
        var headers = headers(
            formTargets: [target, "https:", "http://localhost:*", "http://127.0.0.1:*"].compactMap(\.self),
            frame: origin ?? "'none'",
            scriptHash: scriptHash)
        if origin == nil { headers[.xFrameOptions] = "DENY" }
        return Answer(.ok, headers: headers, body: document(title: title, body: body))
    }

    private static func document(title: String, body: HTML) -> [UInt8] {
        let document: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <title>\(title)</title>
            <link rel="icon" href="data:,">
            <style>\(styleSheet)</style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
        return Array(document.text.utf8)
    }

    // 'self' is not in style-src: the hash allows exactly this sheet.
    private static func headers(formTargets: [String], frame: String, scriptHash: String? = nil) -> HTTPFields {
        let targets = (["'self'"] + formTargets).joined(separator: " ")
        let script = scriptHash.map { " script-src 'sha256-\($0)';" } ?? ""
        return [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy:
                "default-src 'none';\(script) style-src 'sha256-\(styleHash)'; img-src data:; form-action \(targets); frame-ancestors \(frame); base-uri 'none'",
            // Not no-referrer: with it browsers send 'Origin: null' with our own forms.
            .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin",
        ]
    }

    private static let styleHash = Base64.encode(HashFunction.sha256.hash(styleSheet.text.utf8))

    private static let styleSheet: HTML = """
        :root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#1c2430;--soft:#566173;--line:#d5dae2;\
        --act:#1d4fb8;--on-act:#fff;--warn:#9a2412}
        @media (prefers-color-scheme:dark){:root{--ground:#12161d;--card:#1b212b;--ink:#e9edf3;--soft:#a8b3c4;\
        --line:#364051;--act:#8db4ff;--on-act:#0c1628;--warn:#ffab99}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
        main{max-width:34rem;margin:0 auto;padding:2rem 1.25rem}
        @media (min-width:40rem){main{margin-top:8vh;padding:2.25rem 2.5rem;background:var(--card);\
        border:1px solid var(--line);border-radius:.75rem}.when{white-space:nowrap}}
        h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
        h2{font-size:1.15rem;margin:2rem 0 .5rem}
        h3{font-size:1rem;margin:1.5rem 0 .5rem}
        p{margin:.5rem 0}
        .soft{color:var(--soft)}
        .reference{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line)}
        code{font:600 1rem/1 ui-monospace,monospace;letter-spacing:.06em}
        ul{list-style:none;margin:1rem 0;padding:0}
        li{margin:.6rem 0}
        .sessions li{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;justify-content:space-between;\
        padding:.75rem 0;margin:0;border-top:1px solid var(--line)}
        .sessions div{flex:1 1 16rem;overflow-wrap:anywhere}
        .tag{display:inline-block;padding:0 .5rem;border:1px solid var(--line);border-radius:1rem;font-size:.875rem}
        a{color:var(--act)}
        .button{display:inline-block;padding:.6rem 1.1rem;border:1px solid var(--act);border-radius:.5rem;\
        background:var(--act);color:var(--on-act);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
        .wide{display:block;width:100%;text-align:center}
        .quiet{background:transparent;color:var(--act)}
        .button:hover{text-decoration:underline}
        :focus-visible{outline:3px solid var(--act);outline-offset:2px}
        form{margin:0}
        input[type=text]{font:600 1.25rem/1.2 ui-monospace,monospace;letter-spacing:.12em;padding:.6rem .75rem;width:100%;\
        max-width:16rem;border:1px solid var(--soft);border-radius:.5rem;background:var(--card);color:var(--ink)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
        dt{color:var(--soft)}
        dd{margin:0;overflow-wrap:anywhere}
        .row{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}
        """
}
