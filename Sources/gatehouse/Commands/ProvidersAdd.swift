import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct ProvidersAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds an OpenID Connect provider at run time.",
        discussion: """
            The provider needs an OIDC web application with the redirect URIs
            {gateway}/login/callback and http://localhost:8301. Then
            'gatehouse providers verify NAME' says whether all is well.

            A secret in an argument can be seen in the machine's list of processes; '-'
            reads it from standard input.

            Examples:
              gatehouse providers add okta --kind okta --url https://acme.okta.com \\
                --client-id 0oa1example --client-secret - --realm infraon < secret.txt
              gatehouse providers add other --kind oidc --url https://id.example.com \\
                --client-id gatehouse --client-secret-file secret.txt \\
                --scopes openid,profile,email,groups
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case okta, oidc
    }

    @OptionGroup var server: ServerOptions
    @OptionGroup var provider: ProviderArgument

    @Option(help: "What it is.")
    var kind: Kind

    @Option(help: "The Okta organisation, a custom authorization server of it, or the issuer.")
    var url: String

    @Option(help: "The application's client ID.")
    var clientID: String

    @Option(
        help: ArgumentHelp("The application's client secret; '-' reads it from standard input.", valueName: "secret"))
    var clientSecret: String?

    @Option(help: ArgumentHelp("A file that holds the client secret.", valueName: "file"))
    var clientSecretFile: String?

    @Option(help: "A realm whose people may sign in through it; may be repeated.")
    var realm: [String] = []

    @Option(help: "Scopes to ask for, with commas between; may be repeated.")
    var scopes: [String] = []

    @Option(help: "The claim that holds the groups.")
    var groupsClaim: String?

    @Flag(help: "Push authorization requests (RFC 9126).")
    var pushedAuthorization = false

    @Flag(help: "Bind tokens to a key of the gateway's (DPoP, RFC 9449).")
    var dpop = false

    func validate() throws {
        guard (clientSecret == nil) != (clientSecretFile == nil) else {
            throw ValidationError(
                "Say either --client-secret (SECRET, or - for standard input) or --client-secret-file FILE.")
        }
        guard !url.isEmpty, !clientID.isEmpty, !realm.contains("") else {
            throw ValidationError("--url, --client-id and --realm must not be empty.")
        }
    }

    func run() async throws {
        var members = JSONObject([
            ("name", .string(provider.name)), ("kind", .string(kind.rawValue)), ("url", .string(url)),
            ("client_id", .string(clientID)), ("client_secret", .string(try secret())), ("realms", JSON(realm)),
        ])
        let scopes = scopes.flatMap { $0.split { $0 == "," || $0 == " " }.map(String.init) }
        if !scopes.isEmpty { members.set("scopes", JSON(scopes)) }
        if let groupsClaim { members.set("groups_claim", .string(groupsClaim)) }
        if pushedAuthorization { members.set("pushed_authorization", true) }
        if dpop { members.set("dpop", true) }
        let answer = try await server.call(.post, "/api/v1/providers", body: .object(members))
        let name = provider.name.visible()
        Terminal.say(server, answer, "Provider \(name) is added. Check it with: gatehouse providers verify \(name)")
    }

    /// - Throws: `CommandFailure`: 66 when the file cannot be read, 64 when there is no secret in it.
    private func secret() throws -> String {
        let secret: String
        switch (clientSecret, clientSecretFile) {
        case (nil, let file?): secret = try InputFile.text(file)
        case ("-"?, _): secret = try InputFile.text("-")
        case (let value, _):
            Terminal.complain(
                "warning: the secret can be seen in this machine's list of processes and in the shell's history; --client-secret - reads it from standard input"
            )
            secret = value ?? ""
        }
        guard !secret.isEmpty, secret.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw CommandFailure(CommandFailure.usage, "the client secret is empty or holds line breaks")
        }
        return secret
    }
}
