import FuzzingSupport
import SAMLTestSupport
import XMLTree

/// The byte pre-filter, the parse and canonicalisation.
///
/// Promises: what is refused is refused with a reason; what is accepted is XML for the tests' own reader too, with the
/// same elements; its canonical form is what the tests' own canonicalisation makes of it, is accepted again, and is its
/// own canonical form.
enum XMLTarget {
    static func run(_ bytes: [UInt8]) -> CInt {
        let document: XMLDocument
        do { document = try XMLDocument(bytes) } catch { return 0 }
        do {
            let root = try ReferenceElement.parse(bytes)
            try compare(document, root)
            let once = try document.root.canonical()
            let again = try XMLDocument(once)
            require(try again.root.canonical() == once, "the canonical form is its own canonical form")
        } catch {
            require(false, "\(error)")
        }
        return 0
    }

    /// A few elements of each document; all would be quadratic.
    private static func compare(_ document: XMLDocument, _ root: ReferenceElement) throws {
        let reference = root.all
        var elements: [XMLElement] = []
        document.root.forEachElement { elements.append($0) }
        require(elements.count == reference.count, "both readings have \(reference.count) elements")
        for index in Set([0, 1, elements.count / 2, elements.count - 1]) where index < elements.count {
            let (product, other) = (elements[index], reference[index])
            require(product.localName.utf8.elementsEqual(other.local.utf8), "both have the same names")
            require((product.namespace ?? "").utf8.elementsEqual(other.namespace.utf8), "both have the same namespaces")
            for prefixes in [[], ["a", "#default", "xs"]] {
                let omitted = zip(product.children, other.children).first { _ in true }
                require(
                    try product.canonical(inclusivePrefixes: prefixes) == other.canonical(inclusivePrefixes: prefixes),
                    "both canonical forms are one")
                guard let omitted else { continue }
                require(
                    try product.canonical(omitting: omitted.0, inclusivePrefixes: prefixes)
                        == other.canonical(omitting: omitted.1, inclusivePrefixes: prefixes),
                    "both canonical forms without the first child are one")
            }
        }
    }
}
