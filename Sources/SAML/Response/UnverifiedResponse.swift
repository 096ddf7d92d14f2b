import Identity
import XMLTree

/// A Response in its exact form (rule 4), of which nothing is verified.
struct UnverifiedResponse {
    enum Content {
        case assertion(XMLElement)
        case encrypted(XMLElement)
    }

    let element: XMLElement
    let issuer: XMLElement
    let isSigned: Bool
    let content: Content

    /// SAML Core §3.2.2: Issuer, Signature, Status, and one assertion, in this order.
    init(_ document: XMLDocument) throws(SAMLRejection) {
        element = document.root
        guard element.matches(ProtocolName.response) else {
            throw SAMLRejection(
                .rootUnexpected, "the message is no SAML 2.0 Response", expected: "Response", found: element.shownName)
        }
        _ = try MessageHead(of: element)
        var children = ChildReader(element)
        guard let issuer = children.take(AssertionName.issuer) else {
            throw SAMLRejection(.issuerMissing, "the Response does not say first of all who issued it")
        }
        self.issuer = issuer
        isSigned = children.take(SignatureName.signature) != nil
        guard let status = children.take(ProtocolName.status) else { throw Self.malformed(element) }
        // Before the assertion is missed: a refusal has none.
        try ResponseStatus.check(status)
        content = try Self.content(of: element, &children)
        guard !element.hasStrayText else { throw Self.malformed(element) }
    }

    private static func content(
        of element: XMLElement, _ children: inout ChildReader
    ) throws(SAMLRejection) -> Content {
        guard let child = children.takeAny() else {
            throw SAMLRejection(.assertionMissing, "the Response holds no Assertion")
        }
        let content: Content
        if child.matches(AssertionName.assertion) {
            content = .assertion(child)
        } else if child.matches(AssertionName.encryptedAssertion) {
            content = .encrypted(child)
        } else {
            throw malformed(element)
        }
        while let another = children.takeAny() {
            guard another.matches(AssertionName.assertion) || another.matches(AssertionName.encryptedAssertion) else {
                throw malformed(element)
            }
            throw SAMLRejection(
                .assertionRepeated, "the Response holds several assertions, so it is not clear who is signed in",
                found: element.shownChildren)
        }
        return content
    }

    private static func malformed(_ element: XMLElement) -> SAMLRejection {
        SAMLRejection(
            .responseMalformed, "the Response does not hold exactly what belongs into one, in that order",
            expected: "Issuer, Signature, Status, Assertion", found: element.shownChildren)
    }
}
