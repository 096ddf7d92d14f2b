import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct ProvidersAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds an identity provider at run time: OpenID Connect or SAML.",
        discussion: """
            OpenID Connect (--kind okta or oidc): the provider needs a web application with
            the redirect URIs {gateway}/login/callback and http://localhost:8301.

            SAML (--kind saml): the app in Okta needs the Single sign-on URL
            {gateway}/login/saml/NAME and the Audience URI
            {gateway}/login/saml/NAME/metadata. Here the app's Metadata URL will do; or its
            metadata in a file; or its sign-on URL and certificate.

            Then 'gatehouse providers verify NAME' says whether all is well.

            A secret in an argument can be seen in the machine's list of processes; '-'
            reads it from standard input.

            Examples:
              gatehouse providers add okta --kind okta --url https://acme.okta.com \\
                --client-id 0oa1example --client-secret - --realm infraon < secret.txt
              gatehouse providers add okta-saml --kind saml --realm ssp \\
                --metadata https://acme.okta.com/app/exk1example/sso/saml/metadata
              gatehouse providers add okta-saml --kind saml --realm ssp \\
                --sso-url https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml \\
                --certificate okta.cert
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case okta, oidc, saml
    }

    @OptionGroup var server: ServerOptions
    @OptionGroup var provider: ProviderArgument

    @Option(help: "What it is.")
    var kind: Kind

    @Option(help: "A realm whose people may sign in through it; may be repeated. Needed when there are several.")
    var realm: [String] = []

    @OptionGroup(title: "OpenID Connect") var openID: OpenIDProviderOptions
    @OptionGroup(title: "SAML") var saml: SAMLProviderOptions

    func validate() throws {
        guard !realm.contains("") else { throw ValidationError("--realm must not be empty.") }
        if kind == .saml {
            guard openID.isUnused else {
                throw ValidationError("--url, --client-id, --client-secret and the like are not for --kind saml.")
            }
            try saml.requireComplete()
        } else {
            guard saml.isUnused else {
                throw ValidationError("--metadata, --sso-url and the like are for --kind saml.")
            }
            try openID.requireComplete()
        }
    }

    func run() async throws {
        var members = JSONObject([("name", .string(provider.name)), ("kind", .string(kind.rawValue))])
        for (name, value) in try kind == .saml ? saml.members() : openID.members() { members.set(name, value) }
        let (answer, realms) = try await server.withGateway { [members] api -> (JSON, [String]) in
            let realms = try await self.realms(at: api)
            var members = members
            members.set("realms", JSON(realms))
            let answer = try await api.call(.post, "/api/v1/providers", body: .object(members))
            return (answer, realms)
        }
        let name = provider.name.visible()
        let place = realms.isEmpty ? "" : " to \(realms.map { $0.visible() }.joined(separator: ", "))"
        var lines = ["Provider \(name) is added\(place). Check it with: gatehouse providers verify \(name)"]
        if let acsURL = answer["acs_url"]?.string, let entityID = answer["entity_id"]?.string {
            lines += [
                "", "In Okta (General > SAML Settings) enter:", "  Single sign-on URL           \(acsURL.visible())",
                "  Audience URI (SP Entity ID)  \(entityID.visible())",
            ]
        }
        Terminal.say(server, answer, lines.joined(separator: "\n"))
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
}

struct OpenIDProviderOptions: ParsableArguments {
    @Option(help: "The Okta organisation, a custom authorization server of it, or the issuer.")
    var url: String?

    @Option(help: "The application's client ID.")
    var clientID: String?

    @Option(
        help: ArgumentHelp("The application's client secret; '-' reads it from standard input.", valueName: "secret"))
    var clientSecret: String?

    @Option(help: ArgumentHelp("A file that holds the client secret.", valueName: "file"))
    var clientSecretFile: String?

    @Option(help: "Scopes to ask for, with commas between; may be repeated.")
    var scopes: [String] = []

    @Option(help: "The claim that holds the groups.")
    var groupsClaim: String?

    @Flag(help: "Push authorization requests (RFC 9126).")
    var pushedAuthorization = false

    @Flag(help: "Bind tokens to a key of the gateway's (DPoP, RFC 9449).")
    var dpop = false

    var isUnused: Bool {
        url == nil && clientID == nil && clientSecret == nil && clientSecretFile == nil && scopes.isEmpty
            && groupsClaim == nil && !pushedAuthorization && !dpop
    }

    func requireComplete() throws {
        guard let url, let clientID, !url.isEmpty, !clientID.isEmpty else {
            throw ValidationError("--url and --client-id are needed, and must not be empty.")
        }
        guard (clientSecret == nil) != (clientSecretFile == nil) else {
            throw ValidationError(
                "Say either --client-secret (SECRET, or - for standard input) or --client-secret-file FILE.")
        }
    }

    /// - Throws: `CommandFailure`: 66 when the secret's file cannot be read, 64 when there is no secret in it.
    func members() throws -> [(String, JSON)] {
        var members: [(String, JSON)] = [
            ("url", JSON(url)), ("client_id", JSON(clientID)), ("client_secret", .string(try secret())),
        ]
        let scopes = scopes.flatMap { $0.split { $0 == "," || $0 == " " }.map(String.init) }
        if !scopes.isEmpty { members.append(("scopes", JSON(scopes))) }
        if let groupsClaim { members.append(("groups_claim", .string(groupsClaim))) }
        if pushedAuthorization { members.append(("pushed_authorization", true)) }
        if dpop { members.append(("dpop", true)) }
        return members
    }

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

struct SAMLProviderOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The app's Metadata URL, or a file with its metadata.", valueName: "file|url"))
    var metadata: String?

    @Option(help: "The identity provider's entity ID; not needed with metadata, nor with a sign-on URL of Okta's.")
    var issuer: String?

    @Option(help: "The Identity Provider Single Sign-On URL.")
    var ssoURL: String?

    @Option(help: "The Identity Provider Single Logout URL.")
    var sloURL: String?

    @Option(help: ArgumentHelp("A file with the X.509 certificate; may be repeated.", valueName: "pem"))
    var certificate: [String] = []

    @Option(help: "The attribute that holds the groups.")
    var groupsAttribute: String?

    @Option(help: ArgumentHelp("What stands between groups that come as one text.", valueName: "character"))
    var splitGroups: String?

    @Option(help: "The attribute that holds the e-mail address.")
    var emailAttribute: String?

    @Option(help: "The attribute that holds the person's name.")
    var nameAttribute: String?

    @Option(help: ArgumentHelp("Allow sign-ins that the provider starts, into this realm.", valueName: "realm"))
    var idpInitiated: String?

    var isUnused: Bool {
        metadata == nil && issuer == nil && ssoURL == nil && sloURL == nil && certificate.isEmpty
            && groupsAttribute == nil && splitGroups == nil && emailAttribute == nil && nameAttribute == nil
            && idpInitiated == nil
    }

    func requireComplete() throws {
        guard metadata != nil || ssoURL != nil && !certificate.isEmpty else {
            throw ValidationError("Say either --metadata (FILE or URL), or --sso-url and --certificate.")
        }
    }

    /// - Throws: `CommandFailure` (66) when a file cannot be read.
    func members() throws -> [(String, JSON)] {
        var members: [(String, JSON)] = []
        if let metadata {
            let isURL = metadata.hasPrefix("https://") || metadata.hasPrefix("http://")
            members.append(
                isURL ? ("metadata_url", .string(metadata)) : ("metadata", .string(try InputFile.text(metadata))))
        }
        let certificates = try certificate.map { try InputFile.text($0) }
        if !certificates.isEmpty { members.append(("certificates", JSON(certificates))) }
        let texts = [
            ("issuer", issuer), ("sso_url", ssoURL), ("slo_url", sloURL), ("groups_attribute", groupsAttribute),
            ("split_groups", splitGroups), ("email_attribute", emailAttribute), ("name_attribute", nameAttribute),
            ("idp_initiated", idpInitiated),
        ]
        for case (let name, let text?) in texts { members.append((name, .string(text))) }
        return members
    }
}
