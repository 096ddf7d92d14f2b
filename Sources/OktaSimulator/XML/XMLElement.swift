/// An element of an XML document as a value: what the simulator writes, signs and reads.
struct XMLElement: Sendable, Equatable {
    struct Name: Sendable, Hashable {
        /// Empty without one.
        let prefix: String
        let local: String
        /// Empty in no namespace.
        let namespace: String
    }

    struct Attribute: Sendable, Equatable {
        let name: Name
        var value: String
    }

    enum Child: Sendable, Equatable {
        case element(XMLElement)
        case text(String)
    }

    let name: Name
    var attributes: [Attribute]
    var children: [Child]
    /// Prefixes that are declared here whether or not a name needs them: values such as `xs:string` do.
    var declarations: [String: String] = [:]
}

// MARK: Writing

extension XMLElement {
    /// - Parameter attributes: In no namespace; those that are nil are left out.
    init(
        _ vocabulary: XMLVocabulary, _ local: String, _ attributes: KeyValuePairs<String, String?> = [:],
        children: [XMLElement?] = []
    ) {
        self.init(
            name: vocabulary.name(local),
            attributes: attributes.compactMap { name, value in
                value.map { Attribute(name: Name(prefix: "", local: name, namespace: ""), value: $0) }
            },
            children: children.compactMap { $0.map(Child.element) })
    }

    init(
        _ vocabulary: XMLVocabulary, _ local: String, _ attributes: KeyValuePairs<String, String?> = [:], text: String
    ) {
        self.init(vocabulary, local, attributes)
        children = [.text(text)]
    }

    func declaring(_ vocabularies: [XMLVocabulary]) -> XMLElement {
        var copy = self
        for vocabulary in vocabularies { copy.declarations[vocabulary.rawValue] = vocabulary.namespace }
        return copy
    }

    func setting(_ vocabulary: XMLVocabulary, _ local: String, to value: String) -> XMLElement {
        var copy = self
        copy.attributes.append(Attribute(name: vocabulary.name(local), value: value))
        return copy
    }
}

// MARK: Reading

extension XMLElement {
    func matches(_ vocabulary: XMLVocabulary, _ local: String) -> Bool {
        name.local == local && name.namespace == vocabulary.namespace
    }

    /// An attribute in no namespace.
    func attribute(_ local: String) -> String? {
        attributes.first { $0.name.local == local && $0.name.namespace.isEmpty }?.value
    }

    var elements: [XMLElement] {
        children.compactMap { child in if case .element(let element) = child { element } else { nil } }
    }

    func all(_ vocabulary: XMLVocabulary, _ local: String) -> [XMLElement] {
        elements.filter { $0.matches(vocabulary, local) }
    }

    func first(_ vocabulary: XMLVocabulary, _ local: String) -> XMLElement? {
        elements.first { $0.matches(vocabulary, local) }
    }

    /// The character data directly inside, without white space at its ends.
    var text: String {
        let parts = children.map { child in if case .text(let text) = child { text } else { "" } }
        let scalars = parts.joined().unicodeScalars
        let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
        let start = scalars.drop(while: isSpace)
        return String(String.UnicodeScalarView(start.reversed().drop(while: isSpace).reversed()))
    }
}
