import Identity
import XMLTree

/// The Status of a response (SAML Core §3.2.2.1). Never a reason to accept, always one to refuse.
enum ResponseStatus {
    static let success = "urn:oasis:names:tc:SAML:2.0:status:Success"
    static let noPassive = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"

    /// - Throws: unless the status is Success and nothing else.
    static func check(_ status: XMLElement) throws(SAMLRejection) {
        let codes = try values(of: status)
        guard codes.count != 1 || !codes[0].isIdentical(to: success) else { return }
        let found = codes.joined(separator: " / ")
        if codes.contains(where: { $0.isIdentical(to: noPassive) }) {
            throw SAMLRejection(
                .noPassive, "the identity provider would have to ask the person, which it was asked not to",
                expected: success, found: found)
        }
        let words = status.children(ProtocolName.statusMessage).first?.text
        let quoted = words.map { ": “\($0.clipped(200))”" } ?? ""
        throw SAMLRejection(
            .statusNotSuccess,
            "the identity provider refuses the sign-in\(quoted). Okta: Reports > System Log says why; often the person is not assigned to the app",
            expected: success, found: found)
    }

    /// The codes from the outermost inwards; there are two at most in practice, so deeper ones are malformed.
    static func values(of status: XMLElement) throws(SAMLRejection) -> [String] {
        var children = ChildReader(status)
        guard let code = children.take(ProtocolName.statusCode) else { throw malformed(status) }
        _ = children.take(ProtocolName.statusMessage)
        _ = children.take(ProtocolName.statusDetail)
        guard children.isAtEnd, let value = code.attribute("Value") else { throw malformed(status) }
        var nested = ChildReader(code)
        guard let inner = nested.take(ProtocolName.statusCode) else {
            guard nested.isAtEnd else { throw malformed(code) }
            return [value]
        }
        guard nested.isAtEnd, inner.children.isEmpty, let innerValue = inner.attribute("Value") else {
            throw malformed(code)
        }
        return [value, innerValue]
    }

    private static func malformed(_ element: XMLElement) -> SAMLRejection {
        SAMLRejection(
            .statusMalformed, "the \(element.localName) of the Response does not tell one status",
            expected: "StatusCode", found: element.shownChildren)
    }
}
