/// Writes elements as text: as a document, or in the form of Exclusive XML Canonicalization 1.0 without comments.
///
/// The two differ as in Okta's messages: a document has `<empty/>` elements and repeats declarations, so that whoever
/// verifies it has to canonicalise it.
struct XMLWriter {
    private enum Form {
        case document
        case canonical(inclusivePrefixes: Set<String>)
    }

    private let form: Form
    private var text = ""

    private init(_ form: Form) {
        self.form = form
    }

    static func document(_ root: XMLElement) -> String {
        var writer = XMLWriter(.document)
        writer.text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        writer.write(root, scope: [:], written: [:])
        return writer.text
    }

    /// - Parameters:
    ///   - inclusivePrefixes: The PrefixList (Exclusive XML Canonicalization §3, item 3).
    ///   - scope: What the document declares around the element, prefix to namespace.
    static func canonical(
        _ apex: XMLElement, inclusivePrefixes: Set<String> = [], scope: [String: String] = [:]
    ) -> [UInt8] {
        var writer = XMLWriter(.canonical(inclusivePrefixes: inclusivePrefixes))
        writer.write(apex, scope: scope, written: [:])
        return Array(writer.text.utf8)
    }

    /// - Parameter written: The declarations in the output so far that hold here.
    private mutating func write(_ element: XMLElement, scope: [String: String], written: [String: String]) {
        let used = ([element.name] + element.attributes.map(\.name).filter { !$0.prefix.isEmpty })
            .filter { $0.prefix != "xml" }
        var scope = scope.merging(element.declarations) { $1 }
        var needed: [String: String] = [:]
        for name in used {
            scope[name.prefix] = name.namespace
            needed[name.prefix] = name.namespace
        }
        switch form {
        case .document:
            needed = needed.filter { written[$0.key, default: ""] != $0.value }.merging(element.declarations) { $1 }
        case .canonical(let inclusivePrefixes):
            for prefix in inclusivePrefixes { needed[prefix] = scope[prefix] }
            needed = needed.filter { written[$0.key, default: ""] != $0.value }
        }
        let qualified = qualifiedName(element.name)
        text += "<" + qualified
        // §2.2 of Canonical XML 1.0: declarations by prefix, then attributes by namespace and local name.
        for (prefix, namespace) in needed.sorted(by: { Self.isBefore($0.key, $1.key) }) {
            text += prefix.isEmpty ? " xmlns=\"" : " xmlns:\(prefix)=\""
            text += Self.escapedAttribute(namespace) + "\""
        }
        for attribute in element.attributes.sorted(by: { Self.isBefore($0.name, $1.name) }) {
            text += " \(qualifiedName(attribute.name))=\"\(Self.escapedAttribute(attribute.value))\""
        }
        if element.children.isEmpty, case .document = form {
            text += "/>"
            return
        }
        text += ">"
        let inside = written.merging(needed) { $1 }
        for child in element.children {
            switch child {
            case .element(let child): write(child, scope: scope, written: inside)
            case .text(let characters): text += Self.escaped(characters)
            }
        }
        text += "</\(qualified)>"
    }

    private func qualifiedName(_ name: XMLElement.Name) -> String {
        name.prefix.isEmpty ? name.local : "\(name.prefix):\(name.local)"
    }

    private static func isBefore(_ left: XMLElement.Name, _ right: XMLElement.Name) -> Bool {
        left.namespace == right.namespace
            ? isBefore(left.local, right.local) : isBefore(left.namespace, right.namespace)
    }

    /// By code point, which is the order of UTF-8's bytes.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func escaped(_ characters: String) -> String {
        escaped(characters, ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"])
    }

    private static func escapedAttribute(_ value: String) -> String {
        escaped(value, ["&": "&amp;", "<": "&lt;", "\"": "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"])
    }

    private static func escaped(_ text: String, _ replacements: [Unicode.Scalar: String]) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let replacement = replacements[scalar] {
                escaped.append(contentsOf: replacement.unicodeScalars)
            } else {
                escaped.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return String(escaped)
    }

    /// XML 1.0 §2.2.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...: true
        default: false
        }
    }
}
