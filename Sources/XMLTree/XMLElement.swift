import CXML2

/// The name of an element or attribute: namespace and local part (Namespaces in XML 1.0 §2.1). A prefix means nothing.
package struct XMLName: Sendable {
    let local: StaticString
    let namespace: StaticString

    /// - Parameter namespace: empty for none.
    package init(_ local: StaticString, in namespace: StaticString) {
        self.local = local
        self.namespace = namespace
    }
}

/// One element of a document, which it keeps alive.
package struct XMLElement: Equatable {
    let document: XMLDocument
    // Valid as long as `document` is. Wherever it is followed, `withExtendedLifetime` holds on to the document: a local
    // copy of an element may end at its last use, which is before the pointer's.
    let node: UnsafeMutablePointer<xmlNode>

    /// Whether both are the same node.
    package static func == (left: XMLElement, right: XMLElement) -> Bool { left.node == right.node }

    package func matches(_ name: XMLName) -> Bool {
        withExtendedLifetime(document) { node.matches(name) }
    }

    /// Whether its namespace is this one, whatever its local name.
    package func isIn(_ namespace: StaticString) -> Bool {
        withExtendedLifetime(document) { isText(node.pointee.ns?.pointee.href, namespace) }
    }

    package var namespace: String? {
        withExtendedLifetime(document) { node.pointee.ns.flatMap { string($0.pointee.href) } }
    }

    package var localName: String {
        withExtendedLifetime(document) { string(node.pointee.name) ?? "" }
    }

    /// For messages; nothing is to be decided by it.
    package var prefix: String? {
        withExtendedLifetime(document) { node.pointee.ns.flatMap { string($0.pointee.prefix) } }
    }

    /// nil for the root.
    package var parent: XMLElement? {
        withExtendedLifetime(document) {
            guard let parent = node.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return nil }
            return XMLElement(document: document, node: parent)
        }
    }

    /// The child elements in their order.
    package var children: [XMLElement] { children { _ in true } }

    /// The child elements of one name in their order.
    package func children(_ name: XMLName) -> [XMLElement] { children { $0.matches(name) } }

    /// All character data when there are no child elements, "" when it is empty; nil when there are.
    package var text: String? {
        withExtendedLifetime(document) {
            var content: String?
            var child = node.pointee.children
            while let current = child {
                guard current.pointee.type == XML_TEXT_NODE else { return nil }
                let part = string(current.pointee.content) ?? ""
                content = content.map { $0 + part } ?? part
                child = current.pointee.next
            }
            return content ?? ""
        }
    }

    /// Whether there is character data other than white space beside child elements.
    package var hasStrayText: Bool {
        withExtendedLifetime(document) {
            var child = node.pointee.children
            var hasElements = false
            var hasText = false
            while let current = child {
                if current.pointee.type == XML_TEXT_NODE {
                    hasText = hasText || xmlIsBlankNode(current) != 1
                } else {
                    hasElements = true
                }
                child = current.pointee.next
            }
            return hasElements && hasText
        }
    }

    /// This element and all below it in document order.
    package func forEachElement<Failure: Error>(_ body: (XMLElement) throws(Failure) -> Void) throws(Failure) {
        try withExtendedLifetime(document) { () throws(Failure) in
            var next: UnsafeMutablePointer<xmlNode>? = node
            while let current = next {
                if current.pointee.type == XML_ELEMENT_NODE {
                    try body(XMLElement(document: document, node: current))
                }
                next = current.following(within: node)
            }
        }
    }

    private func children(where isWanted: (UnsafeMutablePointer<xmlNode>) -> Bool) -> [XMLElement] {
        withExtendedLifetime(document) {
            var elements: [XMLElement] = []
            var child = node.pointee.children
            while let current = child {
                if current.pointee.type == XML_ELEMENT_NODE, isWanted(current) {
                    elements.append(XMLElement(document: document, node: current))
                }
                child = current.pointee.next
            }
            return elements
        }
    }
}

extension UnsafeMutablePointer<xmlNode> {
    fileprivate func matches(_ name: XMLName) -> Bool {
        isText(pointee.name, name.local) && isText(pointee.ns?.pointee.href, name.namespace)
    }
}

/// Whether a string of libxml2 is these bytes; NULL is the empty string.
func isText(_ string: UnsafePointer<xmlChar>?, _ expected: StaticString) -> Bool {
    expected.withUTF8Buffer { expected in
        guard let string else { return expected.isEmpty }
        for index in expected.indices where string[index] != expected[index] { return false }
        return string[expected.count] == 0
    }
}

func string(_ text: UnsafePointer<xmlChar>?) -> String? {
    text.map { String(cString: $0) }
}
