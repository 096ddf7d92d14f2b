import Testing

@testable import Access

@Suite("Web addresses")
struct WebAddressTests {
    @Test(
        "reads the one spelling that everybody reads alike",
        arguments: [
            ("https://app.example.com", "https", "app.example.com", 443, ""),
            ("https://app.example.com/", "https", "app.example.com", 443, "/"),
            ("HTTPS://App.Example.COM/Path?Q=1#F", "https", "app.example.com", 443, "/Path?Q=1#F"),
            ("http://localhost:8300/x", "http", "localhost", 8300, "/x"),
            ("https://app.example.com:443/", "https", "app.example.com", 443, "/"),
            ("http://app.example.com:80?q", "http", "app.example.com", 80, "?q"),
            ("https://app.example.com#f", "https", "app.example.com", 443, "#f"),
            ("https://127.0.0.1:65535/", "https", "127.0.0.1", 65535, "/"),
            ("https://[::1]/", "https", "[::1]", 443, "/"),
            ("https://[2001:DB8::1]:8443/", "https", "[2001:db8::1]", 8443, "/"),
            ("https://a_b.x-y.example/", "https", "a_b.x-y.example", 443, "/"), ("https://a/", "https", "a", 443, "/"),
            ("https://xn--bcher-kva.example/", "https", "xn--bcher-kva.example", 443, "/"),
            ("https://app.example.com/@evil.example", "https", "app.example.com", 443, "/@evil.example"),
            ("https://app.example.com/a:b//c?x=https://e/", "https", "app.example.com", 443, "/a:b//c?x=https://e/"),
            ("https://1.example/", "https", "1.example", 443, "/"),
            ("https://x0x7f.example/", "https", "x0x7f.example", 443, "/"),
        ])
    func reading(text: String, scheme: String, host: String, port: Int, rest: String) throws {
        let address = try #require(WebAddress(text))
        #expect(
            address.scheme.rawValue == scheme && address.host == host && address.port == port && address.rest == rest)
        #expect(WebAddress(address.text) == address)
    }

    @Test(
        "leaves a port out where it is the scheme's own",
        arguments: [
            ("https://a.example:443/x", "https://a.example/x"), ("https://a.example:80/", "https://a.example:80/"),
            ("http://a.example:80/", "http://a.example/"), ("http://a.example:443", "http://a.example:443"),
        ])
    func normalForm(text: String, normal: String) {
        #expect(WebAddress(text)?.text == normal)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "https", "https:", "https:/", "https://", "https:///", "https:///app.example.com",
            "https:app.example.com",
            "https:/app.example.com", "//app.example.com", "/path", "app.example.com", "ftp://a.example",
            "javascript://a.example/%0aalert(1)",
            "data:text/html,x", "file:///etc/passwd", "httpss://a.example", "ht\ntps://a.example", " https://a.example",
            "https://a.example ",
            "https://a.example/ x", "https://a.example/\t", "https://a.example/\r\nX: y", "https://a.example\\x",
            "https://a.example/\\x",
            "https:\\\\a.example", "https://u@a.example", "https://u:p@a.example/", "https://@a.example",
            "https://a.example:", "https://a.example:/",
            "https://a.example:0", "https://a.example:65536", "https://a.example:-1", "https://a.example:+80",
            "https://a.example:8 0",
            "https://a.example:80:80", "https://a.example:080080", "https://a..example", "https://.example",
            "https://a.example.", "https://-a.example",
            "https://a-.example", "https://a%2eexample", "https://b\u{fc}cher.example", "https://\u{212A}.example",
            "https://a.ex\u{ad}ample",
            "https://*.example", "https://a,b", "https://a;b", "https://a'b", "https://(a)", "https://!a", "https://~a",
            "https://a$b", "https://a=b",
            "https://[::1", "https://::1", "https://[::1]x", "https://[::1%25eth0]", "https://[1.2.3.4]", "https://[]",
            "https://[v1.a]",
            "https://1", "https://1.2.3", "https://1.2.3.4.5", "https://256.1.1.1", "https://0x7f.1",
            "https://127.0.0.0x1", "https://2130706433", "https://a.0x1",
            "https://0177.0.0.1", "https://127.0.0.01", "https://a.example.123",
            "https://\(String(repeating: "a", count: 64)).example",
            "https://\(Array(repeating: "abc", count: 70).joined(separator: "."))",
            "https://a.example/\u{0}", "https://a.example/\u{7F}", "https://a.example/\u{e9}",
        ])
    func malformed(text: String) {
        #expect(WebAddress(text) == nil)
    }

    @Test("an address is at most 4,096 bytes long, unless said otherwise")
    func length() {
        let base = "https://a.example/"
        let longest = base + String(repeating: "x", count: 4096 - base.utf8.count)
        #expect(WebAddress(longest) != nil)
        #expect(WebAddress(longest + "x") == nil)
        #expect(WebAddress(longest + "x", maximumLength: 4097) != nil)
    }
}
