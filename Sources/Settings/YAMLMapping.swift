import Identity
import Yams

/// A mapping of the file. Whoever reads it takes the keys it knows; `finish` reports the others.
final class YAMLMapping {
    /// How the section is called in messages: `realms.infraon`; empty for the whole file.
    let path: String
    let line: Int
    let problems: ProblemList
    private let members: [(key: String, line: Int, value: Node)]
    private var known: [String] = []

    private init(path: String, line: Int, members: [(key: String, line: Int, value: Node)], problems: ProblemList) {
        self.path = path
        self.line = line
        self.members = members
        self.problems = problems
    }

    /// The whole file; nil, with a problem, when it is not YAML or not a mapping.
    static func root(of text: String, problems: ProblemList) -> YAMLMapping? {
        if let line = YAMLKeys.firstUnusualLine(in: text) {
            problems.add(line: line, "a key must be plain text; lists, mappings, aliases and '?' make no keys here")
            return nil
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let (line, message) = describe(error)
            problems.add(line: line, message)
            return nil
        } catch {
            problems.add(line: 1, "the file is not YAML")
            return nil
        }
        guard let node else {
            problems.add(line: 1, "the file is empty; start from config/gatehouse.example.yaml")
            return nil
        }
        return YAMLMapping(node, path: "", line: 1, problems: problems)
    }

    /// Nil, with a problem, when the node is not a mapping with text keys.
    convenience init?(_ node: Node, path: String, line: Int, problems: ProblemList) {
        guard case .mapping(let mapping) = node else {
            let what = path.isEmpty ? "the file" : path
            problems.add(line: node.line ?? line, "\(what) must hold keys and values, as in 'key: value'")
            return nil
        }
        var members: [(key: String, line: Int, value: Node)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                problems.add(line: key.line ?? line, "a key of \(path.isEmpty ? "the file" : path) is not plain text")
                continue
            }
            members.append((name, key.line ?? line, value))
        }
        self.init(path: path, line: line, members: members, problems: problems)
    }

    /// Every member, for mappings whose keys are names.
    var entries: [(key: String, line: Int, value: Node)] { members }

    func pathOf(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The value of a key that may be left out. `key: null` is the same as leaving it out.
    func optional(_ key: String) -> YAMLValue? {
        known.append(key)
        guard let member = members.first(where: { $0.key == key }) else { return nil }
        if case .scalar(let scalar) = member.value, scalar.style == .plain, ["", "~", "null"].contains(scalar.string) {
            return nil
        }
        return YAMLValue(
            node: member.value, path: pathOf(key), line: member.value.line ?? member.line, problems: problems)
    }

    /// The value of a key that must be there; nil, with a problem, when it is not.
    func required(_ key: String, example: String) -> YAMLValue? {
        if let value = optional(key) { return value }
        let keyLine = members.first { $0.key == key }?.line
        problems.add(line: keyLine ?? line, "\(pathOf(key)) is missing; write '\(key): \(example)'")
        return nil
    }

    /// Reports keys that nobody asked for.
    func finish() {
        let unknown = members.filter { !known.contains($0.key) }
        // After so many it is another kind of file, and looking for likenesses takes long.
        for member in unknown.prefix(20) {
            let shown = member.key.clipped(60)
            let hint: String
            if let near = known.min(by: { distance($0, member.key) < distance($1, member.key) }),
                distance(near, member.key) <= 2
            {
                hint = "did you mean '\(near)'?"
            } else {
                hint = "known here: \(known.sorted().joined(separator: ", "))"
            }
            problems.add(line: member.line, "unknown key '\(shown)'\(path.isEmpty ? "" : " in \(path)"); \(hint)")
        }
    }

    private static func describe(_ error: YamlError) -> (line: Int, message: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return (mark.line, "the file is not YAML here: \(problem); check indentation, colons and quotes")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return (context.mark.line, "the key \(names) is written twice in one place; remove one of them")
        default:
            return (1, "the file is not YAML; check it for unusual characters")
        }
    }
}

extension Node {
    /// From 1.
    var line: Int? { mark?.line }
}

/// The number of letters to insert, remove or change to make one word of the other (Levenshtein).
private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8.prefix(60))
    var previous = Array(0...right.count)
    for (row, letter) in left.utf8.prefix(60).enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            current.append(
                min(previous[column] + (letter == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[right.count]
}
