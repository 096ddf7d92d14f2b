import Identity
import XMLTree

/// Reads an element's children in their order: whoever reads to the end has noticed what is missing, repeated, foreign or
/// in another order.
struct ChildReader {
    private let children: [XMLElement]
    private var index = 0

    init(_ element: XMLElement) { children = element.children }

    /// The next child, which stays the next.
    var next: XMLElement? { index < children.count ? children[index] : nil }

    var isAtEnd: Bool { index == children.count }

    /// The next child when it is of this name.
    mutating func take(_ name: XMLName) -> XMLElement? {
        guard index < children.count, children[index].matches(name) else { return nil }
        index += 1
        return children[index - 1]
    }

    /// All next children that are of this name.
    mutating func takeAll(_ name: XMLName) -> [XMLElement] {
        var taken: [XMLElement] = []
        while let child = take(name) { taken.append(child) }
        return taken
    }

    /// The next child, whatever it is.
    mutating func takeAny() -> XMLElement? {
        guard index < children.count else { return nil }
        index += 1
        return children[index - 1]
    }
}

extension XMLElement {
    /// For messages: the local name alone where the namespace is SAML's, else with its namespace.
    var shownName: String {
        guard let namespace else { return localName }
        return namespace.utf8.starts(with: "urn:oasis:names:tc:SAML:2.0:".utf8)
            ? localName : "{\(namespace)}\(localName)"
    }

    /// The names of the children, for messages.
    var shownChildren: String {
        let children = children
        let names = children.prefix(12).map(\.shownName).joined(separator: ", ")
        return children.isEmpty ? "nothing" : names + (children.count > 12 ? ", …" : "")
    }

    /// Whether there is nothing inside but white space.
    var hasNoContent: Bool { text?.utf8.allSatisfy(\.isXMLSpace) == true }

    /// Whether there are no other attributes than these, all without a prefix.
    func hasOnlyAttributes(_ names: StaticString...) -> Bool {
        var hasOthers = false
        forEachAttribute { attribute in
            var isKnown = false
            if attribute.isIn("") {
                for name in names where attribute.isNamed(name) { isKnown = true }
            }
            if !isKnown { hasOthers = true }
        }
        return !hasOthers
    }
}

extension UInt8 {
    /// XML 1.0 §2.3, production S.
    var isXMLSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
