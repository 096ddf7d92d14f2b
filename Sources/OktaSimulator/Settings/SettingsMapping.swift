import Yams

/// Where settings come from, for messages, and what `{file:}` and `{env:}` are looked up in.
struct SettingsSource {
    let fileName: String
    /// Ends with a slash.
    let folder: String
    let environment: [String: String]

    func error(at node: Node, _ sentence: String) -> SettingsError {
        SettingsError("\(fileName):\(node.mark?.line ?? 1): \(sentence)")
    }

    func path(_ path: String) -> String {
        path.hasPrefix("/") ? path : folder + path
    }
}

/// One mapping of the YAML file, which knows its keys; every complaint names file and line.
struct SettingsMapping {
    let source: SettingsSource
    let node: Node
    private let what: String
    private let values: [String: Node]

    init(_ node: Node, of what: String, in source: SettingsSource, keys: Set<String>) throws(SettingsError) {
        guard case .mapping(let mapping) = node else {
            throw source.error(at: node, "\(what) must be a mapping of keys and values")
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string, keys.contains(name) else {
                let known = keys.sorted().joined(separator: ", ")
                throw source.error(at: key, "\(what) has no key '\(key.string ?? "?")'; it may have \(known)")
            }
            values[name] = value
        }
        (self.source, self.node, self.what, self.values) = (source, node, what, values)
    }

    func value(_ key: String) -> Node? { values[key] }

    func error(_ key: String, _ sentence: String) -> SettingsError {
        source.error(at: values[key] ?? node, "'\(key)' of \(what) \(sentence)")
    }

    func string(_ key: String) throws(SettingsError) -> String? {
        guard let node = values[key] else { return nil }
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else { throw error(key, "must be a text") }
        return scalar.string
    }

    func required(_ key: String) throws(SettingsError) -> String {
        guard let text = try string(key) else { throw error(key, "is missing") }
        return text
    }

    func strings(_ key: String) throws(SettingsError) -> [String]? {
        guard let node = values[key] else { return nil }
        guard case .sequence(let sequence) = node else { throw error(key, "must be a list of texts") }
        var texts: [String] = []
        for element in sequence {
            guard case .scalar(let scalar) = element else { throw error(key, "must be a list of texts") }
            texts.append(scalar.string)
        }
        return texts
    }

    func bool(_ key: String) throws(SettingsError) -> Bool? {
        guard let node = values[key] else { return nil }
        guard let value = node.bool else { throw error(key, "must be true or false") }
        return value
    }

    /// A number, or a duration such as `30s`, `15m`, `12h`, `7d`, in seconds.
    func seconds(_ key: String) throws(SettingsError) -> Int? {
        guard let text = try string(key) else { return nil }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        if let number = Int(text), number >= 0 { return number }
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()), number >= 0 else {
            throw error(key, "must be a duration such as 30s, 15m, 12h or 7d")
        }
        return number * unit
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(SettingsError) -> Choice? where Choice.RawValue == String {
        guard let text = try string(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw error(key, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func mapping(_ key: String, keys: Set<String>) throws(SettingsError) -> SettingsMapping? {
        guard let node = values[key] else { return nil }
        return try SettingsMapping(node, of: "'\(key)'", in: source, keys: keys)
    }

    func mappings(_ key: String, keys: Set<String>) throws(SettingsError) -> [SettingsMapping] {
        guard let node = values[key] else { return [] }
        guard case .sequence(let sequence) = node else { throw error(key, "must be a list") }
        var mappings: [SettingsMapping] = []
        for (index, element) in sequence.enumerated() {
            mappings.append(try SettingsMapping(element, of: "\(key)[\(index)]", in: source, keys: keys))
        }
        return mappings
    }
}
