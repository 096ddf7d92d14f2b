/// Finds keys that are no plain names before the parser does.
///
/// YAML allows lists, mappings and aliases as keys, and the parser hashes whole trees to find keys that are written twice.
/// With aliases of aliases a small file then costs hours ('billion laughs'). No key of ours is such a thing.
enum YAMLKeys {
    /// The first line, from 1, with a key that is an alias, a list, a mapping or marked with `?`; nil when there is none.
    /// Quoted text and comments do not count.
    static func firstUnusualLine(in text: String) -> Int? {
        for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        where hasUnusualKey(line) {
            return index + 1
        }
        return nil
    }

    private static func hasUnusualKey(_ line: Substring.UTF8View) -> Bool {
        var quote: UInt8?
        var previous: UInt8 = 0x20
        // Whether the text that goes on here began as an alias, or ended a list or mapping.
        var isUnusual = false
        var bytes = Array(line)[...]
        while let byte = bytes.popFirst() {
            let next = bytes.first ?? 0x20
            defer { previous = byte }
            if let open = quote {
                if byte == open { quote = nil }
                if byte == UInt8(ascii: "\\"), open == UInt8(ascii: "\"") { _ = bytes.popFirst() }
                continue
            }
            let isSpace = byte == 0x20 || byte == 0x09 || byte == 0x0D
            // YAML 1.2 §7.3.3: a ':' ends a key only in front of white space or a flow indicator; 'https://[::1]:8300' has none.
            if byte == UInt8(ascii: ":"), isUnusual, endsKey(before: next) { return true }
            if isSpace { continue }
            if startsNode(after: previous) {
                switch byte {
                case UInt8(ascii: "#"): return false
                case UInt8(ascii: "?") where next == 0x20 || next == 0x09 || next == 0x0D: return true
                case UInt8(ascii: "\""), UInt8(ascii: "'"): quote = byte
                default: break
                }
                isUnusual = byte == UInt8(ascii: "*")
            }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { isUnusual = true }
            if byte == UInt8(ascii: ",") { isUnusual = false }
        }
        return false
    }

    private static func endsKey(before byte: UInt8) -> Bool {
        startsNode(after: byte) || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    private static func startsNode(after byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0D, UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ",")].contains(byte)
    }
}
