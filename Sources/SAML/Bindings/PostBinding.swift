import Cryptography

/// A form that the browser sends by itself (SAML Bindings §3.5.4).
package struct PostForm: Sendable {
    /// Where it goes to; to be escaped for HTML like the fields.
    package let action: String
    package let fields: [(name: String, value: String)]

    package init(action: String, fields: [(name: String, value: String)]) {
        self.action = action
        self.fields = fields
    }
}

/// The POST binding (SAML Bindings §3.5). What comes by it is read by `EncodedMessage`.
package enum PostBinding {
    /// - Parameters:
    ///   - id: the message's own, which the signature refers to.
    ///   - signer: signs within the message (§3.5.4.1).
    package static func form(
        _ endpoint: String, _ message: OutgoingMessage, id: String, relayState: String?, signer: MessageSigner?
    ) throws(CryptographyError) -> PostForm {
        let xml = try signer?.enveloped(message.xml, id: id) ?? message.xml
        var fields = [(name: message.field, value: Base64.encode(Array(xml.utf8)))]
        if let relayState { fields.append(("RelayState", relayState)) }
        return PostForm(action: endpoint, fields: fields)
    }
}
