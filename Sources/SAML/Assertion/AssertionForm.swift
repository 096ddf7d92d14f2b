import Identity
import XMLTree

/// An Assertion in its exact form (SAML Core §2.3.3): Issuer, Subject, Conditions, then statements. What its parts say is
/// judged elsewhere.
struct AssertionForm {
    let head: MessageHead
    let issuer: XMLElement
    let nameID: XMLElement
    let confirmations: [XMLElement]
    let conditions: XMLElement
    let authnStatements: [XMLElement]
    let attributeStatements: [XMLElement]

    init(_ assertion: XMLElement) throws(SAMLRejection) {
        head = try MessageHead(of: assertion)
        var children = ChildReader(assertion)
        guard let issuer = children.take(AssertionName.issuer) else {
            throw SAMLRejection(.issuerMissing, "the Assertion does not say first of all who issued it")
        }
        self.issuer = issuer
        guard let subject = children.take(AssertionName.subject) else {
            throw SAMLRejection(
                .nameIDMissing, "the Assertion has no Subject after its Issuer, so it is about nobody",
                found: assertion.shownChildren)
        }
        (nameID, confirmations) = try Self.parts(ofSubject: subject)
        guard let conditions = children.take(AssertionName.conditions) else {
            throw SAMLRejection(
                .conditionsMissing, "the Assertion has no Conditions after its Subject, so it would be for everybody",
                found: assertion.shownChildren)
        }
        self.conditions = conditions
        (authnStatements, attributeStatements) = try Self.statements(of: assertion, &children)
        guard !assertion.hasStrayText else { throw Self.malformed(assertion) }
        guard !authnStatements.isEmpty else {
            throw SAMLRejection(
                .authnStatementMissing, "the Assertion has no AuthnStatement: it does not say that the person signed in"
            )
        }
    }

    private static func parts(
        ofSubject subject: XMLElement
    ) throws(SAMLRejection) -> (nameID: XMLElement, confirmations: [XMLElement]) {
        var children = ChildReader(subject)
        guard let nameID = children.take(AssertionName.nameID) else {
            if children.take(AssertionName.encryptedID) != nil {
                throw SAMLRejection(
                    .encryptedElementUnsupported,
                    "the NameID is encrypted on its own; encrypt the whole Assertion instead")
            }
            throw SAMLRejection(
                .nameIDMissing, "the Subject names nobody", expected: "NameID", found: subject.shownChildren)
        }
        let confirmations = children.takeAll(AssertionName.subjectConfirmation)
        guard children.isAtEnd, !subject.hasStrayText else { throw malformed(subject) }
        return (nameID, confirmations)
    }

    private static func statements(
        of assertion: XMLElement, _ children: inout ChildReader
    ) throws(SAMLRejection) -> (authn: [XMLElement], attributes: [XMLElement]) {
        var (authn, attributes): ([XMLElement], [XMLElement]) = ([], [])
        while let statement = children.takeAny() {
            if statement.matches(AssertionName.authnStatement) {
                authn.append(statement)
            } else if statement.matches(AssertionName.attributeStatement) {
                attributes.append(statement)
            } else {
                throw malformed(assertion)
            }
        }
        return (authn, attributes)
    }

    static func malformed(_ element: XMLElement) -> SAMLRejection {
        SAMLRejection(
            .assertionMalformed,
            "the \(element.localName) does not hold exactly what belongs into one, in that order",
            found: element.shownChildren)
    }
}
