import XMLTree

/// An element that is written here. Names come from the source text and every value is escaped, so that no value becomes
/// markup. Written as exclusive canonicalisation would, but for the order of attributes.
struct Markup {
    let xml: String

    /// - Parameter attributes: one without a value is left out.
    init(_ name: StaticString, _ attributes: [(StaticString, String?)] = [], _ children: [Markup] = []) {
        self.init(name, attributes, content: children.map(\.xml).joined())
    }

    init(_ name: StaticString, _ attributes: [(StaticString, String?)] = [], text: String) {
        self.init(name, attributes, content: XMLText.escaped(text))
    }

    private init(_ name: StaticString, _ attributes: [(StaticString, String?)], content: String) {
        var xml = "<\(name)"
        for case (let attribute, let value?) in attributes {
            xml += " \(attribute)=\"\(XMLText.escapedAttribute(value))\""
        }
        self.xml = xml + ">\(content)</\(name)>"
    }
}
