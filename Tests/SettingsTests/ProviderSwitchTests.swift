import Identity
import OIDC
import StrictJSON
import Testing

@testable import Settings

@Suite("Providers: pushed authorization, proof of possession, sign-out")
struct ProviderSwitchTests {
    private func okta(_ addition: String) throws -> ProviderSettings {
        let text = try SettingsFixture.changed("    response_mode: query", "    response_mode: query\n    \(addition)")
        return try #require(try SettingsFixture.read(text).providers["okta"])
    }

    @Test("left out: nothing is pushed or bound, and signing out reaches the provider")
    func defaults() throws {
        for addition in [
            "", "pushed_authorization: null", "dpop: ~", "logout: null", "logout: provider", "dpop: false",
        ] {
            let settings = try okta(addition)
            #expect(!settings.relyingParty.usesPushedAuthorization && !settings.bindsTokens)
            #expect(settings.relyingParty.signsOutAtProvider && settings.relyingParty.proofKey == nil)
        }
    }

    @Test("each counts by itself")
    func values() throws {
        let pushed = try okta("pushed_authorization: true")
        #expect(pushed.relyingParty.usesPushedAuthorization && !pushed.bindsTokens)
        let bound = try okta("dpop: true")
        // The key is the store's, not the file's.
        #expect(bound.bindsTokens && bound.relyingParty.proofKey == nil && !bound.relyingParty.usesPushedAuthorization)
        let local = try okta("logout: local")
        #expect(!local.relyingParty.signsOutAtProvider && !local.bindsTokens)
    }

    @Test(
        "a value that is wrong",
        arguments: [
            ("pushed_authorization: yes«", "providers.okta.pushed_authorization is 'yes'; write true or false"),
            ("pushed_authorization: 1«", "write true or false"), ("pushed_authorization: True«", "write true or false"),
            ("pushed_authorization: [true]«", "must be one value"), ("pushed_authorization: ''«", "is empty"),
            ("dpop: on«", "providers.okta.dpop is 'on'; write true or false"),
            ("dpop: {key: x}«", "providers.okta.dpop must be one value"),
            ("logout: off«", "providers.okta.logout is 'off'; write one of provider, local"),
            ("logout: Provider«", "write one of provider, local"), ("logout: false«", "write one of provider, local"),
            ("pushed_authorisation: true«", "did you mean 'pushed_authorization'?"),
            ("dpopp: true«", "did you mean 'dpop'?"), ("log_out: local«", "did you mean 'logout'?"),
        ])
    func wrong(line: String, words: String) throws {
        try SettingsFixture.expectProblem(
            "    response_mode: query", "    response_mode: query\n    \(line)", says: words)
    }
}

@Suite("Providers that are added at run time")
struct ProviderAtRunTimeTests {
    static let members = JSONObject([
        ("kind", "okta"), ("url", "acme.okta.com"), ("client_id", "0oa1"), ("scopes", ["openid", "groups"]),
        ("groups_claim", "teams"), ("response_mode", "form_post"), ("pushed_authorization", true), ("dpop", true),
        ("logout", "local"),
    ])

    private static func read(
        _ changes: [(String, JSON?)] = [], name: ProviderName = "acme", secret: String = "the-client-secret"
    ) throws(ConfigurationError) -> ProviderSettings {
        var members = members.members.filter { member in !changes.contains { $0.0 == member.name } }
        for case (let name, let value?) in changes { members.append((name, value)) }
        return try ProviderSettings(
            name: name, members: JSONObject(members.map { ($0.name, $0.value) }), clientSecret: Secret(secret))
    }

    private static func secret(_ settings: ProviderSettings) -> String? {
        guard case .secret(let secret) = settings.relyingParty.clientAuthentication else { return nil }
        return secret.reveal()
    }

    @Test("is read as the file's section is")
    func good() throws {
        let settings = try Self.read()
        let party = settings.relyingParty
        #expect(settings.kind == .okta && settings.bindsTokens && party.name == "acme")
        #expect(party.issuer == "https://acme.okta.com" && party.clientID == "0oa1" && party.groupsClaim == "teams")
        #expect(party.scopes == ["openid", "groups"] && party.responseMode == .formPost)
        #expect(party.usesPushedAuthorization && !party.signsOutAtProvider)
        #expect(Self.secret(settings) == "the-client-secret")
        #expect(!"\(settings)".contains("the-client-secret"))
        let plain = try Self.read([
            ("scopes", nil), ("groups_claim", nil), ("response_mode", nil), ("pushed_authorization", nil),
            ("dpop", nil),
            ("logout", nil),
        ])
        #expect(plain.relyingParty.scopes == ["openid", "profile", "email", "groups", "offline_access"])
        #expect(
            !plain.bindsTokens && plain.relyingParty.signsOutAtProvider && plain.relyingParty.groupsClaim == "groups")
    }

    @Test(
        "a secret is text, whatever it looks like",
        arguments: [
            "{file: /etc/hostname}", "{env: HOME}", "{\"file\": \"/etc/hostname\"}", "[a, b]", "null", "~", "true",
            "12",
            "a: b", "a #b", "*alias", "&anchor", "!tag", "|", ">", "? key", "- item", "%41", "\"quoted\"", "'quoted'",
            "back\\slash", "\\n", "a,b", "{", "}", ": ", " spaces ", "\u{fc}\u{1F600}\u{301}", "@`", "<<", "---", "...",
        ])
    func secrets(secret: String) throws {
        #expect(Self.secret(try Self.read(secret: secret)) == secret)
    }

    @Test("neither the gateway's files nor its environment can be named")
    func references() throws {
        for reference in [["file": "/etc/hostname"], ["env": "HOME"], ["file": "certs/client.pem"]] as [JSON] {
            for key in ["kind", "url", "client_id", "groups_claim", "response_mode", "logout"] {
                let error = #expect(throws: ConfigurationError.self) { try Self.read([(key, reference)]) }
                #expect(error?.description.contains("providers.acme.\(key) must be one value") == true)
            }
            for key in ["client_key", "client_secret"] {
                let error = #expect(throws: ConfigurationError.self) { try Self.read([(key, reference)]) }
                #expect(error?.description.contains("has a client_secret of plain text") == true)
            }
        }
        for key in ["client_key", "client_secret"] {
            #expect(throws: ConfigurationError.self) { try Self.read([(key, "x")]) }
        }
    }

    @Test(
        "is as strict as the file",
        arguments: [
            ("kind", nil, "providers.acme.kind is missing"),
            ("kind", "azure", "write one of okta, oidc, saml"), ("url", nil, "providers.acme.url is missing"),
            ("url", "http://acme.okta.com", "is plain http"), ("url", "https://acme-admin.okta.com", "admin console"),
            ("url", "https://acme.okta.com/app", "has the path"), ("url", "", "providers.acme.url is empty"),
            ("client_id", nil, "providers.acme.client_id is missing"), ("client_id", "", "client_id is empty"),
            ("client_id", ["a"], "client_id must be one value"), ("scopes", "openid", "must be a list"),
            ("scopes", ["profile"], "must contain openid"), ("scopes", ["openid", "a b"], "which is no scope"),
            ("scopes", ["openid", ["a"]], "must be one value"), ("response_mode", "fragment", "write one of"),
            ("pushed_authorization", "maybe", "write true or false"), ("dpop", 1, "write true or false"),
            ("logout", "never", "write one of provider, local"), ("name", "x", "unknown key 'name'"),
            ("realms", ["infraon"], "unknown key 'realms'"), ("client_key_id", "k", "belongs to client_key"),
            ("group_claim", "x", "did you mean 'groups_claim'?"),
        ] as [(String, JSON?, String)])
    func wrong(key: String, value: JSON?, words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.read([(key, value)]) }
        #expect(error?.problems.count == 1)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("the-client-secret") == false)
    }

    @Test("every problem is told at once")
    func several() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.read([("url", "x y"), ("client_id", ""), ("logout", "x")], secret: "")
        }
        #expect(error?.problems.count == 4)
    }

    @Test(
        "a name that could not stand in an address or a cookie is none",
        arguments: ["", "a b", "-a", "a/b", "a.b", "\u{e4}", "a\"b", "{a}", "a: b", String(repeating: "x", count: 64)])
    func names(name: String) throws {
        #expect(throws: ConfigurationError.self) { try Self.read(name: ProviderName(name)) }
    }
}
