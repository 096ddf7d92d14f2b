import Access
import Identity

/// The pages on which a person lets a machine without a browser in, or not.
enum DevicePages {
    /// Asks for the code that the machine shows.
    static func entry(code: String?, problem: String? = nil, status: Int = 200) -> Answer {
        let notice: HTML = problem.map { "<p><strong>\($0)</strong></p>" } ?? .empty
        return Layout.page(
            .init(code: status), title: "Sign in on another machine",
            body: """
                <h1>Sign in on another machine</h1>
                \(notice)
                <p>Enter the code that the machine shows. Only do so if you started this yourself.</p>
                <form method="post" action="/device">
                <p><label for="user_code">Code</label><br>
                <input type="text" id="user_code" name="user_code" value="\(code ?? "")" autocomplete="off"
                autocapitalize="characters" spellcheck="false" maxlength="16" required autofocus></p>
                <p><button class="button" type="submit">Continue</button></p>
                </form>
                """)
    }

    /// Shows which machine asks, and from where.
    static func approval(
        _ login: DeviceLogin, userCode: String, realm: RealmRules, formTargets: [String]
    ) -> Answer {
        let approvals = realm.providers.map { provider -> HTML in
            let label = realm.providers.count == 1 ? "Approve" : "Approve with \(provider)"
            return """
                <button class="button" type="submit" name="provider" value="\(provider.text)">\(label)</button>
                """
        }
        return Layout.page(
            .ok, title: "Let this machine in?", formTargets: formTargets,
            body: """
                <h1>Let this machine in?</h1>
                <p>It wants to act as you in \(realm.title). Your identity provider will ask who you are, if it does not
                know already.</p>
                <dl>
                <dt>Machine</dt><dd>\(login.host ?? "does not say its name")</dd>
                <dt>Address</dt><dd>\(login.address ?? "unknown")</dd>
                <dt>Asked at</dt><dd>\(login.createdAt.shown)</dd>
                <dt>Code</dt><dd><code>\(DeviceLogins.shown(userCode: userCode))</code></dd>
                </dl>
                <p class="soft">Somebody who sent you this code or this link wants to get in as you: then refuse.</p>
                <div class="row">
                <form method="post" action="/device/approve">
                <input type="hidden" name="user_code" value="\(userCode)">
                \(HTML.joined(approvals))
                </form>
                <form method="post" action="/device/refuse">
                <input type="hidden" name="user_code" value="\(userCode)">
                <button class="button quiet" type="submit">Refuse</button>
                </form>
                </div>
                """)
    }

    static func approved(host: String?, as person: String) -> Answer {
        let machine = host ?? "the machine"
        return Layout.page(
            .ok, title: "The machine is signed in",
            body: """
                <h1>The machine is signed in</h1>
                <p>You can go back to \(machine): it acts as \(person) now.</p>
                <p class="soft">It is among your sessions on the <a href="/">start page</a>, where you can sign it out.
                You can close this window.</p>
                """)
    }

    static func refused() -> Answer {
        Layout.page(
            .ok, title: "The machine was refused",
            body: """
                <h1>The machine was refused</h1>
                <p>It gets no access. You can close this window.</p>
                """)
    }
}
