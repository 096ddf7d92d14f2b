import Access
import Identity
import Yams

/// A value of the file and its place. Each reading gives nil, with a problem, when the value is not of that kind.
struct YAMLValue {
    let node: Node
    let path: String
    let line: Int
    let problems: ProblemList

    func problem(_ message: String) { problems.add(line: line, "\(path) \(message)") }

    /// Text of at least one character.
    func text() -> String? {
        guard case .scalar(let scalar) = node else {
            problem("must be one value, not a list or keys")
            return nil
        }
        guard !scalar.string.isEmpty else {
            problem("is empty")
            return nil
        }
        return scalar.string
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text() else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        problem("is '\(text.clipped(60))'; write one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    func bool() -> Bool? {
        guard let text = text() else { return nil }
        // YAML 1.2 §10.3.2: no, off and y are text.
        switch text {
        case "true": return true
        case "false": return false
        default:
            problem("is '\(text.clipped(60))'; write true or false")
            return nil
        }
    }

    /// A whole number of at least one.
    func count() -> Int? {
        guard let text = text() else { return nil }
        guard let number = Int(text), (1...1_000_000).contains(number) else {
            problem("is '\(text.clipped(60))'; write a whole number from 1 to 1000000")
            return nil
        }
        return number
    }

    /// `90s`, `15m`, `12h` or `30d`, at least one second.
    func duration() -> Duration? {
        guard let text = text() else { return nil }
        guard let duration = Duration(configured: text) else {
            problem("is '\(text.clipped(60))'; write a duration like 90s, 15m, 12h or 30d, from 1s to 3650d")
            return nil
        }
        return duration
    }

    func list(example: String) -> [YAMLValue]? {
        guard case .sequence(let sequence) = node else {
            problem("must be a list; write '\(example)'")
            return nil
        }
        return sequence.enumerated().map { index, element in
            YAMLValue(node: element, path: "\(path)[\(index + 1)]", line: element.line ?? line, problems: problems)
        }
    }

    func texts(example: String) -> [String]? {
        guard let values = list(example: example) else { return nil }
        let texts = values.map { $0.text() }
        return texts.contains(nil) ? nil : texts.compactMap(\.self)
    }

    func mapping() -> YAMLMapping? { YAMLMapping(node, path: path, line: line, problems: problems) }

    /// `host:port`, for a listener.
    func endpoint() -> GatewaySettings.Endpoint? {
        guard let text = text() else { return nil }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else {
            problem("is '\(text.clipped(60))'; write an address and a port, as in 127.0.0.1:8300")
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard host == "localhost" || IPAddress(host) != nil else {
            problem("has the host '\(host.clipped(60))'; write an IP address of this machine, as in 127.0.0.1:8300")
            return nil
        }
        return GatewaySettings.Endpoint(host: host, port: port)
    }

    /// An http or https URL; plain http only on loopback.
    func webAddress(example: String) -> WebAddress? {
        guard let text = text() else { return nil }
        guard let address = WebAddress(text) else {
            problem("is '\(text.clipped(120))'; write a URL like \(example)")
            return nil
        }
        guard address.scheme == .https || address.isLoopback else {
            problem("is plain http; write https:// (http is only for localhost)")
            return nil
        }
        return address
    }
}

extension Duration {
    /// `90s`, `15m`, `12h`, `30d`: from one second to ten years; nil for anything else.
    package init?(configured text: String) {
        guard let unit = text.last, text.utf8.count <= 12,
            let factor: Int64 = ["s": 1, "m": 60, "h": 3600, "d": 86400][unit],
            text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text.dropLast()),
            number >= 1, number <= 3650 * 86400 / factor
        else { return nil }
        self = .seconds(number * factor)
    }
}
