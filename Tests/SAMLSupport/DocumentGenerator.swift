/// Makes well-formed documents of few names, prefixes and namespaces, the same ones for the same seed.
package struct DocumentGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    package mutating func document() -> String { element(scope: ["xml": "x"], depth: 0) }

    /// Marsaglia's xorshift64.
    private mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
    }

    private mutating func one(of choices: [String]) -> String { choices[below(choices.count)] }

    /// - Parameter scope: what each prefix means; an attribute's two names must not be one expanded name.
    private mutating func element(scope: [String: String], depth: Int) -> String {
        var scope = scope
        var declarations: [String] = []
        for prefix in ["", "a", "b", "c"] where below(depth == 0 ? 2 : 5) == 0 {
            let namespace = one(of: ["urn:1", "urn:2", "http://example.org/3"])
            scope[prefix] = namespace
            declarations.append(prefix.isEmpty ? "xmlns=\"\(namespace)\"" : "xmlns:\(prefix)='\(namespace)'")
        }
        let prefixes = scope.keys.filter { !$0.isEmpty && $0 != "xml" }.sorted()
        let name = (below(2) == 0 && !prefixes.isEmpty ? one(of: prefixes) + ":" : "") + one(of: ["r", "s", "é"])
        var taken: Set<String> = []
        var attributes = declarations
        for _ in 0..<below(4) {
            let prefix = below(2) == 0 ? "" : one(of: prefixes + ["xml"])
            let local = one(of: ["x", "y", "Z"])
            let namespace = prefix.isEmpty ? "" : scope[prefix] ?? ""
            guard taken.insert(namespace + " " + local).inserted else { continue }
            attributes.insert(
                (prefix.isEmpty ? "" : prefix + ":") + local + "=\"\(text(quoted: true))\"",
                at: below(attributes.count + 1))
        }
        let start = "<" + ([name] + attributes).joined(separator: one(of: [" ", "\n ", "\t"]))
        let count = depth > 4 ? 0 : below(4)
        if count == 0, below(2) == 0 { return start + "/>" }
        let content = (0..<count).map { _ in
            below(3) == 0 ? text(quoted: false) : element(scope: scope, depth: depth + 1)
        }
        return start + ">" + content.joined() + "</\(name)>"
    }

    private mutating func text(quoted: Bool) -> String {
        let pieces = [
            "x", " ", "\n", "\r\n", "\r", "\t", "&amp;", "&lt;", "&gt;", "&quot;", "&#xD;", "&#9;", "&#10;", "é", ">",
            "'", "\u{1F600}", quoted ? "&apos;" : "\"",
        ]
        return (0..<below(5)).map { _ in one(of: pieces) }.joined()
    }
}
