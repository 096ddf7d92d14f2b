import CXML2

/// Reads XML with libxml2 into values. Only applications' messages come here, and a document type is refused.
enum XMLReader {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let depth = 64

    static func read(_ bytes: [UInt8]) throws(Failure) -> XMLElement {
        xmlInitParser()
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        let parsed = bytes.withUnsafeBytes { buffer in
            xmlReadMemory(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), nil, nil, Int32(options))
        }
        guard let parsed else { throw Failure(description: "the message is not well-formed XML") }
        defer { xmlFreeDoc(parsed) }
        guard parsed.pointee.intSubset == nil else { throw Failure(description: "the message has a document type") }
        guard let root = xmlDocGetRootElement(parsed) else { throw Failure(description: "the message is empty") }
        return try element(root, depth: 0)
    }

    private static func element(_ node: xmlNodePtr, depth: Int) throws(Failure) -> XMLElement {
        guard depth < Self.depth else { throw Failure(description: "the message is nested too deeply") }
        var element = XMLElement(name: name(node.pointee.name, node.pointee.ns), attributes: [], children: [])
        var declaration = node.pointee.nsDef
        while let current = declaration {
            element.declarations[text(current.pointee.prefix)] = text(current.pointee.href)
            declaration = current.pointee.next
        }
        var attribute = node.pointee.properties
        while let current = attribute {
            element.attributes.append(
                XMLElement.Attribute(
                    name: name(current.pointee.name, current.pointee.ns), value: value(current.pointee.children)))
            attribute = current.pointee.next
        }
        var child = node.pointee.children
        while let current = child {
            switch current.pointee.type {
            case XML_ELEMENT_NODE: element.children.append(.element(try self.element(current, depth: depth + 1)))
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE: element.children.append(.text(text(current.pointee.content)))
            case XML_COMMENT_NODE: break
            default: throw Failure(description: "the message holds more than elements and text")
            }
            child = current.pointee.next
        }
        return element
    }

    /// Without a document type the parts of an attribute are text alone.
    private static func value(_ first: xmlNodePtr?) -> String {
        var value = ""
        var part = first
        while let current = part {
            value += text(current.pointee.content)
            part = current.pointee.next
        }
        return value
    }

    private static func name(_ local: UnsafePointer<xmlChar>?, _ namespace: xmlNsPtr?) -> XMLElement.Name {
        XMLElement.Name(
            prefix: text(namespace?.pointee.prefix), local: text(local), namespace: text(namespace?.pointee.href))
    }

    private static func text(_ pointer: UnsafePointer<xmlChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }
}
