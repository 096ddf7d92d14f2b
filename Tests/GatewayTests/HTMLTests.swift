import Cryptography
import HTTPTypes
import SAML
import Testing

@testable import Gateway

@Suite("Pages")
struct HTMLTests {
    @Test(
        "text is escaped by scalar",
        arguments: [
            ("", ""), ("a", "a"), ("<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"),
            ("\"&\"", "&quot;&amp;&quot;"),
            ("&amp;", "&amp;amp;"), ("\u{e9}\u{1F600}", "\u{e9}\u{1F600}"),
            // Together with the mark after it a quotation mark is one Character, and still ends an attribute.
            ("\"\u{301}", "&quot;\u{301}"), ("<\u{338}", "&lt;\u{338}"),
            ("'\u{20DD}>\u{FE0F}&\u{200D}", "&#39;\u{20DD}&gt;\u{FE0F}&amp;\u{200D}"),
        ])
    func escaping(text: String, escaped: String) {
        #expect(HTML.escaping(text).text.utf8.elementsEqual(escaped.utf8))
        let interpolated: HTML = "<a title=\"\(text)\">\(text)</a>"
        #expect(interpolated.text.utf8.elementsEqual("<a title=\"\(escaped)\">\(escaped)</a>".utf8))
    }

    @Test("a combining mark at the start of text cannot swallow the tag before it")
    func leadingMark() {
        let page: HTML = "<b>\("\u{301}x")</b>"
        #expect(page.text.unicodeScalars.elementsEqual("<b>".unicodeScalars + "\u{301}x</b>".unicodeScalars))
    }

    @Test("HTML within HTML stays as it is, joined parts too")
    func nesting() {
        let inner: HTML = "<b>\("<")</b>"
        let outer: HTML = "<p>\(inner)</p>"
        #expect(outer.text == "<p><b>&lt;</b></p>")
        #expect((inner + HTML.empty + inner).text == inner.text + inner.text)
        #expect(HTML.joined([inner, "<hr>"]).text == "<b>&lt;</b>\n<hr>")
    }

    @Test("every page brings its own style, and allows exactly that and nothing from elsewhere")
    func contentSecurityPolicy() throws {
        let answer = MessagePage(
            status: 404, title: "a <b>", sentence: "\"><script>", advice: "'", reference: "<x>", retry: "/login?a=\"b\""
        ).answer
        let text = String(decoding: answer.body, as: UTF8.self)
        let start = try #require(text.ranges(of: "<style>").first).upperBound
        let end = try #require(text.ranges(of: "</style>").first).lowerBound
        let hash = Base64.encode(HashFunction.sha256.hash(text[start..<end].utf8))
        let policy = try #require(answer.headers[.contentSecurityPolicy])
        #expect(
            policy.contains("default-src 'none'") && policy.contains("style-src 'sha256-\(hash)'")
                && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("script-src") && !policy.contains("*"))
        #expect(
            answer.status.code == 404 && answer.headers[.cacheControl] == "no-store"
                && answer.headers[.xContentTypeOptions] == "nosniff")
        #expect(
            !text.contains("<script") && !text.contains("a <b>") && !text.contains("<x>") && !text.contains("style=\""))
        #expect(text.contains("/login?a=&quot;b&quot;") && text.contains("<html lang=\"en\">"))
        #expect(text.ranges(of: "<h1>").count == 1)
    }

    @Test(
        "a form may go where it is meant to go, any loopback address included, and its page runs one line of script",
        arguments: [
            ("https://acme.okta.com/app/sso", "https://acme.okta.com"), ("http://[::1]:8302/sso", "http://[::1]:8302"),
            ("http://127.0.0.2:8302/sso?a=1", "http://127.0.0.2:8302"), ("http://x; script-src *", nil),
        ] as [(String, String?)])
    func formAction(action: String, origin: String?) throws {
        let answer = PostPage(
            form: PostForm(action: action, fields: [(name: "SAMLRequest", value: "\"><b>")]), title: "On",
            sentence: "On"
        ).answer
        let policy = try #require(answer.headers[.contentSecurityPolicy])
        #expect(policy.contains("form-action 'self' \(origin.map { $0 + " " } ?? "")https: "))
        #expect(policy.contains("script-src 'sha256-") && !policy.contains("unsafe") && !policy.contains(" *"))
        #expect(!String(decoding: answer.body, as: UTF8.self).contains("<b>"))
    }

    @Test("a chooser's labels and links are escaped")
    func chooser() {
        let answer = ChooserPage.providers(realmTitle: "R&D", [(label: "<okta>", link: "/login?x=\"y\"&z")]).answer
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(
            text.contains("Sign in to R&amp;D") && text.contains(">&lt;okta&gt;</a>")
                && text.contains("href=\"/login?x=&quot;y&quot;&amp;z\""))
        let confirmation = String(
            decoding: ConfirmationPage(realm: "\"><script>", formTargets: []).answer.body, as: UTF8.self)
        #expect(confirmation.contains("value=\"&quot;&gt;&lt;script&gt;\"") && !confirmation.contains("<script>"))
    }

    @Test(
        "a browser is told apart by name and system",
        arguments: [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
                "Chrome on Linux"
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows"
            ),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
            ("Mozilla/5.0 (X11; Ubuntu) Gecko/20100101 Firefox/140.0", "Firefox"), ("curl/8.5.0 (x)", "curl/8.5.0"),
            (nil, "A program"), ("", "A program"),
        ] as [(String?, String)])
    func browsers(userAgent: String?, name: String) {
        #expect(BrowserName.describe(userAgent) == name)
    }
}
