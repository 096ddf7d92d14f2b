import Testing

@testable import Gateway

@Suite("The original request")
struct OriginalRequestTests {
    static func read(
        _ headers: [(String, String)], face: CheckFace = .plain, method: String = "GET", query: String = "",
        trusted: Bool = true
    ) throws -> OriginalRequest {
        try OriginalRequest(
            IncomingRequest.make(
                method, "/session/check" + (query.isEmpty ? "" : "?" + query), headers: headers, trusted: trusted),
            face: face)
    }

    private func problem(_ headers: [(String, String)], face: CheckFace = .plain) throws -> String? {
        try RequestFixture.problem { _ = try Self.read(headers, face: face) }
    }

    @Test("nobody but a trusted proxy is believed")
    func untrusted() throws {
        let headers = [
            ("X-Original-URL", "https://app.example.com/"), ("X-Forwarded-Host", "app.example.com"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Method", "DELETE"), ("X-Original-Method", "DELETE"),
        ]
        for face in [CheckFace.plain, .forward, .envoy(originalPath: "/x")] {
            let told = try Self.read(headers, face: face, trusted: false)
            #expect(told.address == nil && told.method == "GET")
        }
        #expect(try Self.read([("X-Forwarded-Host", "a b")], face: .forward, trusted: false).address == nil)
    }

    @Test("each face believes its own family of fields first, and reads the other only where its own is missing")
    func families() throws {
        let both = [
            ("X-Original-URL", "https://original.example.com/o?x=1"), ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "forwarded.example.com"),
            ("X-Forwarded-Uri", "/f?y=2"), ("X-Original-Method", "PUT"), ("X-Forwarded-Method", "PATCH"),
        ]
        let plain = try Self.read(both)
        #expect(plain.address?.text == "https://original.example.com/o?x=1" && plain.method == "PUT")
        let forward = try Self.read(both, face: .forward)
        #expect(forward.address?.text == "https://forwarded.example.com/f?y=2" && forward.method == "PATCH")
        #expect(try Self.read(Array(both[1...3])).address?.text == "https://forwarded.example.com/f?y=2")
        #expect(try Self.read([both[0]], face: .forward).address?.text == "https://original.example.com/o?x=1")
        // What a client made up in the other family does not even disturb.
        #expect(try problem([both[0], ("X-Forwarded-Host", "a b"), ("X-Forwarded-Host", "c")]) == nil)
        #expect(try problem([both[2], ("X-Original-URL", "::")], face: .forward) == nil)
        #expect(try Self.read([]).address == nil)
        #expect(try Self.read([], method: "POST").method == "POST")
    }

    @Test(
        "forwarded fields make an address",
        arguments: [
            ("https", "app.example.com", "/", "https://app.example.com/"),
            ("HTTPS", "APP.example.com", "/a?b#c", "https://app.example.com/a?b#c"),
            ("http", "app.example.com:8080", "/", "http://app.example.com:8080/"),
            ("wss", "app.example.com", "/ws", "https://app.example.com/ws"),
            ("ws", "localhost:1", "/", "http://localhost:1/"),
            (nil, "app.example.com", "/", "https://app.example.com/"),
            ("https", "app.example.com:443", "*", "https://app.example.com/"),
            ("https", "[::1]:8443", "/", "https://[::1]:8443/"),
            ("https", "app.example.com", nil, "https://app.example.com/"),
            (
                "https", "app.example.com", "/a b\"<>\\^`{|}\u{e9}",
                "https://app.example.com/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A9"
            ),
            ("https", "app.example.com", "//evil.example/", "https://app.example.com//evil.example/"),
            (
                "https", "app.example.com", "/?next=https://evil.example",
                "https://app.example.com/?next=https://evil.example"
            ),
        ] as [(String?, String, String?, String)])
    func forwarded(scheme: String?, host: String, uri: String?, address: String) throws {
        var headers = [("X-Forwarded-Host", host)]
        if let scheme { headers.append(("X-Forwarded-Proto", scheme)) }
        if let uri { headers.append(("X-Forwarded-Uri", uri)) }
        #expect(try Self.read(headers, face: .forward).address?.text == address)
    }

    @Test(
        "what can be read in two ways is refused",
        arguments: [
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Host", "b.example")], "forwarded_repeated"),
            (
                [("X-Forwarded-Host", "a.example"), ("X-Forwarded-Uri", "/"), ("X-Forwarded-Uri", "/")],
                "forwarded_repeated"
            ),
            (
                [("X-Forwarded-Host", "a.example"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "http")],
                "forwarded_repeated"
            ),
            ([("X-Forwarded-Method", "GET"), ("X-Forwarded-Method", "PUT")], "forwarded_repeated"),
            ([("X-Forwarded-Host", "a.example, b.example")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example/x")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example?x")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example#x")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "u@a.example")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example:x")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a example")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example\\x")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Uri", "x")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Uri", "@evil.example/")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Uri", "https://evil.example/")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Uri", "?x")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Proto", "ftp")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Proto", "https, http")], "forwarded_malformed"),
            ([("X-Original-URL", "/x")], "forwarded_malformed"),
            ([("X-Original-URL", "https:///x")], "forwarded_malformed"),
            ([("X-Original-URL", "ftp://a.example/")], "forwarded_malformed"),
            ([("X-Original-URL", "//a.example/")], "forwarded_malformed"),
            ([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Uri", "/")], nil),
        ] as [([(String, String)], String?)])
    func ambiguous(headers: [(String, String)], code: String?) throws {
        #expect(try problem(headers, face: .forward) == code)
    }

    @Test(
        "an X-Original-URL that cannot be read, or comes twice",
        arguments: [["nonsense"], ["https://a.example/", "https://b.example/"]])
    func originalURL(values: [String]) throws {
        #expect(try problem(values.map { ("X-Original-URL", $0) }) != nil)
    }

    @Test("an empty field is none")
    func empty() throws {
        #expect(try Self.read([("X-Original-URL", ""), ("X-Original-Method", "")]).address == nil)
        #expect(
            try Self.read([("X-Original-URL", ""), ("X-Forwarded-Host", "a.example")]).address?.text
                == "https://a.example/")
    }

    @Test("Envoy's path follows the prefix, and its query is the application's")
    func envoy() throws {
        let face = CheckFace.envoy(originalPath: "/a/b")
        let told = try Self.read(
            [("X-Forwarded-Host", "app.example.com"), ("X-Forwarded-Method", "PUT")], face: face, query: "x=1&y=%2F")
        #expect(told.address?.text == "https://app.example.com/a/b?x=1&y=%2F" && told.method == "PUT")
        #expect(
            try Self.read([("X-Forwarded-Proto", "http")], face: face).address?.text
                == "http://gateway.internal:8300/a/b")
        let other = try Self.read(
            [("X-Forwarded-Host", "app.example.com")], face: .envoy(originalPath: "//evil.example"))
        #expect(other.address?.host == "app.example.com")
    }

    @Test("a long address is read as well as a short one")
    func length() throws {
        let path = "/" + String(repeating: "\u{e9}", count: 8000)
        #expect(
            try Self.read([("X-Original-URL", "https://app.example.com" + path)]).address?.rest.utf8.count == 1 + 8000
                * 6)
    }

    @Test(
        "aliases with underscores are refused from anybody (CVE-2025-64484)", arguments: [true, false],
        [
            "X_Auth_User", "X_AUTH_ROLES", "X-Auth_User", "X_Forwarded-Host", "X_Original_URL", "x_gatehouse_check",
            "Remote_User",
        ])
    func aliases(trusted: Bool, name: String) throws {
        #expect(try RequestFixture.problem { _ = try Self.read([(name, "x")], trusted: trusted) } == "header_alias")
    }

    @Test(
        "other names with underscores do not matter",
        arguments: ["X_Custom", "my_header", "X-Auth-User", "Remote-User", "_"])
    func otherNames(name: String) throws {
        #expect(try problem([(name, "x")]) == nil)
    }
}
