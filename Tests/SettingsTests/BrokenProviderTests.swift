import TestSupport
import Testing

@testable import Settings

@Suite("Broken files: providers")
struct BrokenProviderTests {
    @Test(
        "a value that is wrong",
        arguments: [
            ("kind: okta", "kind: azure«", "providers.okta.kind is 'azure'; write one of okta, oidc, saml"),
            ("kind: okta", "kind: Okta«", "write one of okta, oidc, saml"),
            (
                "url: https://acme.okta.com", "url: http://acme.okta.com«",
                "providers.okta.url is plain http; write https://"
            ),
            (
                "url: https://acme.okta.com", "url: \"not a url\"«",
                "write your Okta domain, as in https://acme.okta.com"
            ),
            ("url: https://acme.okta.com", "url: https://acme.okta.com?x=y«", "has the path '?x=y'"),
            (
                "url: https://acme.okta.com", "url: https://acme.okta.com/oauth2«",
                "a custom authorization server like https://acme.okta.com/oauth2/default"
            ),
            (
                "url: https://acme.okta.com", "url: https://acme.okta.com/oauth2/default/v1«",
                "has the path '/oauth2/default/v1'"
            ),
            ("url: https://acme.okta.com", "url: https://acme.okta.com/oauth2/default?x«", "has the path"),
            ("url: https://acme.okta.com", "url: https://acme.okta.com/app/x«", "has the path '/app/x'"),
            (
                "url: https://acme.okta.com", "url: https://acme-admin.okta.com«",
                "admin console; write https://acme.okta.com"
            ),
            ("url: https://acme.okta.com", "url: acme-admin.oktapreview.com«", "write https://acme.oktapreview.com"),
            ("url: https://id.example.com", "url: http://id.example.com«", "providers.other.url is plain http"),
            ("url: https://id.example.com", "url: https://id.example.com?x«", "has a query or a fragment"),
            ("url: https://id.example.com", "url: https://id.example.com#x«", "has a query or a fragment"),
            (
                "url: https://id.example.com", "url: https://ID.example.com«",
                "must be spelled as the provider's issuer is; write https://id.example.com"
            ),
            (
                "url: https://id.example.com", "url: https://id.example.com:443/«",
                "must be spelled as the provider's issuer is"
            ),
            ("url: https://id.example.com", "url: id.example.com«", "write a URL like https://id.example.com"),
            ("client_id: 0oa1example", "client_id: \"\"«", "providers.okta.client_id is empty"),
            ("client_id: 0oa1example", "client_id: {a: b}«", "client_id must be one value"),
            ("client_id: 0oa1example", "client_id:«", "client_id is missing; write 'client_id: 0oa1example'"),
            ("scopes: [openid, profile, email]", "scopes: [profile, email]«", "scopes must contain openid"),
            ("scopes: [openid, profile, email]", "scopes: openid profile«", "must be a list; write 'scopes: [openid"),
            (
                "scopes: [openid, profile, email]", "scopes: [openid, profile email]«",
                "'profile email', which is no scope"
            ),
            ("scopes: [openid, profile, email]", "scopes: [openid, [email]]«", "scopes[2] must be one value"),
            ("scopes: [openid, profile, email]", "scopes: [openid, \"\"]«", "scopes[2] is empty"),
            ("groups_claim: groups", "groups_claim: [groups]«", "groups_claim must be one value"),
            (
                "groups_claim:", "group_claim:«",
                "unknown key 'group_claim' in providers.okta; did you mean 'groups_claim'?"
            ),
            ("response_mode: query", "response_mode: fragment«", "write one of query, form_post"),
            (
                "response_mode: query", "sso_url: https://x.example.com«",
                "unknown key 'sso_url' in providers.okta; known here:"
            ),
            ("response_mode: query", "client_key_id: k«", "client_key_id belongs to client_key"),
            ("  other:\n", "  'ot her':«\n", "'ot her' is no name in providers; use letters, digits, '-' and '_'"),
            ("  other:\n", "  -other:«\n", "'-other' is no name"),
            ("  other:\n", "  \(String(repeating: "x", count: 64)):«\n", "is no name in providers"),
        ])
    func wrong(old: String, new: String, words: String) throws {
        // A provider whose name is bad is also missing from the realm that uses it.
        let text = try SettingsFixture.changed(old, new).replacing(
            "providers: [other, okta]", with: new.contains("«\n") ? "providers: [okta]" : "providers: [other, okta]")
        try SettingsFixture.expectProblem(text, says: [words])
    }

    @Test("a key that is missing is told with the section", arguments: ["url", "client_id"])
    func missing(key: String) throws {
        var lines = SettingsFixture.good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let section = try #require(lines.firstIndex(of: "  okta:"))
        lines.remove(at: try #require(lines[section...].firstIndex { $0.hasPrefix("    \(key):") }))
        lines[section] += "«"
        let problems = try SettingsFixture.problems(lines.joined(separator: "\n").replacing("«", with: ""))
        #expect(problems.count == 1)
        #expect(problems.first.map { (section + 1...section + 2).contains($0.line) } == true)
        #expect(problems.first?.message.hasPrefix("providers.okta.\(key) is missing; write '\(key):") == true)
    }

    @Test("neither kind, nor secret")
    func missingKindAndSecret() throws {
        let kind = try SettingsFixture.problems(SettingsFixture.changed("    kind: okta\n", ""))
        #expect(kind.map(\.message) == ["providers.okta.kind is missing; write 'kind: okta'"])
        let secret = try SettingsFixture.problems(
            SettingsFixture.changed("    client_secret: {env: CLIENT_SECRET}\n", ""))
        #expect(
            secret.count == 1
                && secret[0].message.hasPrefix("providers.okta has neither client_secret nor client_key; write"))
    }

    @Test("the keys of one kind are not those of another")
    func saml() throws {
        let problems = try SettingsFixture.problems(SettingsFixture.changed("kind: okta", "kind: saml"))
        #expect(problems.contains { $0.message.contains("has neither metadata nor sso_url and certificates") })
        #expect(problems.contains { $0.message.contains("unknown key 'client_id' in providers.okta") })
    }

    @Test("no providers at all")
    func none() throws {
        let parts = SettingsFixture.good.components(between: "providers:\n", and: "realms:\n")
        for (text, words) in [
            (parts.before + "providers: okta«\n" + parts.after, "providers must hold keys and values"),
            (parts.before + "providers: {}«\n" + parts.after, "providers is empty; add at least one provider"),
            (parts.before + "providers: [okta]«\n" + parts.after, "providers must hold keys and values"),
        ] {
            let line =
                try #require(
                    text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("«") }) + 1
            let problems = try SettingsFixture.problems(text.replacing("«", with: ""))
            // The realms complain of the providers that are gone as well.
            #expect(problems.contains { $0.line == line && $0.message.contains(words) }, "\(problems)")
        }
    }

    @Test("secret and key contradict each other")
    func secretAndKey() throws {
        let folder = try TemporaryFolder()
        try folder.write(TestKey.p256.pem(), to: "client.pem")
        try SettingsFixture.expectProblem(
            "    groups_claim: groups", "    client_key: {file: client.pem}«\n    groups_claim: groups",
            says: "client_key and client_secret contradict each other", in: folder)
    }

    @Test("a client key that is none")
    func badKey() throws {
        let folder = try TemporaryFolder()
        try folder.write("no key", to: "text.pem")
        try folder.write(TestKey.shortRSA.pem(), to: "short.pem")
        try folder.write(TestKey.p256.pem(passphrase: "secret"), to: "encrypted.pem")
        try folder.write(TestKey.p256.publicPEM, to: "public.pem")
        for name in ["text", "short", "encrypted", "public"] {
            try SettingsFixture.expectProblem(
                "client_secret: {env: CLIENT_SECRET}", "client_key: {file: \(name).pem}«",
                says: "client_key does not work",
                "write {file: PATH} of a PEM file", in: folder)
        }
        try folder.write(TestKey.p256.pem(), to: "good.pem")
        let text = try SettingsFixture.changed(
            "client_secret: {env: CLIENT_SECRET}", "client_key: {file: good.pem}\n    client_key_id: k1")
        #expect(try SettingsFixture.problems(text, in: folder).isEmpty)
    }
}

extension String {
    fileprivate func components(between first: String, and second: String) -> (before: String, after: String) {
        guard let start = ranges(of: first).first, let end = ranges(of: second).first else { return (self, "") }
        return (String(self[..<start.lowerBound]), String(self[end.lowerBound...]))
    }
}
