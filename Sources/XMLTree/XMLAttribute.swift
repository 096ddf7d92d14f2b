import CXML2

/// An attribute that is not a namespace declaration.
package struct XMLAttribute: Sendable {
    package let prefix: String?
    package let namespace: String?
    package let localName: String
    package let value: String
}

extension XMLElement {
    /// In the order of the document, without namespace declarations.
    package var attributes: [XMLAttribute] {
        withExtendedLifetime(document) {
            var attributes: [XMLAttribute] = []
            var attribute = node.pointee.properties
            while let current = attribute {
                let namespace = current.pointee.ns
                attributes.append(
                    XMLAttribute(
                        prefix: string(namespace?.pointee.prefix), namespace: string(namespace?.pointee.href),
                        localName: string(current.pointee.name) ?? "", value: value(current)))
                attribute = current.pointee.next
            }
            return attributes
        }
    }

    /// The value of an attribute without prefix, which is in no namespace (Namespaces in XML 1.0 §6.2).
    package func attribute(_ local: StaticString) -> String? { attribute(local, in: "") }

    package func attribute(_ local: StaticString, in namespace: StaticString) -> String? {
        withExtendedLifetime(document) {
            var attribute = node.pointee.properties
            while let current = attribute {
                if isText(current.pointee.name, local), isText(current.pointee.ns?.pointee.href, namespace) {
                    return value(current)
                }
                attribute = current.pointee.next
            }
            return nil
        }
    }

    /// libxml2 keeps a value as a list of texts, an empty one as none at all.
    private func value(_ attribute: UnsafeMutablePointer<xmlAttr>) -> String {
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
