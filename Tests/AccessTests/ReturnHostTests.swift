import Testing

@testable import Access

@Suite("Return hosts")
struct ReturnHostTests {
    @Test(
        "a host of a rule",
        arguments: [
            "app.example.com", "*.example.com", "APP.example.com", "app.example.com:8443", "*.example.com:8443",
            "[::1]", "[::1]:80", "10.0.0.1", "localhost:1",
        ])
    func hosts(text: String) {
        #expect(ReturnHost(text) != nil)
    }

    @Test(
        "what is no host of a rule",
        arguments: [
            "", "*", "*.", "**.example.com", "*.*.example.com", "a.*.example.com", "app*.example.com",
            "https://app.example.com", "app.example.com/", "app.example.com/x", ".example.com", "example.com.",
            "app.example.com:", "app.example.com:0", "app.example.com:x", "u@app.example.com", "a b", "*.[::1]", "::1",
            "b\u{fc}cher.example", "\u{212A}.example", "1.2.3", "app.example.com:8443:1",
        ])
    func malformedHosts(text: String) {
        #expect(ReturnHost(text) == nil)
    }
}
