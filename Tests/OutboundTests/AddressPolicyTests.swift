import Testing

@testable import Outbound

@Suite("Where requests may go")
struct AddressPolicyTests {
    private func reason(_ url: String, configured: Set<String> = []) async throws -> OutboundError.Reason? {
        do {
            try await AddressPolicy(configuredHosts: configured).check(url)
            return nil
        } catch let error as OutboundError {
            return error.reason
        }
    }

    @Test(
        "public addresses over TLS, and hosts that are configured",
        arguments: [
            ("https://1.1.1.1/x", []), ("https://[2606:4700::1111]:8443/", []), ("https://10.0.0.1/", ["10.0.0.1"]),
            ("https://[fd00::1]/", ["fd00::1"]),
            ("http://localhost:8302/", ["localhost"]), ("http://127.0.0.1:1/", ["127.0.0.1"]),
            ("http://[::1]/", ["::1"]),
            ("HTTPS://ACME.example/", ["acme.example"]), ("https://acme.invalid?x", ["acme.invalid"]),
            ("https://acme.invalid#x", ["acme.invalid"]),
        ] as [(String, Set<String>)])
    func allowed(url: String, configured: Set<String>) async throws {
        #expect(try await reason(url, configured: configured) == nil)
    }

    @Test(
        "private addresses that nobody configured",
        arguments: [
            "https://10.0.0.1/", "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data",
            "https://192.168.1.1", "https://[::1]/", "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/", "https://0.0.0.0/", "https://localhost/",
            "http://localhost:8302/", "http://127.0.0.1/",
            "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://10.1:443/",
        ])
    func privateAddresses(url: String) async throws {
        #expect(try await reason(url, configured: ["acme.okta.com"]) == .addressRefused)
    }

    @Test(
        "plain http beyond loopback, configured or not",
        arguments: [
            "http://1.1.1.1/", "http://acme.example/", "http://10.0.0.1/", "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
        ])
    func plainHTTP(url: String) async throws {
        #expect(
            try await reason(
                url,
                configured: ["1.1.1.1", "acme.example", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example"])
                == .addressRefused)
    }

    @Test(
        "what is no http or https URL",
        arguments: [
            "", "https", "https:", "https://", "https:///x", "//a.example", "/x", "ftp://a.example/",
            "file:///etc/passwd", "javascript:x", "https:/a.example",
            "https://u@a.example/", "https://u:p@a.example/", "https://@a.example", "https://[::1", "https://[]/",
            "https://:443/", "https://a.example\\@b.example/",
            "https://a b.example/", "https://a.example/\r\nX: y", "https://a.example/\u{e9}",
            "https://\u{212A}.example/", " https://a.example/", "https://a.example/\u{0}",
        ])
    func malformed(url: String) async throws {
        #expect(try await reason(url, configured: ["a.example", "::1"]) == .malformedURL)
    }

    @Test(
        "a configured host allows itself and no other",
        arguments: ["https://10.0.0.2/", "https://sub.10.0.0.1.invalid/", "https://10.0.0.1.invalid/"])
    func otherHosts(url: String) async throws {
        #expect(try await reason(url, configured: ["10.0.0.1"]) != nil)
    }

    @Test("a name that nobody knows")
    func unknownName() async throws {
        #expect(try await reason("https://no-such-host.invalid/") == .nameUnknown)
    }
}
