import FoundationEssentials
import Hummingbird

extension Response {
    /// The page that posts a message (SAML Bindings §3.5.4).
    ///
    /// - Parameters:
    ///   - parameter: SAMLRequest or SAMLResponse.
    ///   - frameAncestors: Who may frame the page; logout messages go out of frames.
    static func samlPost(
        to address: String, _ parameter: String, _ document: String, relayState: String?,
        frameAncestors: String = "'none'"
    ) -> Response {
        var fields = [(parameter, Data(document.utf8).base64EncodedString())]
        if let relayState { fields.append(("RelayState", relayState)) }
        let nonce = RandomIdentifiers.token(22)
        return .html(
            MessagePages.formPost(to: address, fields, id: "appForm", scriptNonce: nonce),
            contentSecurityPolicy: Page.policy(frameAncestors: frameAncestors) + "; script-src 'nonce-\(nonce)'")
    }
}
