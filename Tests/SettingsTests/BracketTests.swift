import Testing

@testable import Settings

@Suite("Brackets in plain text")
struct BracketTests {
    @Test("an address in brackets needs no quotes")
    func brackets() throws {
        let text = SettingsFixture.good.replacing("url: https://sso.example.com", with: "url: https://[::1]:8443")
            .replacing("    cookie_domain: example.com\n", with: "").replacing(
                "https://id.example.com", with: "https://[::1]:9000/x")
        let problems = try SettingsFixture.problems(text)
        #expect(problems.isEmpty, "\(problems)")
    }
}
