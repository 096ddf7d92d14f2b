import Testing

@testable import Gateway

@Suite("Where a request comes from")
struct RequestOriginTests {
    private func origin(_ headers: [(String, String)]) throws -> RequestOrigin {
        RequestOrigin(try IncomingRequest.make(headers: headers), rules: RequestFixture.rules(RequestFixture.realm()))
    }

    @Test(
        "a form may act when it is ours",
        arguments: [
            ([("Sec-Fetch-Site", "same-origin")], true),
            ([("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], true),
            ([("Origin", "https://sso.example.com")], true), ([], true), ([("Sec-Fetch-Site", "same-site")], false),
            ([("Sec-Fetch-Site", "cross-site")], false), ([("Sec-Fetch-Site", "none")], false),
            ([("Sec-Fetch-Site", "")], false),
            ([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://sso.example.com")], false),
            ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], false),
            ([("Origin", "https://evil.example")], false),
            ([("Origin", "null")], false), ([("Origin", "https://sso.example.com:8443")], false),
            ([("Origin", "http://sso.example.com")], false),
            ([("Origin", "https://sso.example.com.evil.example")], false),
            ([("Origin", "https://SSO.example.com")], false), ([("Origin", "")], false),
            ([("Origin", "https://sso.example.com"), ("Origin", "https://evil.example")], false),
        ])
    func forms(headers: [(String, String)], mayAct: Bool) throws {
        #expect(try origin(headers).mayActByForm == mayAct)
    }

    @Test(
        "a link may act when it was typed or is ours",
        arguments: [
            ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "navigate")], true),
            ([("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")], true),
            ([("Sec-Fetch-Site", "none")], true), ([], true), ([("User-Agent", "curl/8")], true),
            ([("User-Agent", "Mozilla/5.0 (old)")], false),
            ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")], false),
            ([("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "navigate")], false),
            ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "no-cors")], false),
            ([("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "cors")], false),
            ([("Sec-Fetch-Site", "cross-site"), ("User-Agent", "curl/8")], false),
        ])
    func links(headers: [(String, String)], mayAct: Bool) throws {
        #expect(try origin(headers).mayActByLink == mayAct)
    }
}
