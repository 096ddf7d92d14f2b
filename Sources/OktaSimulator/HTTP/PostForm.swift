import FoundationEssentials
import Hummingbird

extension Response {
    /// The page that posts a message to an application.
    ///
    /// - Parameter frameAncestors: Who may frame the page; logout messages go out of frames.
    static func postForm(
        to address: String, _ fields: [(String, String)], id: String = "form", frameAncestors: String = "'none'"
    ) -> Response {
        let nonce = RandomIdentifiers.token(22)
        return .html(
            MessagePages.formPost(to: address, fields, id: id, scriptNonce: nonce),
            contentSecurityPolicy: Page.policy(frameAncestors: frameAncestors) + "; script-src 'nonce-\(nonce)'")
    }
}
