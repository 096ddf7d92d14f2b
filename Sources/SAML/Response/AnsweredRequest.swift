import Identity
import XMLTree

extension ResponseExpectation.Answers {
    /// Whether InResponseTo of this element names the request that is pending, or none when none is (rule 13;
    /// SAML Profiles §4.1.4.2, §4.1.5).
    func check(_ element: XMLElement) throws(SAMLRejection) {
        let found = element.attribute("InResponseTo")
        switch self {
        case .request(let id):
            guard let found else {
                throw SAMLRejection(
                    .inResponseToMissing,
                    "the \(element.localName) answers no request, and this sign-in began with one", expected: id)
            }
            guard found.isIdentical(to: id) else {
                throw SAMLRejection(
                    .inResponseToMismatch, "the \(element.localName) answers another request than this sign-in's",
                    expected: id, found: found)
            }
        case .unsolicited:
            guard found == nil else {
                throw SAMLRejection(
                    .inResponseToUnexpected,
                    "the \(element.localName) answers a request, and none of this browser is pending; it is another sign-in's, or a stolen one",
                    found: found)
            }
        }
    }
}
