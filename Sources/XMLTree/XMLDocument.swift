import CXML2
import Identity

/// A parsed document. Owns libxml2's tree; every `XMLElement` of it keeps it alive.
///
/// Not Sendable: libxml2 writes into a tree that is only looked at. Different documents can be parsed and read by
/// different threads at one time.
package final class XMLDocument {
    let limits: XMLLimits
    private let document: UnsafeMutablePointer<xmlDoc>
    private let rootNode: UnsafeMutablePointer<xmlNode>

    /// Scan, parse, and a walk over what the parser made.
    ///
    /// - Throws: `XMLRefusal`.
    package convenience init(_ bytes: [UInt8], limits: XMLLimits = .standard) throws(XMLRefusal) {
        try XMLScan.check(bytes, limits: limits)
        let document = try Self.parse(bytes)
        guard let root = xmlDocGetRootElement(document) else {
            xmlFreeDoc(document)
            throw XMLRefusal(.empty, "no element at all")
        }
        self.init(document: document, root: root, limits: limits)
        try walk(maySeeMarks: Self.maySeeMarks(in: bytes))
    }

    private init(
        document: UnsafeMutablePointer<xmlDoc>, root: UnsafeMutablePointer<xmlNode>, limits: XMLLimits
    ) {
        self.document = document
        rootNode = root
        self.limits = limits
    }

    deinit {
        xmlFreeDoc(document)
    }

    package var root: XMLElement { XMLElement(document: self, node: rootNode) }

    // MARK: The parse

    private static let prepared: Void = xmlInitParser()

    /// No entity is substituted, no DTD or XInclude read, nothing fetched, no limit of libxml2 lifted, nothing mended;
    /// the encoding is UTF-8 because the scan has said so.
    private static let options =
        XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        | XML_PARSE_IGNORE_ENC.rawValue | XML_PARSE_COMPACT.rawValue

    private static func parse(_ bytes: [UInt8]) throws(XMLRefusal) -> UnsafeMutablePointer<xmlDoc> {
        _ = prepared
        gatehouse_silence_this_thread()
        guard let count = Int32(exactly: bytes.count) else { throw XMLRefusal(.tooLarge, "more than 2 GiB of XML") }
        guard let context = xmlNewParserCtxt() else { throw XMLRefusal(.malformed, "the parser is out of memory") }
        defer { xmlFreeParserCtxt(context) }
        context.pointee.sax?.pointee.serror = gatehouse_ignore_error
        let parsed = bytes.withUnsafeBytes { buffer in
            xmlCtxtReadMemory(
                context, buffer.bindMemory(to: CChar.self).baseAddress, count, nil, nil, Int32(options))
        }
        // libxml2 hands out the tree of a document whose namespaces are wrong, so its word is not enough.
        guard let parsed, context.pointee.wellFormed == 1, context.pointee.nsWellFormed == 1,
            context.pointee.errNo == 0
        else {
            let refusal = refusal(context)
            if let parsed { xmlFreeDoc(parsed) }
            throw refusal
        }
        return parsed
    }

    /// libxml2's own sentences quote the message; its error numbers do not.
    private static func refusal(_ context: xmlParserCtxtPtr) -> XMLRefusal {
        let error = context.pointee.lastError
        let place = "at line \(error.line), column \(error.int2)"
        let code = context.pointee.errNo
        let reason: XMLRefusal.Reason = code == Int32(XML_WAR_NS_URI.rawValue) ? .namespaceRelative : .malformed
        let problem =
            switch xmlParserErrors(UInt32(bitPattern: code)) {
            case XML_WAR_NS_URI: "a namespace whose name is no URI"
            case XML_ERR_UNDECLARED_ENTITY: "an entity that XML does not know"
            case XML_ERR_TAG_NAME_MISMATCH: "an end tag that does not match its start tag"
            case XML_ERR_ATTRIBUTE_REDEFINED, XML_NS_ERR_ATTRIBUTE_REDEFINED: "the same attribute twice"
            case XML_NS_ERR_UNDEFINED_NAMESPACE: "a prefix without a declaration"
            case XML_DTD_XMLID_VALUE: "an xml:id that is no name"
            default: "not well-formed (libxml2 error \(code))"
            }
        return XMLRefusal(reason, "\(problem) \(place)")
    }

    // MARK: The walk

    /// Whether the tree holds only what it may. The scan has refused all of this on the bytes; what would show here is a
    /// difference between the scan and libxml2.
    private func walk(maySeeMarks: Bool) throws(XMLRefusal) {
        guard document.pointee.intSubset == nil, document.pointee.extSubset == nil,
            document.pointee.children == rootNode, rootNode.pointee.next == nil
        else { throw XMLRefusal(.malformed, "something besides the root element") }
        var node = rootNode
        while true {
            switch node.pointee.type {
            case XML_ELEMENT_NODE: try Self.checkElement(node)
            case XML_TEXT_NODE: break
            default: throw XMLRefusal(.malformed, "a node that is neither element nor text")
            }
            if maySeeMarks { try Self.checkMarks(node) }
            guard let next = node.following(within: rootNode) else { return }
            node = next
        }
    }

    /// A mark takes a byte beyond ASCII, or a reference to one. There is no branch in the loop, so that it takes many bytes
    /// at a time.
    private static func maySeeMarks(in bytes: [UInt8]) -> Bool {
        var found: UInt8 = 0
        for byte in bytes { found |= byte & 0x80 | (byte == UInt8(ascii: "&") ? 1 : 0) }
        return found != 0
    }

    /// Names, prefixes, values and text: whatever may be compared.
    private static func checkMarks(_ node: UnsafeMutablePointer<xmlNode>) throws(XMLRefusal) {
        guard node.pointee.type == XML_ELEMENT_NODE else { return try checkMarks(node.pointee.content) }
        try checkMarks(node.pointee.name)
        var declaration = node.pointee.nsDef
        while let current = declaration {
            try checkMarks(current.pointee.prefix)
            declaration = current.pointee.next
        }
        var attribute = node.pointee.properties
        while let current = attribute {
            try checkMarks(current.pointee.name)
            var part = current.pointee.children
            while let text = part {
                try checkMarks(text.pointee.content)
                part = text.pointee.next
            }
            attribute = current.pointee.next
        }
    }

    private static func checkMarks(_ text: UnsafePointer<xmlChar>?) throws(XMLRefusal) {
        guard let text, !isASCII(text), !StreamSafeText.isSafe(String(cString: text)) else { return }
        throw XMLRefusal(
            .combiningMarks, "more than \(StreamSafeText.mostMarks) combining marks in a row, which no language writes")
    }

    /// Nearly every name and text is, and needs no string to tell.
    private static func isASCII(_ text: UnsafePointer<xmlChar>) -> Bool {
        var place = text
        while place.pointee != 0, place.pointee < 0x80 { place += 1 }
        return place.pointee == 0
    }

    private static func checkElement(_ node: UnsafeMutablePointer<xmlNode>) throws(XMLRefusal) {
        var declaration = node.pointee.nsDef
        while let current = declaration {
            guard isAbsoluteURI(current.pointee.href) else {
                throw XMLRefusal(.namespaceRelative, "a namespace whose name is no absolute URI")
            }
            declaration = current.pointee.next
        }
        var attribute = node.pointee.properties
        while let current = attribute {
            var value = current.pointee.children
            while let part = value {
                guard part.pointee.type == XML_TEXT_NODE else {
                    throw XMLRefusal(.malformed, "an attribute whose value is not just text")
                }
                value = part.pointee.next
            }
            attribute = current.pointee.next
        }
    }

    /// A scheme, a colon and something after it, of the characters of RFC 3986 §2 without '&' (see `XMLScan`).
    private static func isAbsoluteURI(_ uri: UnsafePointer<xmlChar>?) -> Bool {
        guard var place = uri, isLetter(place.pointee) else { return false }
        while isLetter(place.pointee) || (UInt8(ascii: "+")...UInt8(ascii: "9")).contains(place.pointee) {
            guard place.pointee != UInt8(ascii: ","), place.pointee != UInt8(ascii: "/") else { return false }
            place += 1
        }
        guard place.pointee == UInt8(ascii: ":") else { return false }
        place += 1
        guard place.pointee != 0 else { return false }
        while place.pointee != 0 {
            switch place.pointee {
            case 0...0x20, 0x7F..., UInt8(ascii: "\""), UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"),
                UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "}"):
                return false
            default: place += 1
            }
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

extension UnsafeMutablePointer<xmlNode> {
    /// The next node in document order, no further than what is below `top`. The caller keeps the document alive.
    func following(within top: UnsafeMutablePointer<xmlNode>) -> UnsafeMutablePointer<xmlNode>? {
        if pointee.type == XML_ELEMENT_NODE, let child = pointee.children { return child }
        var node = self
        while node != top {
            if let sibling = node.pointee.next { return sibling }
            guard let parent = node.pointee.parent else { return nil }
            node = parent
        }
        return nil
    }
}
