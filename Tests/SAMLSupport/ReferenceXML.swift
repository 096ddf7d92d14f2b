// XML read a second time, by other means than the product's: scalar by scalar, by recursive descent, from XML 1.0 (fifth
// edition) and Namespaces in XML 1.0. Slow and plain on purpose; what the product says about a document is compared with
// what this says.
//
// The subset is the product's: no DTD, comments, processing instructions or CDATA.

package struct ReferenceXMLError: Error, CustomStringConvertible {
    package let description: String
}

package struct ReferenceAttribute {
    package let prefix: String
    package let local: String
    package let namespace: String
    package let value: String
}

package final class ReferenceElement {
    package enum Node {
        case element(ReferenceElement)
        case text(String)
    }

    package let prefix: String
    package let local: String
    package let namespace: String
    /// Without namespace declarations.
    package let attributes: [ReferenceAttribute]
    /// All prefixes in scope, "" for the default; a default that is undeclared is absent.
    package let namespaces: [String: String]
    package fileprivate(set) var nodes: [Node] = []

    fileprivate init(
        prefix: String, local: String, namespace: String, attributes: [ReferenceAttribute], namespaces: [String: String]
    ) {
        self.prefix = prefix
        self.local = local
        self.namespace = namespace
        self.attributes = attributes
        self.namespaces = namespaces
    }

    package var children: [ReferenceElement] {
        nodes.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// This element and all below it in document order.
    package var all: [ReferenceElement] { [self] + children.flatMap(\.all) }

    package func attribute(_ local: String) -> String? {
        attributes.first { $0.local == local && $0.namespace.isEmpty }?.value
    }

    /// - Throws: `ReferenceXMLError`.
    package static func parse(_ bytes: [UInt8]) throws -> ReferenceElement {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ReferenceXMLError(description: "not UTF-8")
        }
        var reader = ReferenceReader(text)
        return try reader.document()
    }
}

private struct ReferenceReader {
    var scalars: [Unicode.Scalar] = []
    var place = 0

    /// Line ends are settled first (XML 1.0 §2.11).
    init(_ text: String) {
        for scalar in text.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" {
                scalars[scalars.count - 1] = "\n"
                continue
            }
            if scalars.last == "\r" { scalars[scalars.count - 1] = "\n" }
            scalars.append(scalar)
        }
        if scalars.last == "\r" { scalars[scalars.count - 1] = "\n" }
    }

    mutating func document() throws -> ReferenceElement {
        for scalar in scalars where !isCharacter(scalar) { throw error("a character that XML does not know") }
        if takes("<?xml") {
            // What may stand there is the product's business; here it is only passed.
            while place < scalars.count, !takes("?>") { place += 1 }
        }
        space()
        let root = try element(["xml": "http://www.w3.org/XML/1998/namespace"])
        space()
        guard place == scalars.count else { throw error("something after the root") }
        return root
    }

    private func error(_ problem: String) -> ReferenceXMLError {
        ReferenceXMLError(description: "\(problem) at character \(place)")
    }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func takes(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars.count - place >= wanted.count, Array(scalars[place..<place + wanted.count]) == wanted else {
            return false
        }
        place += wanted.count
        return true
    }

    @discardableResult
    private mutating func space() -> Bool {
        let start = place
        while let scalar = next, scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { place += 1 }
        return place > start
    }

    private mutating func element(_ outer: [String: String]) throws -> ReferenceElement {
        guard takes("<") else { throw error("no element") }
        let (prefix, local) = try qualifiedName()
        var namespaces = outer
        var declared: Set<String> = []
        var found: [(prefix: String, local: String, value: String)] = []
        while true {
            let spaced = space()
            if next == "/" || next == ">" { break }
            guard spaced else { throw error("no space before an attribute") }
            let name = try qualifiedName()
            space()
            guard takes("=") else { throw error("no '='") }
            space()
            let value = try attributeValue()
            if name.prefix == "xmlns" || (name.prefix.isEmpty && name.local == "xmlns") {
                let declaring = name.prefix.isEmpty ? "" : name.local
                guard declared.insert(declaring).inserted else { throw error("a prefix declared twice") }
                try declare(declaring, value, in: &namespaces)
            } else {
                found.append((name.prefix, name.local, value))
            }
        }
        let element = ReferenceElement(
            prefix: prefix, local: local, namespace: try resolve(prefix, in: namespaces, default: true),
            attributes: try attributes(found, in: namespaces), namespaces: namespaces)
        if takes("/") {
            guard takes(">") else { throw error("no '>'") }
            return element
        }
        guard takes(">") else { throw error("no '>'") }
        try content(of: element)
        guard try qualifiedName() == (prefix, local) else { throw error("another end tag") }
        space()
        guard takes(">") else { throw error("no '>'") }
        return element
    }

    private mutating func content(of element: ReferenceElement) throws {
        var text = ""
        while true {
            if takes("</") {
                if !text.isEmpty { element.nodes.append(.text(text)) }
                return
            }
            guard let scalar = next else { throw error("the document ends within an element") }
            switch scalar {
            case "<":
                if !text.isEmpty { element.nodes.append(.text(text)) }
                text = ""
                element.nodes.append(.element(try self.element(element.namespaces)))
            case "&": text.unicodeScalars.append(try reference())
            default:
                if takes("]]>") { throw error("']]>' in text") }
                text.unicodeScalars.append(scalar)
                place += 1
            }
        }
    }

    /// Namespaces in XML 1.0 §3 and §5.
    private func declare(_ prefix: String, _ name: String, in namespaces: inout [String: String]) throws {
        let xml = "http://www.w3.org/XML/1998/namespace"
        guard prefix != "xmlns", name != "http://www.w3.org/2000/xmlns/", (prefix == "xml") == (name == xml) else {
            throw error("a reserved namespace")
        }
        guard !name.isEmpty || prefix.isEmpty else { throw error("a prefix that is undeclared") }
        namespaces[prefix] = name.isEmpty ? nil : name
    }

    private func resolve(_ prefix: String, in namespaces: [String: String], default usesDefault: Bool) throws -> String
    {
        if prefix.isEmpty { return usesDefault ? namespaces[""] ?? "" : "" }
        guard let namespace = namespaces[prefix], prefix != "xmlns" else { throw error("an unknown prefix") }
        return namespace
    }

    private func attributes(
        _ found: [(prefix: String, local: String, value: String)], in namespaces: [String: String]
    ) throws -> [ReferenceAttribute] {
        var seen: Set<String> = []
        return try found.map { name in
            let namespace = try resolve(name.prefix, in: namespaces, default: false)
            guard seen.insert(namespace + " " + name.local).inserted else { throw error("an attribute twice") }
            return ReferenceAttribute(prefix: name.prefix, local: name.local, namespace: namespace, value: name.value)
        }
    }

    /// XML 1.0 §3.3.3, for attributes of the type CDATA, which is what all are without a DTD.
    private mutating func attributeValue() throws -> String {
        guard let quote = next, quote == "\"" || quote == "'" else { throw error("no quote") }
        place += 1
        var value = ""
        while let scalar = next {
            switch scalar {
            case quote:
                place += 1
                return value
            case "<": throw error("'<' in an attribute")
            case "&": value.unicodeScalars.append(try reference())
            case "\t", "\n", "\r":
                value += " "
                place += 1
            default:
                value.unicodeScalars.append(scalar)
                place += 1
            }
        }
        throw error("an attribute without an end")
    }

    /// XML 1.0 §4.1 and §4.6.
    private mutating func reference() throws -> Unicode.Scalar {
        for (name, scalar) in [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")]
            as [(String, Unicode.Scalar)] where takes(name)
        { return scalar }
        let radix: UInt32
        if takes("&#x") { radix = 16 } else if takes("&#") { radix = 10 } else { throw error("an unknown entity") }
        var code: UInt32 = 0
        var digits = 0
        while let scalar = next, scalar.isASCII, let digit = Character(scalar).hexDigitValue, digit < Int(radix) {
            code = min(code * radix + UInt32(digit), 0x11_0000)
            digits += 1
            place += 1
        }
        guard digits > 0, takes(";"), let scalar = Unicode.Scalar(code), isCharacter(scalar) else {
            throw error("a malformed character reference")
        }
        return scalar
    }

    // MARK: Names

    private mutating func qualifiedName() throws -> (prefix: String, local: String) {
        let first = try plainName()
        guard takes(":") else { return ("", first) }
        return (first, try plainName())
    }

    /// NCName, Namespaces in XML 1.0 §3.
    private mutating func plainName() throws -> String {
        var name = ""
        while let scalar = next, name.isEmpty ? startsName(scalar) : continuesName(scalar) {
            name.unicodeScalars.append(scalar)
            place += 1
        }
        guard !name.isEmpty else { throw error("no name") }
        return name
    }

    private func startsName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x41...0x5A, 0x5F, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF,
            0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD,
            0x10000...0xEFFFF:
            true
        default: false
        }
    }

    private func continuesName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2D, 0x2E, 0x30...0x39, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
        default: startsName(scalar)
        }
    }

    private func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
