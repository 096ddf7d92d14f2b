import CXML2

/// An attribute that is not a namespace declaration.
package struct XMLAttribute: Sendable {
    package let prefix: String?
    package let namespace: String?
    package let localName: String
    package let value: String
}

/// A look at an attribute that makes no string. It cannot be copied, so it does not outlive the call that it is lent to,
/// and with it the document.
package struct XMLAttributeView: ~Copyable {
    fileprivate let attribute: UnsafeMutablePointer<xmlAttr>

    package var hasPrefix: Bool { attribute.pointee.ns?.pointee.prefix != nil }

    package func isNamed(_ local: StaticString) -> Bool { isText(attribute.pointee.name, local) }

    /// - Parameter namespace: empty for none.
    package func isIn(_ namespace: StaticString) -> Bool { isText(attribute.pointee.ns?.pointee.href, namespace) }

    package var prefix: String? { string(attribute.pointee.ns?.pointee.prefix) }
    package var localName: String { string(attribute.pointee.name) ?? "" }

    /// libxml2 keeps a value as a list of texts, an empty one as none at all.
    package var value: String {
        var value: String?
        var part = attribute.pointee.children
        while let current = part {
            let piece = string(current.pointee.content) ?? ""
            value = value.map { $0 + piece } ?? piece
            part = current.pointee.next
        }
        return value ?? ""
    }
}

extension XMLElement {
    /// In the order of the document, without namespace declarations.
    package func forEachAttribute<Failure: Error>(
        _ body: (borrowing XMLAttributeView) throws(Failure) -> Void
    ) throws(Failure) {
        try withExtendedLifetime(document) { () throws(Failure) in
            var attribute = node.pointee.properties
            while let current = attribute {
                try body(XMLAttributeView(attribute: current))
                attribute = current.pointee.next
            }
        }
    }

    /// In the order of the document, without namespace declarations.
    package var attributes: [XMLAttribute] {
        var attributes: [XMLAttribute] = []
        forEachAttribute { view in
            attributes.append(
                XMLAttribute(
                    prefix: view.prefix, namespace: string(view.attribute.pointee.ns?.pointee.href),
                    localName: view.localName, value: view.value))
        }
        return attributes
    }

    /// The value of an attribute without prefix, which is in no namespace (Namespaces in XML 1.0 §6.2).
    package func attribute(_ local: StaticString) -> String? { attribute(local, in: "") }

    package func attribute(_ local: StaticString, in namespace: StaticString) -> String? {
        withExtendedLifetime(document) {
            var attribute = node.pointee.properties
            while let current = attribute {
                let view = XMLAttributeView(attribute: current)
                if view.isNamed(local), view.isIn(namespace) { return view.value }
                attribute = current.pointee.next
            }
            return nil
        }
    }
}
