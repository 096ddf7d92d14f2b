import Access
import Cryptography
import Foundation
import Identity
import OIDC
import SAML
import SAMLTestSupport
import TestSupport
import Testing

@testable import Settings

@Suite("Good files")
struct GoodFileTests {
    private func read(_ old: String, _ new: String, in folder: TemporaryFolder? = nil) throws -> GatewaySettings {
        try SettingsFixture.read(try SettingsFixture.changed(old, new), in: folder)
    }

    @Test("every key counts")
    func everyKey() throws {
        let settings = try SettingsFixture.read(SettingsFixture.good)
        #expect(settings.listen == GatewaySettings.Endpoint(host: "127.0.0.1", port: 8300))
        #expect(settings.metricsListen == GatewaySettings.Endpoint(host: "127.0.0.1", port: 9300))
        #expect(settings.tls == nil && settings.storePath == "gatehouse.db")
        let proxies = ["127.0.0.1", "::1", "10.1.2.3"].compactMap { IPAddress($0) }
        #expect(proxies.allSatisfy { proxy in settings.trustedProxies.contains { $0.contains(proxy) } })
        let provider = try #require(settings.providers["okta"])
        #expect(provider.kind == .okta && !provider.bindsTokens)
        let okta = provider.relyingParty
        #expect(okta.name == "okta" && okta.issuer == "https://acme.okta.com" && okta.clientID == "0oa1example")
        #expect(
            okta.scopes == ["openid", "profile", "email"] && okta.groupsClaim == "groups" && okta.responseMode == .query
        )
        #expect(okta.clockSkew == .seconds(60))
        let rules = settings.rules
        #expect(
            rules.origin == "https://sso.example.com" && rules.administrators?.realm == "infraon"
                && rules.administrators?.role == "admin")
        let infraon = try #require(rules.realms["infraon"])
        #expect(
            infraon.title == "Infraon" && infraon.providers == ["okta"]
                && infraon.home == "https://infraon.example.com/")
        #expect(infraon.cookieDomain == "example.com" && infraon.contact == "the service desk")
        #expect(infraon.session == SessionLifetime(idle: .seconds(1800), absolute: .seconds(43200)))
        #expect(infraon.roles.roles(for: ["infraon-admins", "infraon-tech-9"]) == ["admin", "technician"])
        #expect(rules.returnAddress("https://a.infraon.example.com/x", in: infraon) != nil)
        #expect(rules.returnAddress("https://b.example.com/x", in: infraon) == nil)
    }

    @Test("what is left out has a default")
    func defaults() throws {
        let portal = try #require(try SettingsFixture.read(SettingsFixture.good).rules.realms["ssp"])
        #expect(portal.title == "ssp" && portal.home == nil && portal.returnHosts.isEmpty && portal.cookieDomain == nil)
        #expect(portal.session == SessionLifetime(idle: .seconds(1800), absolute: .seconds(43200)))
        #expect(
            portal.roles.defaultRole == "requester" && portal.contact == nil && portal.providers == ["other", "okta"])
        let minimal = try SettingsFixture.read(
            """
            url: https://sso.example.com
            listen: 127.0.0.1:8300
            store: sqlite:/var/lib/gatehouse/gatehouse.db
            master_key: \(SettingsFixture.masterKey)
            providers:
              okta: {kind: okta, url: acme.okta.com, client_id: x, client_secret: y}
              other: {kind: oidc, url: https://id.example.com/, client_id: x, client_secret: y}
            realms:
              all: {providers: [okta, other], default_role: user}
            """)
        #expect(minimal.metricsListen == nil && minimal.trustedProxies.isEmpty && minimal.rules.administrators == nil)
        #expect(minimal.storePath == "/var/lib/gatehouse/gatehouse.db")
        #expect(
            minimal.providers["okta"]?.relyingParty.scopes == [
                "openid", "profile", "email", "groups", "offline_access",
            ])
        #expect(minimal.providers["other"]?.relyingParty.scopes == ["openid", "profile", "email"])
        #expect(
            minimal.providers["okta"]?.relyingParty.groupsClaim == "groups"
                && minimal.providers["okta"]?.relyingParty.responseMode == .query)
        // The slash at the end belongs to an OpenID provider's name.
        #expect(minimal.providers["other"]?.relyingParty.issuer == "https://id.example.com/")
    }

    @Test(
        "spellings of an Okta organisation",
        arguments: [
            ("acme.okta.com", "https://acme.okta.com"), ("https://acme.okta.com/", "https://acme.okta.com"),
            ("https://ACME.okta.com", "https://acme.okta.com"),
            ("acme.okta.com/oauth2/default", "https://acme.okta.com/oauth2/default"),
            ("https://acme.okta.com/oauth2/aus1Example/", "https://acme.okta.com/oauth2/aus1Example"),
            ("http://localhost:8302", "http://localhost:8302"),
            ("http://127.0.0.1:8302/oauth2/default", "http://127.0.0.1:8302/oauth2/default"),
            ("https://id.acme.example", "https://id.acme.example"),
            ("https://my-admin.acme.example", "https://my-admin.acme.example"),
        ])
    func oktaAddress(text: String, issuer: String) throws {
        #expect(try read("url: https://acme.okta.com", "url: \(text)").providers["okta"]?.relyingParty.issuer == issuer)
    }

    @Test(
        "listeners",
        arguments: [
            ("0.0.0.0:80", "0.0.0.0", 80), ("localhost:8300", "localhost", 8300), ("'[::1]:8300'", "::1", 8300),
            ("'[::]:0'", "::", 0),
        ])
    func listeners(text: String, host: String, port: Int) throws {
        #expect(
            try read("metrics_listen: 127.0.0.1:9300", "metrics_listen: \(text)").metricsListen
                == GatewaySettings.Endpoint(host: host, port: port))
    }

    @Test(
        "session times that are left out follow the other one",
        arguments: [
            ("{idle: 20h}", 72000, 72000), ("{absolute: 10m}", 600, 600), ("{absolute: 2h}", 1800, 7200),
            ("{idle: 5m}", 300, 43200), ("{idle: 1s, absolute: 1s}", 1, 1), ("{revalidate: 1s}", 1800, 43200),
        ] as [(String, Int64, Int64)])
    func sessionTimes(text: String, idle: Int64, absolute: Int64) throws {
        let settings = try read("{idle: 30m, absolute: 12h, revalidate: 15m}", text)
        #expect(
            settings.rules.realms["infraon"]?.session
                == SessionLifetime(idle: .seconds(idle), absolute: .seconds(absolute)))
    }

    @Test("relative paths start from the file's folder")
    func paths() throws {
        let folder = try TemporaryFolder()
        try folder.write("-----BEGIN CERTIFICATE-----\n", to: "certs/server.pem")
        try folder.write(TestKey.p256.pem(), to: "certs/server.key")
        let settings = try read(
            "store: sqlite:gatehouse.db",
            "store: sqlite:data/g.db\ntls: {certificate: certs/server.pem, key: certs/server.key}", in: folder)
        #expect(settings.storePath == folder.file("data/g.db"))
        #expect(
            settings.tls
                == GatewaySettings.TLSFiles(
                    certificate: folder.file("certs/server.pem"), key: folder.file("certs/server.key")))
    }

    @Test(
        "TLS files that are none",
        arguments: [
            ("{certificate: none, key: server.key}", "tls.certificate names the file"),
            ("{certificate: server.pem, key: none}", "tls.key names the file"),
            ("{certificate: server.key, key: server.key}", "without a certificate in PEM form"),
            ("{certificate: server.pem, key: server.pem}", "does not work as a key"),
            ("{certificate: server.pem}", "tls.key is missing"), ("{key: server.key}", "tls.certificate is missing"),
            ("server.pem", "tls must hold keys and values"),
            ("{certificate: server.pem, key: server.key, ca: x}", "unknown key 'ca' in tls"),
        ])
    func badTLS(value: String, words: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("-----BEGIN CERTIFICATE-----\n", to: "server.pem")
        try folder.write(TestKey.p256.pem(), to: "server.key")
        try SettingsFixture.expectProblem(
            "store: sqlite:gatehouse.db", "store: sqlite:gatehouse.db\ntls: \(value)«", says: words, in: folder)
    }

    /// A file of config/ in a folder with all that it names.
    private static func example(_ name: String, in folder: TemporaryFolder) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        for secret in ["config/certs/master.key", "certs/dev-master.key"] {
            try folder.write(SettingsFixture.masterKey, to: secret)
        }
        for secret in ["config/certs/okta-client-secret", "certs/dev-okta-client-secret"] {
            try folder.write("secret", to: secret)
        }
        let keyPair = CertificateMaker(.rsa(bits: 2048))
        let certificate = Base64.encode(keyPair.certificate())
        for name in ["certs/dev-saml", "config/certs/gatehouse-saml"] {
            try folder.write(keyPair.privatePEM, to: name + ".key")
            try folder.write(certificate, to: name + ".pem")
        }
        for name in ["okta-saml", "okta-saml-next"] {
            try folder.write(certificate, to: "config/certs/\(name).pem")
        }
        return try String(contentsOf: root.appendingPathComponent("config/\(name)"), encoding: .utf8)
    }

    @Test(
        "the files of config/ are good once their secrets are there",
        arguments: ["gatehouse.example.yaml", "development.yaml"])
    func examples(name: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(try Self.example(name, in: folder), to: "config/\(name)")
        let settings = try GatewaySettings(file: path, environment: [:])
        #expect(settings.rules.realms.keys.sorted() == ["infraon", "ssp"])
        #expect(settings.rules.administrators?.role == "admin")
        #expect(settings.providers["okta-saml"]?.kind == .saml)
    }

    @Test("the SAML keys that are comments in the example are good too")
    func commentedExample() throws {
        let folder = try TemporaryFolder()
        let text = try Self.example("gatehouse.example.yaml", in: folder)
        let start = try #require(text.range(of: "\n  okta-saml:\n"))
        let end = try #require(text.range(of: "\nrealms:\n"))
        let section = text[start.lowerBound..<end.lowerBound]
            .replacing(/\n    # (?<setting>[a-z_0-9]+: )/) { "\n    \($0.output.setting)" }
        let whole = text[..<start.lowerBound] + section + text[end.lowerBound...]
        let path = try folder.write(String(whole), to: "config/gatehouse.yaml")
        let settings = try GatewaySettings(file: path, environment: [:])
        guard case .saml(let okta) = try #require(settings.providers["okta-saml"]).party else {
            Issue.record("okta-saml is no SAML provider")
            return
        }
        let provider = okta.description
        #expect(provider.issuer == "http://www.okta.com/exk1example" && provider.certificates.count == 2)
        #expect(provider.metadataURL != nil && provider.ssoURL != nil && provider.sloURL != nil)
        #expect(okta.initiation == .realm("ssp") && okta.requestBinding == .post && okta.nameIDFormat != nil)
        #expect(okta.signer != nil && okta.signingCertificate != nil)
        #expect(okta.decryptionKey != nil && okta.encryptionCertificate != nil)
        #expect(okta.insecureAllowsSHA1 && !okta.signsOutAtProvider)
    }
}
