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

    @Option(help: "A realm whose people may sign in through it; may be repeated. Needed when there are several.")
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
        let secret = try secret()
        let (answer, realms) = try await server.withGateway { api -> (JSON, [String]) in
            let realms = try await self.realms(at: api)
            let answer = try await api.call(.post, "/api/v1/providers", body: document(secret, realms))
            return (answer, realms)
        }
        let name = provider.name.visible()
        let place = realms.isEmpty ? "" : " to \(realms.map { $0.visible() }.joined(separator: ", "))"
        Terminal.say(
            server, answer, "Provider \(name) is added\(place). Check it with: gatehouse providers verify \(name)")
    }

    private func document(_ secret: String, _ realms: [String]) -> JSON {
        var members = JSONObject([
            ("name", .string(provider.name)), ("kind", .string(kind.rawValue)), ("url", .string(url)),
            ("client_id", .string(clientID)), ("client_secret", .string(secret)), ("realms", JSON(realms)),
        ])
        let scopes = scopes.flatMap { $0.split { $0 == "," || $0 == " " }.map(String.init) }
        if !scopes.isEmpty { members.set("scopes", JSON(scopes)) }
        if let groupsClaim { members.set("groups_claim", .string(groupsClaim)) }
        if pushedAuthorization { members.set("pushed_authorization", true) }
        if dpop { members.set("dpop", true) }
        return .object(members)
    }

    /// Where there is one realm only, it need not be said.
    ///
    /// - Throws: `ClientError`; `usage` when there are several and none is said: a provider in a realm that it is not for
    ///   would let strangers in.
    private func realms(at api: GatewayAPI) async throws -> [String] {
        if !realm.isEmpty { return realm }
        let all = try await api.call(.get, "/api/v1/realms")["realms"]?.array ?? []
        let names = all.compactMap { $0["name"]?.string }
        guard names.count > 1 else { return names }
        throw ClientError(
            .usage,
            "which realm? Add --realm with one or more of: \(names.map { $0.visible() }.joined(separator: ", "))")
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
        // RFC 6749 appendix A.2.
        guard !secret.isEmpty, secret.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw CommandFailure(
                CommandFailure.usage, "the client secret is empty, or holds line breaks or characters that none has")
        }
        return secret
    }
}
