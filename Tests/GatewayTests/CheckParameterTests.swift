import Access
import Identity
import Testing

@testable import Gateway

@Suite("Parameters of the check")
struct CheckParameterTests {
    static let one = RequestFixture.rules(RequestFixture.realm())
    static let two = RequestFixture.rules(RequestFixture.realm(), RequestFixture.realm("ssp"))

    static func read(
        _ query: String, header: [String] = [], trusted: Bool = true, readsQuery: Bool = true, rules: AccessRules = two
    ) throws -> CheckParameters {
        let request = try IncomingRequest.make(
            "GET", "/session/check" + (query.isEmpty ? "" : "?" + query),
            headers: header.map { ("X-Gatehouse-Check", $0) }, trusted: trusted)
        return try CheckParameters(request, readsQuery: readsQuery, rules: rules, known: CheckWordingCache())
    }

    @Test("what the query says")
    func query() throws {
        let parameters = try Self.read("realm=infraon&role=admin,technician&group=a%2Cb&max_age=15m&headers=remote")
        #expect(
            parameters.question
                == AccessQuestion(
                    realm: "infraon", roles: [["admin", "technician"]], groups: [["a", "b"]], maximumAge: .seconds(900))
        )
        #expect(parameters.headerSet == .remote)
        let plain = try Self.read("realm=ssp")
        #expect(plain.question == AccessQuestion(realm: "ssp") && plain.headerSet == .gatehouse)
        #expect(try Self.read("realm=ssp&headers=auth-request").headerSet == .authRequest)
    }

    @Test(
        "names in lists may hold commas, per cent signs and more, encoded once more",
        arguments: [
            ("group=a%252Cb", ["a,b"]), ("group=50%25%20off", ["50% off"]), ("group=50%2525", ["50%"]),
            ("group=a%20b", ["a b"]),
            ("group=a+b", ["a b"]), ("group=a%2Bb", ["a+b"]), ("group=a,%20b%20,c", ["a", "b", "c"]),
            ("group=R%26D", ["R&D"]),
            ("group=Z%C3%BCrich", ["Z\u{fc}rich"]), ("group=Z%25C3%25BCrich", ["Z\u{fc}rich"]),
            ("group=%E2%84%AA", ["\u{212A}"]),
            ("group=*", ["*"]),
        ] as [(String, [GroupName])])
    func lists(query: String, groups: [GroupName]) throws {
        #expect(try Self.read("realm=ssp&" + query).question.groups == [groups])
    }

    @Test("a trusted proxy may ask by header; when both ask, both must hold")
    func header() throws {
        let alone = try Self.read("", header: ["realm=infraon&role=admin&max_age=90s"])
        #expect(alone.question == AccessQuestion(realm: "infraon", roles: [["admin"]], maximumAge: .seconds(90)))
        let both = try Self.read(
            "realm=infraon&role=admin&group=a&max_age=15m&headers=remote",
            header: ["realm=infraon&role=owner&max_age=1m&headers=remote"])
        #expect(both.question.roles == [["admin"], ["owner"]] && both.question.groups == [["a"]])
        #expect(both.question.maximumAge == .seconds(60) && both.headerSet == .remote)
        #expect(try Self.read("role=admin", header: ["realm=ssp"]).question.realm == "ssp")
        #expect(try Self.read("max_age=1m", header: ["realm=ssp&max_age=15m"]).question.maximumAge == .seconds(60))
    }

    @Test("where the query is the application's it is not read")
    func envoy() throws {
        let parameters = try Self.read("role=nobody&rol=x&%", header: ["realm=ssp"], readsQuery: false)
        #expect(parameters.question == AccessQuestion(realm: "ssp"))
    }

    @Test("with one realm none need be named, with several one must")
    func realm() throws {
        #expect(try Self.read("", rules: Self.one).question.realm == "infraon")
        #expect(try RequestFixture.problem { _ = try Self.read("") } == "realm_missing")
        #expect(try RequestFixture.problem { _ = try Self.read("role=admin") } == "realm_missing")
    }

    @Test(
        "strict, because what is ignored would allow everybody",
        arguments: [
            ("realm=other", "realm_unknown"), ("realm=Infraon", "realm_unknown"), ("realm=infraon%20", "realm_unknown"),
            ("realm=ssp&rol=admin", "parameter_unknown"), ("realm=ssp&Role=admin", "parameter_unknown"),
            ("realm=ssp&x", "parameter_empty"),
            ("realm=ssp&x=1", "parameter_unknown"), ("realm=ssp&role%20=admin", "parameter_unknown"),
            ("realm=ssp&realm=ssp", "parameter_repeated"), ("realm=ssp&role=a&role=b", "parameter_repeated"),
            ("realm=", "parameter_empty"), ("realm", "parameter_empty"), ("realm=ssp&role=", "parameter_empty"),
            ("realm=ssp&role", "parameter_empty"),
            ("realm=ssp&role=a,", "parameter_empty"), ("realm=ssp&role=,a", "parameter_empty"),
            ("realm=ssp&role=a,,b", "parameter_empty"),
            ("realm=ssp&role=,", "parameter_empty"), ("realm=ssp&role=%20", "parameter_empty"),
            ("realm=ssp&group=a,+,b", "parameter_empty"),
            ("realm=ssp&max_age=15", "max_age_malformed"), ("realm=ssp&max_age=0s", "max_age_malformed"),
            ("realm=ssp&max_age=-1s", "max_age_malformed"),
            ("realm=ssp&max_age=1h30m", "max_age_malformed"), ("realm=ssp&headers=gatehouse", "headers_unknown"),
            ("realm=ssp&headers=Remote", "headers_unknown"), ("realm=ssp&headers=x", "headers_unknown"),
            ("realm=ssp&role=%", "query_malformed"),
            ("realm=ssp&role=%FF", "query_malformed"), ("realm=ssp&role=%00", "query_malformed"),
            ("realm=ssp&role=a;x=b", nil),
        ] as [(String, String?)])
    func strict(query: String, code: String?) throws {
        #expect(try RequestFixture.problem { _ = try Self.read(query) } == code)
        if code != nil, query.contains("&") {
            #expect(try RequestFixture.problem { _ = try Self.read(String(query.prefix { $0 != "&" })) } == nil)
        }
    }

    @Test("a query has at most 8 KB")
    func length() throws {
        let base = "realm=ssp&role="
        _ = try Self.read(base + String(repeating: "a", count: 8192 - base.utf8.count))
        #expect(
            try RequestFixture.problem {
                _ = try Self.read(base + String(repeating: "a", count: 8193 - base.utf8.count))
            } == "query_malformed")
    }

    @Test(
        "a header that can be read in two ways, or comes from somebody else",
        arguments: [
            (["realm=ssp", "realm=ssp"], true, "parameter_repeated"), (["realm=ssp"], false, "check_header_untrusted"),
            ([""], false, "check_header_untrusted"),
            (["realm=ssp&role=user, role=owner"], true, "check_header_malformed"),
            (["realm=ssp&role=user,role=owner"], true, "check_header_malformed"),
            (["realm=ssp, realm=ssp"], true, "check_header_malformed"),
            (["realm=ssp &role=a"], true, "check_header_malformed"),
            (["realm=ssp&role"], true, "check_header_malformed"),
            (["realm=ssp&"], true, "check_header_malformed"), (["realm=ssp&role=a=b"], true, "check_header_malformed"),
            (["realm=ssp&rol=admin"], true, "parameter_unknown"), (["realm=infraon"], true, "realm_contradiction"),
            (["realm=ssp&headers=remote"], true, "headers_contradiction"), (["realm=ssp&role=user,owner"], true, nil),
        ] as [([String], Bool, String?)])
    func badHeader(header: [String], trusted: Bool, code: String?) throws {
        #expect(
            try RequestFixture.problem {
                _ = try Self.read("realm=ssp&headers=auth-request", header: header, trusted: trusted)
            } == code)
    }

    @Test("a wording that was read before is the same again, and texts that only look alike are apart")
    func cache() throws {
        let cache = CheckWordingCache()
        for _ in 0..<3 { #expect(try cache.wording(ofQuery: "role=admin").roles == ["admin"]) }
        #expect(try cache.wording(ofQuery: "group=\u{212A}").groups == ["\u{212A}"])
        #expect(try cache.wording(ofQuery: "group=K").groups == ["K"])
        #expect(try cache.wording(ofQuery: "group=\u{e9}").groups == ["\u{e9}"])
        #expect(try cache.wording(ofQuery: "group=e\u{301}").groups == ["e\u{301}"])
        for number in 0..<1000 {
            #expect(try cache.wording(ofQuery: "role=r\(number)").roles == [RoleName("r\(number)")])
        }
        for _ in 0..<2 {
            #expect(try RequestFixture.problem { _ = try cache.wording(ofQuery: "rol=x") } == "parameter_unknown")
        }
    }

    @Test("ways of authenticating: query and header must have one in common")
    func authenticationContexts() throws {
        let both = try Self.read("realm=ssp&acr=a,b", header: ["acr=b,c"])
        #expect(both.question.authenticationContexts == [["a", "b"], ["b", "c"]])
        #expect(try Self.read("realm=ssp", header: ["acr=b,c"]).question.authenticationContexts == [["b", "c"]])
        for header in ["acr=c", "acr=A", "acr=a2"] {
            #expect(
                try RequestFixture.problem { _ = try Self.read("realm=ssp&acr=a,b", header: [header]) }
                    == "acr_contradiction")
        }
    }
}
