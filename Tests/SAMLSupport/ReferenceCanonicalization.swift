extension ReferenceElement {
    /// Exclusive XML Canonicalization 1.0 without comments of this element, from the text of the recommendation (§3) and
    /// of Canonical XML 1.0 §2.3.
    ///
    /// - Parameters:
    ///   - omitted: an element that is left out with all it holds.
    ///   - inclusivePrefixes: the tokens of a PrefixList.
    package func canonical(omitting omitted: ReferenceElement? = nil, inclusivePrefixes: [String] = []) -> [UInt8] {
        var output = ""
        write(
            to: &output, omitting: omitted,
            inclusive: Set(inclusivePrefixes.map { $0 == "#default" ? "" : $0 }), rendered: [:])
        return Array(output.utf8)
    }

    /// - Parameter rendered: what output ancestors have declared, nearest last.
    private func write(
        to output: inout String, omitting omitted: ReferenceElement?, inclusive: Set<String>, rendered: [String: String]
    ) {
        if self === omitted { return }
        let name = prefix.isEmpty ? local : prefix + ":" + local
        output += "<" + name

        // §3: a namespace is rendered where it is visibly utilised or listed, unless an output ancestor rendered the same.
        let utilised = Set([prefix] + attributes.map(\.prefix).filter { !$0.isEmpty })
        var rendered = rendered
        for declared in utilised.union(inclusive).subtracting(["xml"]).sorted(by: Self.precedes) {
            let namespace = namespaces[declared] ?? ""
            guard rendered[declared] ?? "" != namespace else { continue }
            rendered[declared] = namespace
            output += declared.isEmpty ? " xmlns=\"" : " xmlns:\(declared)=\""
            output += Self.escapedAttribute(namespace) + "\""
        }

        for attribute in attributes.sorted(by: Self.precedes) {
            output += " " + (attribute.prefix.isEmpty ? "" : attribute.prefix + ":") + attribute.local
            output += "=\"" + Self.escapedAttribute(attribute.value) + "\""
        }
        output += ">"
        for node in nodes {
            switch node {
            case .text(let text): output += Self.escaped(text)
            case .element(let element):
                element.write(to: &output, omitting: omitted, inclusive: inclusive, rendered: rendered)
            }
        }
        output += "</" + name + ">"
    }

    /// By code points, which is not how Swift compares strings.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
    }

    private static func precedes(_ left: ReferenceAttribute, _ right: ReferenceAttribute) -> Bool {
        let (first, second) = (Array(left.namespace.unicodeScalars), Array(right.namespace.unicodeScalars))
        return first == second ? precedes(left.local, right.local) : first.lexicographicallyPrecedes(second)
    }

    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\r": output += "&#xD;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    private static func escapedAttribute(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case "\"": output += "&quot;"
            case "\t": output += "&#x9;"
            case "\n": output += "&#xA;"
            case "\r": output += "&#xD;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
