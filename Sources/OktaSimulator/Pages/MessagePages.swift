/// The pages that end a walk: an error, a farewell, and the form that carries a form_post answer.
enum MessagePages {
    /// As Okta shows a request that must not be answered with a redirect.
    static func badRequest(_ error: OAuthError) -> String {
        Page.render(
            title: "400 Bad Request",
            body: """
                <h1>400 Bad Request</h1>
                <p>Your request resulted in an error. <span role="alert">\(Page.escape(error.description))</span></p>
                <p>Error code: <code>\(Page.escape(error.code))</code></p>
                """)
    }

    static let noSuchApp = Page.render(
        title: "404 Not Found", body: "<h1>Page not found</h1><p>The organisation has no application here.</p>")

    static let signInGone = Page.render(
        title: "Sign-in is over",
        body: """
            <h1>This sign-in is over</h1>
            <p>It was answered already, or an hour has passed. Go back to the application and start again.</p>
            """)

    static let signedOut = Page.render(
        title: "Signed out", body: "<h1>You are signed out</h1><p>This browser has no session with Okta any more.</p>")

    /// OpenID Connect Front-Channel Logout 1.0 §3: the applications in frames, and then back to where the logout began:
    /// when the frames have loaded, or after three seconds, script or not.
    ///
    /// - Parameter settling: Milliseconds to wait longer, for frames whose pages post a form when they have loaded.
    static func frontchannelLogout(
        frames: [String], target: String?, settling: Int, scriptNonce: String
    ) -> String {
        let frames = frames.map { "<iframe src=\"\(Page.escape($0))\" title=\"Sign-out\" hidden></iframe>" }
        let onward = target.map { target in
            """
            <p><a id="onward" href="\(Page.escape(target))">Continue</a></p>
            <script nonce="\(scriptNonce)">
            addEventListener("load", () => setTimeout(
              () => location.replace(document.getElementById("onward").href), \(settling)));
            </script>
            """
        }
        return Page.render(
            title: "Signed out",
            body: """
                <h1>You are signed out</h1>
                <p>Your applications are told.</p>
                \(frames.joined(separator: "\n"))
                \(onward ?? "")
                """,
            head: target.map { "<meta http-equiv=\"refresh\" content=\"3; url=\(Page.escape($0))\">\n" } ?? "")
    }

    /// The browser posts the answer to the application (OAuth 2.0 Form Post Response Mode §2, SAML Bindings §3.5.4). The
    /// script presses the button.
    ///
    /// - Parameter id: Of the form; Okta's pages with SAML messages have `appForm`.
    static func formPost(
        to action: String, _ parameters: [(String, String)], id: String = "form", scriptNonce: String
    ) -> String {
        let inputs = parameters.map { name, value in
            "<input type=\"hidden\" name=\"\(Page.escape(name))\" value=\"\(Page.escape(value))\">"
        }
        return Page.render(
            title: "Back to the application",
            body: """
                <h1>Back to the application</h1>
                <form id="\(Page.escape(id))" method="post" action="\(Page.escape(action))">
                \(inputs.joined(separator: "\n"))
                <button type="submit">Continue</button>
                </form>
                <script nonce="\(scriptNonce)">document.forms[0].submit()</script>
                """)
    }
}
