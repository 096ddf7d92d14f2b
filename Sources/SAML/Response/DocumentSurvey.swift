import Identity
import XMLTree

/// One walk over a whole document for what may stand nowhere, or once only (rules 4, 5 and 6), before anything of it is
/// looked up.
///
/// Wrapping attacks (XSW) need a second message, a second assertion or a second signature somewhere, or two elements of
/// one ID. There is no place for any of them.
struct DocumentSurvey {
    private let root: XMLElement
    private var identifiers: Set<String>
    private var rejection: SAMLRejection?

    /// - Parameter identifiers: those of the message that the document was decrypted from.
    /// - Returns: these and its own.
    @discardableResult
    static func check(
        rootedAt root: XMLElement, besides identifiers: Set<String> = []
    ) throws(SAMLRejection) -> Set<String> {
        var survey = DocumentSurvey(root: root, identifiers: identifiers)
        root.forEachElement { element in
            if survey.rejection == nil { survey.visit(element) }
        }
        if let rejection = survey.rejection { throw rejection }
        return survey.identifiers
    }

    private init(root: XMLElement, identifiers: Set<String>) {
        self.root = root
        self.identifiers = identifiers
    }

    private mutating func visit(_ element: XMLElement) {
        checkAttributes(of: element)
        if element.isIn(SignatureName.namespace) {
            checkSignature(element)
        } else if element.isIn(AssertionName.namespace) {
            checkAssertion(element)
        } else if element.matches(ProtocolName.response), element != root {
            refuse(.responseMisplaced, "there is a Response inside of the \(root.localName)")
        }
    }

    // MARK: Rules 4 and 5

    private mutating func checkAttributes(of element: XMLElement) {
        for attribute in element.attributes {
            if let prefix = attribute.prefix {
                guard Self.isAcceptable(attribute) else {
                    refuse(
                        .attributePrefixed,
                        "the \(element.localName) has an attribute with a prefix; readers differ about whose it is",
                        found: "\(prefix):\(attribute.localName)")
                    return
                }
                guard attribute.localName.isIdentical(to: "id") else { continue }
            } else {
                guard Self.namesIdentifier(attribute.localName) else { continue }
            }
            guard !attribute.value.isEmpty else {
                return refuse(.idMissing, "the \(attribute.localName) of the \(element.localName) is empty")
            }
            guard identifiers.insert(attribute.value).inserted else {
                return refuse(
                    .idDuplicate, "two elements have one \(attribute.localName), so a signature might be another's",
                    found: attribute.value)
            }
        }
    }

    private static func isAcceptable(_ attribute: XMLAttribute) -> Bool {
        guard let namespace = attribute.namespace else { return false }
        if namespace.isIdentical(to: "http://www.w3.org/XML/1998/namespace") { return true }
        return namespace.isIdentical(to: "http://www.w3.org/2001/XMLSchema-instance")
            && (attribute.localName.isIdentical(to: "type") || attribute.localName.isIdentical(to: "nil"))
    }

    /// ID, Id, id, and what else some reader may take for it.
    private static func namesIdentifier(_ name: String) -> Bool {
        name.utf8.count == 2 && name.utf8.first.map { $0 | 0x20 } == UInt8(ascii: "i")
            && name.utf8.last.map { $0 | 0x20 } == UInt8(ascii: "d")
    }

    // MARK: Rules 4 and 6

    private mutating func checkAssertion(_ element: XMLElement) {
        guard element.matches(AssertionName.assertion) || element.matches(AssertionName.encryptedAssertion),
            element != root, element.parent != root
        else { return }
        refuse(
            .assertionMisplaced, "there is an \(element.localName) elsewhere than directly in the \(root.localName)",
            found: element.parent?.shownName)
    }

    /// A signature directly after the Issuer of the message or of its assertion, and whatever belongs into one. Of the
    /// namespace there is besides only what tells how something is encrypted.
    private mutating func checkSignature(_ element: XMLElement) {
        guard let parent = element.parent else {
            return refuse(.signatureMisplaced, "the message is a \(element.localName) and nothing else")
        }
        if element.matches(SignatureName.signature) {
            let isSignable = parent == root || parent.parent == root && parent.matches(AssertionName.assertion)
            let siblings = isSignable ? parent.children : []
            guard siblings.count >= 2, siblings[0].matches(AssertionName.issuer), siblings[1] == element else {
                return refuse(
                    .signatureMisplaced,
                    "a Signature stands elsewhere than directly after the Issuer of the message or of its Assertion",
                    found: parent.shownName)
            }
            return
        }
        // Parents come first, so one that is in the namespace too was found to be in its place.
        guard parent.isIn(SignatureName.namespace) || parent.isIn(EncryptionName.namespace) else {
            return refuse(
                .signatureMisplaced, "there is a \(element.localName) of XML Signature outside of any signature",
                found: parent.shownName)
        }
    }

    private mutating func refuse(_ reason: SAMLRejection.Reason, _ detail: String, found: String? = nil) {
        rejection = rejection ?? SAMLRejection(reason, detail, found: found)
    }
}
