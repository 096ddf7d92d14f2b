import Identity
import XMLTree

/// One walk over a whole document for what may stand nowhere, or once only (rules 4, 5 and 6), before anything of it is
/// looked up.
///
/// Wrapping attacks (XSW) need a second message, a second assertion or a second signature somewhere, or two elements of
/// one ID. There is no place for any of them.
struct DocumentSurvey {
    private let root: XMLElement
    private var identifiers: Set<XMLIdentifier>
    private var rejection: SAMLRejection?

    /// - Parameter identifiers: those of the message that the document was decrypted from.
    /// - Returns: these and its own.
    @discardableResult
    static func check(
        rootedAt root: XMLElement, besides identifiers: Set<XMLIdentifier> = []
    ) throws(SAMLRejection) -> Set<XMLIdentifier> {
        var survey = DocumentSurvey(root: root, identifiers: identifiers)
        root.forEachElement { element in
            if survey.rejection == nil { survey.visit(element) }
        }
        if let rejection = survey.rejection { throw rejection }
        return survey.identifiers
    }

    private init(root: XMLElement, identifiers: Set<XMLIdentifier>) {
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
        element.forEachAttribute { attribute in
            let isXML = attribute.isIn(Self.xmlNamespace)
            if attribute.hasPrefix, !isXML, !Self.isOfSchemaInstance(attribute) {
                refuse(
                    .attributePrefixed,
                    "the \(element.localName) has an attribute with a prefix; readers differ about whose it is",
                    found: "\(attribute.prefix ?? ""):\(attribute.localName)")
            } else if isXML ? attribute.isNamed("id") : Self.namesIdentifier(attribute) {
                checkIdentifier(attribute.value, named: attribute.localName, of: element)
            }
        }
    }

    private mutating func checkIdentifier(_ value: String, named name: String, of element: XMLElement) {
        if value.isEmpty {
            refuse(.idMissing, "the \(name) of the \(element.localName) is empty")
        } else if !identifiers.insert(XMLIdentifier(value)).inserted {
            refuse(.idDuplicate, "two elements have one \(name), so a signature might be another's", found: value)
        }
    }

    private static let xmlNamespace: StaticString = "http://www.w3.org/XML/1998/namespace"

    private static func isOfSchemaInstance(_ attribute: borrowing XMLAttributeView) -> Bool {
        attribute.isIn("http://www.w3.org/2001/XMLSchema-instance")
            && (attribute.isNamed("type") || attribute.isNamed("nil"))
    }

    /// ID, Id, id, and what else some reader may take for it.
    private static func namesIdentifier(_ attribute: borrowing XMLAttributeView) -> Bool {
        !attribute.hasPrefix
            && (attribute.isNamed("ID") || attribute.isNamed("Id") || attribute.isNamed("id")
                || attribute.isNamed("iD"))
    }

    // MARK: Rules 4 and 6

    private mutating func checkAssertion(_ element: XMLElement) {
        guard element.matches(AssertionName.assertion) || element.matches(AssertionName.encryptedAssertion),
            element != root, element.parent != root || root.matches(AssertionName.assertion)
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

/// The value of an ID, Id, id or xml:id. Compared byte by byte: comparing as Swift's strings do takes a time that grows with
/// the square of the combining marks that a stranger puts in a row.
struct XMLIdentifier: ExactName {
    let text: String
    init(_ text: String) { self.text = text }
}
