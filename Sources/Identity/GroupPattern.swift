/// A group name to match: exact, or a glob in which `*` stands for any run of characters and `?` for any one.
///
/// A backslash takes the next character literally. Matching is by Unicode scalar, without any equivalence, and keeps case.
package struct GroupPattern: Sendable, Hashable, CustomStringConvertible {
    private enum Token: Hashable {
        case literal(Unicode.Scalar)
        case one
        case any
    }

    package let description: String
    private let tokens: [Token]

    package init(_ text: String) {
        description = text
        var tokens: [Token] = []
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch scalar {
            case "*": if tokens.last != .any { tokens.append(.any) }
            case "?": tokens.append(.one)
            case "\\": tokens.append(.literal(scalars.next() ?? "\\"))
            default: tokens.append(.literal(scalar))
            }
        }
        self.tokens = tokens
    }

    /// Linear in the name for one `*`, and never worse than name × pattern: a failed run goes back to the last `*` only.
    package func matches(_ group: GroupName) -> Bool {
        let name = Array(group.text.unicodeScalars)
        var (position, token) = (0, 0)
        var retry: (token: Int, position: Int)?
        while position < name.count {
            if token < tokens.count {
                switch tokens[token] {
                case .any:
                    retry = (token + 1, position)
                    token += 1
                    continue
                case .one:
                    (position, token) = (position + 1, token + 1)
                    continue
                case .literal(let scalar) where scalar == name[position]:
                    (position, token) = (position + 1, token + 1)
                    continue
                case .literal:
                    break
                }
            }
            guard let last = retry else { return false }
            retry = (last.token, last.position + 1)
            (token, position) = (last.token, last.position + 1)
        }
        return tokens[token...].allSatisfy { $0 == .any }
    }
}
