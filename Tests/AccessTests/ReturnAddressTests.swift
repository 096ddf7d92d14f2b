import Identity
import TestSupport
import Testing

@testable import Access

@Suite("Return addresses")
struct ReturnAddressTests {
    static let realm = AccessFixture.realm(
        "infraon",
        returnHosts: ["app.example.com", "*.apps.example.com", "app.example.com:8443", "[2001:db8::1]", "192.0.2.1"],
        roles: [])
    static let rules = AccessFixture.rules(realm)

    @Test(
        "allows the realm's hosts, and keeps path, query and fragment",
        arguments: [
            ("https://app.example.com", "https://app.example.com"),
            ("https://app.example.com/", "https://app.example.com/"),
            ("https://app.example.com/a/b?c=d&e=%2F#/route?x=1", "https://app.example.com/a/b?c=d&e=%2F#/route?x=1"),
            ("HTTPS://APP.EXAMPLE.COM/A", "https://app.example.com/A"),
            ("https://app.example.com:443/", "https://app.example.com/"),
            ("https://app.example.com:8443/x", "https://app.example.com:8443/x"),
            ("https://a.apps.example.com/", "https://a.apps.example.com/"),
            ("https://a.b.apps.example.com/", "https://a.b.apps.example.com/"),
            ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
            ("https://192.0.2.1/", "https://192.0.2.1/"),
            ("https://app.example.com//evil.example", "https://app.example.com//evil.example"),
            ("https://app.example.com/@evil.example", "https://app.example.com/@evil.example"),
            ("https://app.example.com?next=https://evil.example", "https://app.example.com?next=https://evil.example"),
            ("https://app.example.com/%0d%0aLocation:%20x", "https://app.example.com/%0d%0aLocation:%20x"),
            ("https://sso.example.com", "https://sso.example.com/"),
            ("https://sso.example.com/", "https://sso.example.com/"),
            ("https://SSO.example.com:443/", "https://sso.example.com/"),
        ])
    func allowed(text: String, url: String) {
        #expect(Self.rules.returnAddress(text, in: Self.realm)?.url == url)
    }

    @Test(
        "refuses open redirects",
        arguments: [
            "", "/", "/path", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
            "\\\\evil.example", "/\\/evil.example",
            "\\/\\/evil.example/", "https:evil.example", "https:/evil.example", "https:///evil.example",
            "https:\\\\evil.example",
            "https:/\\evil.example", "https://\\evil.example", "https://evil.example", "http://evil.example",
            "//app.example.com", "/%09/evil.example",
            "/%2f%2fevil.example", "%2f%2fevil.example", "http:evil.example", "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)", "javascript://app.example.com/%0aalert(1)", "data:text/html;base64,PHNjcmlwdD4=",
            "vbscript:x",
            "blob:https://app.example.com/1", "file:///etc/passwd", "mailto:a@evil.example", "about:blank",
            "ftp://app.example.com/",
            "wss://app.example.com/", "view-source:https://app.example.com", "intent://app.example.com#Intent;end",
            "https://app.example.com.evil.example", "https://app.example.com-evil.example",
            "https://app.example.comevil.example",
            "https://evilapp.example.com", "https://evil.example/app.example.com",
            "https://evil.example?app.example.com",
            "https://evil.example#app.example.com", "https://evil.example/https://app.example.com",
            "https://app.example.com@evil.example",
            "https://app.example.com:443@evil.example", "https://app.example.com:x@evil.example/",
            "https://evil.example\\@app.example.com",
            "https://evil.example\\.app.example.com", "https://evil.example;app.example.com",
            "https://evil.example%2f.app.example.com",
            "https://evil.example%00.app.example.com", "https://app.example.com%2eevil.example",
            "https://app.example.com\u{ff0f}evil.example",
            "https://app.example.com\u{3002}evil.example", "https://evil.example\u{ff0f}.apps.example.com",
            "https://app.example.com\t.evil.example",
            "https://app.example.com\n.evil.example", "https://app.example.com .evil.example",
            " https://app.example.com", "\u{1}https://evil.example",
            "https://app.example.com\u{0}.evil.example", "https://app.example.com:8444/", "https://app.example.com:80/",
            "https://app.example.com:",
            "https://app.example.com:8443:443/", "https://app.example.com.", "https://app.example.com./",
            "https://apps.example.com/",
            "https://.apps.example.com/", "https://*.apps.example.com/", "https://evilapps.example.com/",
            "https://a.apps.example.com.evil.example/",
            "https://a.apps.example.com:8443/", "http://app.example.com/", "http://app.example.com:443/",
            "https://[::ffff:192.0.2.1]/",
            "https://3221225985/", "https://0xC0000201/", "https://192.0.2.01/", "https://[2001:db8::2]/",
            "https://example.com/", "https://com/",
            "https://sso.example.com/logout", "https://sso.example.com/login?return_to=https://evil.example",
            "https://sso.example.com//",
            "https://sso.example.com/?x", "https://sso.example.com#x", "http://sso.example.com/",
            "https://sso.example.com:8300/",
            "https://app.ex\u{e4}mple.com/", "https://\u{430}pp.example.com/", "https://app.example.com/\u{202e}",
            "<https://app.example.com>",
            "\"https://app.example.com\"", "https://app.example.com\"onmouseover=x", "url=https://app.example.com",
        ])
    func refused(text: String) {
        #expect(Self.rules.returnAddress(text, in: Self.realm) == nil)
    }

    @Test("the gateway itself is no return host beyond its start page, though a rule may cover it")
    func ownOrigin() {
        let wide = AccessFixture.realm("wide", returnHosts: ["*.example.com"], roles: [])
        let rules = AccessFixture.rules(wide)
        #expect(
            rules.returnAddress("https://app.example.com/logout", in: wide)?.url == "https://app.example.com/logout")
        #expect(rules.returnAddress("https://sso.example.com/logout", in: wide) == nil)
        #expect(rules.returnAddress("https://SSO.EXAMPLE.COM:443/logout", in: wide) == nil)
        #expect(rules.returnAddress("https://sso.example.com", in: wide)?.url == "https://sso.example.com/")
    }

    @Test("plain http is allowed where the gateway itself is on it")
    func plainHTTP() {
        let realm = AccessFixture.realm("dev", returnHosts: ["localhost:8303", "app.example.com"], roles: [])
        let rules = AccessFixture.rules(realm, origin: "http://localhost:8300")
        #expect(rules.returnAddress("http://localhost:8303/x", in: realm)?.url == "http://localhost:8303/x")
        #expect(rules.returnAddress("http://localhost:8300/", in: realm)?.url == "http://localhost:8300/")
        #expect(rules.returnAddress("http://app.example.com/", in: realm)?.url == "http://app.example.com/")
        for other in [
            "http://localhost:8304/", "http://localhost/", "http://127.0.0.1:8303/", "http://localhost:8300/login",
            "https://localhost:8300/",
        ] {
            #expect(rules.returnAddress(other, in: realm) == nil)
        }
    }

    @Test("one realm's hosts are not another's")
    func otherRealm() {
        let other = AccessFixture.realm("ssp", returnHosts: ["portal.example.com"], roles: [])
        #expect(Self.rules.returnAddress("https://app.example.com/", in: other) == nil)
        #expect(Self.rules.returnAddress("https://portal.example.com/", in: other) != nil)
    }

    @Test("without return hosts only the start page is left")
    func noHosts() {
        let none = AccessFixture.realm("none", roles: [])
        #expect(Self.rules.returnAddress("https://app.example.com/", in: none) == nil)
        #expect(Self.rules.returnAddress("https://sso.example.com/", in: none) != nil)
        #expect(Self.rules.home(of: none).url == "https://sso.example.com/")
    }
}
