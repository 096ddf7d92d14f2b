import XMLTree

/// The product's canonical bytes beside those of `ReferenceElement`.
package struct CanonicalComparison {
    /// How many pairs were compared.
    package private(set) var count = 0
    /// The first pair that differs.
    package private(set) var difference: (product: String, reference: String)?

    package var isEqual: Bool { difference == nil }

    /// Compares every element of a document: whole, and for signatures below it without each, with each list of prefixes.
    ///
    /// - Throws: `XMLRefusal` when the product refuses the document, `ReferenceXMLError` when only the reference does.
    package static func everyElement(of bytes: [UInt8], prefixLists: [[String]] = [[]]) throws -> CanonicalComparison {
        var comparison = CanonicalComparison()
        for (product, reference) in try pairs(bytes) {
            for prefixes in prefixLists {
                try comparison.compare(product, reference, omitting: nil, prefixes)
                for (child, counterpart) in zip(product.children, reference.children) {
                    try comparison.compare(product, reference, omitting: (child, counterpart), prefixes)
                }
            }
        }
        return comparison
    }

    /// Compares what signatures cover: the root, assertions and each SignedInfo, with the lists of prefixes that the
    /// message itself names, whole and without the signature that stands in the element.
    package static func whatIsSigned(in bytes: [UInt8]) throws -> CanonicalComparison {
        var comparison = CanonicalComparison()
        let pairs = try pairs(bytes)
        let lists: Set<[String]> = pairs.reduce(into: [[]]) { lists, pair in
            guard pair.1.local == "InclusiveNamespaces", let list = pair.1.attribute("PrefixList") else { return }
            lists.insert(list.split(whereSeparator: \.isWhitespace).map(String.init))
        }
        for (index, (product, reference)) in pairs.enumerated() {
            guard index == 0 || ["Assertion", "SignedInfo"].contains(reference.local) else { continue }
            let signature = zip(product.children, reference.children).first { $0.1.local == "Signature" }
            for prefixes in lists {
                try comparison.compare(product, reference, omitting: nil, prefixes)
                if let signature { try comparison.compare(product, reference, omitting: signature, prefixes) }
            }
        }
        return comparison
    }

    /// The elements of both readings in document order.
    private static func pairs(_ bytes: [UInt8]) throws -> [(XMLElement, ReferenceElement)] {
        let document = try XMLDocument(bytes)
        let reference = try ReferenceElement.parse(bytes).all
        var elements: [XMLElement] = []
        document.root.forEachElement { elements.append($0) }
        guard elements.count == reference.count else {
            throw ReferenceXMLError(description: "\(elements.count) elements, and \(reference.count) for the reference")
        }
        return Array(zip(elements, reference))
    }

    private mutating func compare(
        _ product: XMLElement, _ reference: ReferenceElement, omitting omitted: (XMLElement, ReferenceElement)?,
        _ prefixes: [String]
    ) throws {
        count += 1
        let first = try product.canonical(omitting: omitted?.0, inclusivePrefixes: prefixes)
        let second = reference.canonical(omitting: omitted?.1, inclusivePrefixes: prefixes)
        guard first != second, difference == nil else { return }
        difference = (String(decoding: first, as: UTF8.self), String(decoding: second, as: UTF8.self))
    }
}
