import ArgumentParser
import CommandLineClient
import Foundation
import Identity
import StrictJSON

struct Login: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Signs this command line in, through the browser or with a code.",
        discussion: """
            The browser comes back to http://localhost:8301, so it must run on this
            machine. Where there is none, --device prints a code to type in elsewhere.
            The session's token is kept for you alone, in
            ${XDG_CONFIG_HOME:-~/.config}/gatehouse/credentials.json. Several gateways
            stand there side by side; other commands talk to the one signed in to last.

            Examples:
              gatehouse login --server https://sso.example.com
              gatehouse login --realm ssp --provider okta
              gatehouse login --device
            """)

    @OptionGroup var server: ServerOptions

    @Option(help: "The realm; needed when the gateway has several.")
    var realm: String?

    @Option(help: "The identity provider; needed when the realm has several.")
    var provider: String?

    @Flag(help: "Sign in with a code that is typed in on another machine.")
    var device = false

    @Flag(help: "Print the address to go to, and open nothing.")
    var noBrowser = false

    func validate() throws {
        if device, provider != nil {
            throw ValidationError("--provider is not for --device: who approves the code chooses the provider.")
        }
    }

    func run() async throws {
        let login = self
        let signedIn = try await Interruptible.run { try await login.signIn() }
        if server.json { return Terminal.say(signedIn.summary) }
        Terminal.say(signedIn.sentence)
        if try server.choice.environmentToken() != nil {
            Terminal.complain(
                "GATEHOUSE_TOKEN is set and goes before this sign-in; unset it to use what you just signed in to")
        }
    }

    private func signIn() async throws -> SignedIn {
        let file = try StoredCredentials(environment: server.choice.environment).file()
        // Before a person does their part, not after it.
        try file.check()
        if device { return try await signInByCode(file) }
        return try await LoopbackListener.run { listener in
            try await server.withGatewayUnknown { api in
                var login = BrowserLogin(api: api, file: file)
                login.realm = realm
                login.provider = provider
                login.host = ThisMachine.name
                return try await login.run(listener) { url in show(url) }
            }
        }
    }

    private func show(_ url: String) {
        let launcher = BrowserLauncher(environment: server.choice.environment)
        if !noBrowser, launcher.open(url) {
            Terminal.tell("Your browser opens to sign you in. If it does not, go to:\n\n  \(url)\n")
        } else {
            Terminal.tell("To sign in, open this address in a browser on this machine:\n\n  \(url)\n")
            if !launcher.hasDisplay {
                Terminal.tell(
                    "This machine seems to have no display. A browser elsewhere cannot come back to it; then use: gatehouse login --device"
                )
            }
        }
        Terminal.tell("Waiting for the sign-in; Ctrl-C gives up.")
    }

    private func signInByCode(_ file: CredentialsFile) async throws -> SignedIn {
        try await server.withGatewayUnknown { api in
            var login = DeviceLogin(api: api, file: file)
            login.realm = realm
            login.host = ThisMachine.name
            return try await login.run { invitation in
                var lines = """
                    On any device with a browser, go to:

                      \(invitation.verificationURI.visible())

                    and enter this code:

                      \(invitation.userCode.visible())

                    """
                if let complete = invitation.completeURI { lines += "\n(or go straight to \(complete.visible()))\n" }
                Terminal.tell(lines)
                Terminal.tell("Waiting for your approval, for \(invitation.lifetime.inWords); Ctrl-C gives up.")
            }
        }
    }
}

extension SignedIn {
    fileprivate var sentence: String {
        var text = "Signed in to \(server.origin)"
        if let person { text += " as \(person.visible())" }
        var details: [String] = []
        if let realm { details.append("realm \(realm.visible())") }
        if !roles.isEmpty { details.append("roles \(roles.map { $0.visible() }.joined(separator: ", "))") }
        if !details.isEmpty { text += " (\(details.joined(separator: ", ")))" }
        if let expiresAt { text += ", until \(Moment.text(expiresAt)) at the longest" }
        return text + "."
    }

    /// Without the token: what is printed may be kept in a log.
    fileprivate var summary: JSON {
        [
            "server": .string(server.origin), "realm": JSON(realm), "user": ["email": JSON(email), "name": JSON(name)],
            "roles": JSON(roles), "expires_at": JSON(expiresAt), "session_id": JSON(sessionID),
        ]
    }
}
