import Access
import Cryptography
import HTTPTypes
import SAML

/// A page that takes a form to another place by itself (SAML Bindings §3.5.3), or at a click where scripts are off.
struct PostPage {
    let form: PostForm
    let title: String
    let sentence: String
    /// The one other site that may show the page in a frame; none when it is nil.
    var framedBy: String?

    var answer: Answer {
        let fields = form.fields.map { field -> HTML in
            "<input type=\"hidden\" name=\"\(field.name)\" value=\"\(field.value)\">"
        }
        let body: HTML = """
            <h1>\(title)</h1>
            <p>\(sentence)</p>
            <form method="post" action="\(form.action)">
            \(.joined(fields))
            <p><button class="button" type="submit">Continue</button></p>
            </form>
            <script>\(Self.script)</script>
            """
        return Layout.posting(
            title: title, target: WebAddress(form.action)?.origin, framedBy: framedBy,
            scriptHash: Self.scriptHash, body: body)
    }

    private static let script: HTML = "document.forms[0].submit()"
    private static let scriptHash = Base64.encode(HashFunction.sha256.hash(script.text.utf8))
}
