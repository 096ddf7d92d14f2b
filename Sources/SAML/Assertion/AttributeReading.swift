import Identity
import XMLTree

/// The attributes of an assertion in their order, values of a name that comes twice put together (SAML Core §2.7.3).
struct AttributeReading {
    private(set) var attributes: [(name: String, values: [String])] = []
    /// So that ten thousand names cost no more than ten thousand look-ups.
    private var places: [AttributeName: Int] = [:]

    init(_ statements: [XMLElement]) throws(SAMLRejection) {
        for statement in statements {
            for attribute in statement.children { try read(attribute) }
            guard !statement.hasStrayText else { throw AssertionForm.malformed(statement) }
        }
    }

    private mutating func read(_ attribute: XMLElement) throws(SAMLRejection) {
        guard attribute.matches(AssertionName.attribute) else {
            if attribute.matches(AssertionName.encryptedAttribute) {
                throw SAMLRejection(
                    .encryptedElementUnsupported,
                    "an attribute is encrypted on its own; encrypt the whole Assertion instead")
            }
            throw SAMLRejection(
                .attributeMalformed, "the AttributeStatement holds something else than attributes",
                expected: "Attribute", found: attribute.shownName)
        }
        guard let name = attribute.attribute("Name"), !name.isEmpty else {
            throw SAMLRejection(.attributeMalformed, "an Attribute has no Name")
        }
        let values = try Self.values(of: attribute, named: name)
        if let place = places[AttributeName(name)] {
            attributes[place].values += values
        } else {
            places[AttributeName(name)] = attributes.count
            attributes.append((name, values))
        }
    }

    private static func values(of attribute: XMLElement, named name: String) throws(SAMLRejection) -> [String] {
        let children = attribute.children
        var values: [String] = []
        values.reserveCapacity(children.count)
        for child in children {
            // A value with elements in it is read differently by every reader: all texts, the first one, none.
            guard child.matches(AssertionName.attributeValue), let value = child.text else {
                throw SAMLRejection(
                    .attributeMalformed, "an Attribute holds something else than values that are plain text",
                    found: name)
            }
            if value.isEmpty, isNil(child) { continue }
            values.append(value)
        }
        guard !attribute.hasStrayText, !children.isEmpty || attribute.hasNoContent else {
            throw SAMLRejection(.attributeMalformed, "an Attribute holds text outside of its values", found: name)
        }
        return values
    }

    /// §2.7.3.1.1: `xsi:nil` says that there is no value, which is not the empty text.
    private static func isNil(_ value: XMLElement) -> Bool {
        guard let text = value.attribute("nil", in: "http://www.w3.org/2001/XMLSchema-instance") else { return false }
        return text.isIdentical(to: "true") || text.isIdentical(to: "1")
    }
}

private struct AttributeName: ExactName {
    let text: String
    init(_ text: String) { self.text = text }
}
