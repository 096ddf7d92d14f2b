import Access
import HTTPTypes
import Identity
import StrictJSON
import Testing

@testable import Gateway

@Suite("Refusals of the check")
struct CheckRefusalTests {
    static let browser = [("Accept", "text/html,application/xhtml+xml"), ("Sec-Fetch-Mode", "navigate")]

    private func refusal(
        _ headers: [(String, String)], url: String? = "https://app.example.com/a?b=c", method: String = "GET",
        contact: String? = nil
    ) throws -> CheckRefusal {
        let told = (url.map { [("X-Original-URL", $0)] } ?? []) + [("X-Original-Method", method)]
        let request = try IncomingRequest.make("GET", "/session/check", headers: headers + told)
        let realm = RequestFixture.realm(contact: contact)
        return CheckRefusal(
            rules: RequestFixture.rules(realm), realm: realm, original: try OriginalRequest(request, face: .plain),
            request: request)
    }

    static let question = AccessQuestion(realm: "infraon")

    static let location =
        "https://sso.example.com/login?realm=infraon&return_to=https%3A%2F%2Fapp.example.com%2Fa%3Fb%3Dc"

    @Test("nginx gets 401 with the login page's address, whoever asks")
    func plain() throws {
        for headers in [Self.browser, []] {
            let answer = try refusal(headers).signIn(
                .noSession, face: .plain, question: Self.question, hadSession: false)
            #expect(answer.status == .unauthorized)
            #expect(answer.headers[.location] == Self.location)
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"infraon\"")
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(try JSON.parse(answer.body)["login_url"] == .string(Self.location))
            #expect(try JSON.parse(answer.body)["type"] == "urn:gatehouse:problem:no_session")
        }
    }

    @Test(
        "a browser that navigates is redirected: 302, and 303 after unsafe methods",
        arguments: [CheckFace.forward, .envoy(originalPath: "/")])
    func redirects(face: CheckFace) throws {
        for (method, status) in [
            ("GET", 302), ("HEAD", 302), ("OPTIONS", 302), ("POST", 303), ("PUT", 303), ("DELETE", 303), ("get", 303),
        ] {
            let answer = try refusal(Self.browser, method: method).signIn(
                .noSession, face: face, question: Self.question, hadSession: false)
            #expect(answer.status.code == status && answer.headers[.location] == Self.location)
            #expect(answer.headers[.cacheControl] == "no-store" && answer.body.isEmpty)
        }
    }

    @Test(
        "scripts and programs get 401",
        arguments: [
            [], [("Accept", "*/*")], [("Accept", "application/json")],
            [("Accept", "text/html"), ("X-Requested-With", "XMLHttpRequest")],
            [("Accept", "text/html"), ("Sec-Fetch-Mode", "cors")],
            [("Accept", "text/html"), ("Sec-Fetch-Mode", "no-cors")],
            [("Accept", "text/html"), ("Sec-Fetch-Mode", "websocket")],
            [("Accept", "text/html"), ("Upgrade", "websocket")],
        ])
    func programs(headers: [(String, String)]) throws {
        let answer = try refusal(headers).signIn(.noSession, face: .forward, question: Self.question, hadSession: false)
        #expect(answer.status == .unauthorized && answer.headers[.location] == Self.location)
    }

    @Test(
        "an old browser without Fetch Metadata is known by what it accepts",
        arguments: ["text/html", "TEXT/HTML;q=0.9", "application/xml, text/html"])
    func oldBrowsers(accept: String) throws {
        #expect(
            try refusal([("Accept", accept)]).signIn(
                .noSession, face: .forward, question: Self.question, hadSession: false
            ).status == .found)
    }

    @Test(
        "the way back is told only where the realm allows it",
        arguments: [nil, "https://evil.example/", "http://app.example.com/", "https://sso.example.com/logout"])
    func wayBack(url: String?) throws {
        let answer = try refusal([], url: url).signIn(
            .noSession, face: .plain, question: Self.question, hadSession: false)
        #expect(answer.headers[.location] == "https://sso.example.com/login?realm=infraon")
    }

    @Test("from a long address the way back is its origin: proxies refuse long headers")
    func longAddress() throws {
        let base = "https://app.example.com/"
        let fits = base + String(repeating: "x", count: 1000 - base.utf8.count)
        #expect(
            try refusal([], url: fits).signIn(.noSession, face: .plain, question: Self.question, hadSession: false)
                .headers[.location]?.hasSuffix(
                    "xxx") == true)
        let location = try refusal([], url: fits + "x").signIn(
            .noSession, face: .plain, question: Self.question, hadSession: false
        ).headers[
            .location]
        #expect(location == "https://sso.example.com/login?realm=infraon&return_to=https%3A%2F%2Fapp.example.com%2F")
    }

    @Test("what is asked for is passed on, so that one login meets all of it", arguments: [true, false])
    func demands(isSignedIn: Bool) throws {
        func location(_ reason: Decision.SignInReason, _ age: Duration?, _ lists: [[String]]) throws -> String? {
            let question = AccessQuestion(realm: "infraon", maximumAge: age, authenticationContexts: lists)
            let answer = try refusal([]).signIn(
                isSignedIn ? reason : .noSession, face: .plain, question: question, hadSession: isSignedIn)
            #expect(answer.status == .unauthorized)
            let code = isSignedIn ? reason.rawValue : "no_session"
            #expect(try JSON.parse(answer.body)["type"] == .string("urn:gatehouse:problem:\(code)"))
            return answer.headers[.location]
        }
        #expect(try location(.authenticationTooOld, .seconds(900), []) == Self.location + "&max_age=900s")
        #expect(try location(.authenticationTooWeak, nil, [["a:b", "c"]]) == Self.location + "&acr=a%3Ab%2Cc")
        #expect(
            try location(.authenticationTooWeak, .seconds(1), [["a", "b"], ["b", "c"]])
                == Self.location + "&max_age=1s&acr=b")
    }

    @Test("whoever had a session is signed in without a page, where the provider can")
    func silent() throws {
        func location(_ reason: Decision.SignInReason, hadSession: Bool) throws -> String? {
            try refusal([]).signIn(reason, face: .plain, question: Self.question, hadSession: hadSession)
                .headers[.location]
        }
        #expect(try location(.noSession, hadSession: true) == Self.location + "&prompt=none")
        #expect(try location(.noSession, hadSession: false) == Self.location)
        // They are signed in: the provider has to show something.
        #expect(try location(.authenticationTooOld, hadSession: true) == Self.location)
        #expect(try location(.authenticationTooWeak, hadSession: true) == Self.location)
    }

    @Test("who may not gets 403: a page for a browser, JSON for programs and nginx")
    func deny() throws {
        let page = try refusal(Self.browser, contact: "the <service> desk").deny(
            .roleMissing, face: .forward, session: nil)
        #expect(page.status == .forbidden && page.headers[.contentType] == "text/html; charset=utf-8")
        let text = String(decoding: page.body, as: UTF8.self)
        #expect(text.contains("the &lt;service&gt; desk") && !text.contains("<service>"))
        for (headers, face) in [(Self.browser, CheckFace.plain), ([], .forward)] {
            let answer = try refusal(headers).deny(.groupMissing, face: face, session: nil)
            #expect(
                answer.status == .forbidden && answer.headers[.location] == nil
                    && answer.headers[.cacheControl] == "no-store")
            #expect(try JSON.parse(answer.body)["type"] == "urn:gatehouse:problem:group_missing")
        }
    }
}
