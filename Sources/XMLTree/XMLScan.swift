/// The pre-filter: one pass over the bytes before any parser sees them.
///
/// Two readers that disagree about a comment, an entity or a second encoding are how signed XML has been forged
/// (CVE-2017-11427, CVE-2025-25291), so none of these gets as far as a parser. What costs a parser more than linear time
/// (attributes of one element, namespaces in scope, depth) is counted here as well.
///
/// This settles tokens, not well-formedness: whether tags match and references are known is left to libxml2.
package enum XMLScan {
    /// - Throws: `XMLRefusal` with the first thing that is wrong.
    package static func check(_ bytes: [UInt8], limits: XMLLimits = .standard) throws(XMLRefusal) {
        guard bytes.count <= limits.bytes else {
            throw XMLRefusal(.tooLarge, "\(bytes.count) bytes of XML, more than \(limits.bytes)")
        }
        var scanner = XMLScanner(bytes: bytes, limits: limits)
        try scanner.document()
    }
}

private struct XMLScanner {
    let bytes: [UInt8]
    let limits: XMLLimits
    var index = 0
    var nodes = 0
    var sawRoot = false
    /// For each open element, how many namespace declarations are in scope.
    var scopes: [Int] = []

    init(bytes: [UInt8], limits: XMLLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(XMLRefusal) {
        if at("<?xml", 0), isSpace(5) { try declaration() }
        while true {
            if scopes.isEmpty { try space() } else { try text() }
            guard index < bytes.count else { break }
            try markup()
        }
        guard sawRoot else { throw XMLRefusal(.empty, "no element at all") }
        guard scopes.isEmpty else { throw error(.malformed, "the document ends within an element") }
    }

    // MARK: Text

    /// What may stand outside the root element.
    private mutating func space() throws(XMLRefusal) {
        while index < bytes.count, isSpace(index) { index += 1 }
        guard index < bytes.count, bytes[index] != UInt8(ascii: "<") else { return }
        if at("\u{FEFF}", index) { throw error(.notUTF8, "a byte-order mark") }
        try character()
        throw error(.malformed, "text outside of the root element")
    }

    private mutating func text() throws(XMLRefusal) {
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "<") { break }
            if byte >= 0x20, byte < 0x80 { index += 1 } else { try character() }
        }
        if index > start { try count(1) }
    }

    /// Passes one character that is not plain ASCII (XML 1.0 §2.2, RFC 3629 §4).
    private mutating func character() throws(XMLRefusal) {
        let byte = bytes[index]
        let length: Int
        switch byte {
        case 0x09, 0x0A, 0x0D, 0x20..<0x80: length = 1
        case 0..<0x20: throw error(.controlCharacter, "a control character")
        case 0xC2...0xDF: length = 2
        case 0xE0: length = try sequence(3, second: 0xA0...0xBF)
        case 0xED: length = try sequence(3, second: 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: length = try sequence(4, second: 0x90...0xBF)
        case 0xF4: length = try sequence(4, second: 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: throw error(.notUTF8, "a byte that is not UTF-8")
        }
        guard index + length <= bytes.count else { throw error(.notUTF8, "a character cut short") }
        for offset in 1..<max(length, 1) where bytes[index + offset] & 0xC0 != 0x80 {
            throw error(.notUTF8, "a byte that is not UTF-8")
        }
        if byte == 0xEF, bytes[index + 1] == 0xBF, bytes[index + 2] >= 0xBE {
            throw error(.controlCharacter, "U+FFFE or U+FFFF")
        }
        index += length
    }

    /// Some first bytes allow fewer second ones: no overlong forms, no surrogates, nothing above U+10FFFF.
    private func sequence(_ length: Int, second: ClosedRange<UInt8>) throws(XMLRefusal) -> Int {
        guard index + 1 < bytes.count, second.contains(bytes[index + 1]) else {
            throw error(.notUTF8, "a byte that is not UTF-8")
        }
        return length
    }

    // MARK: Markup

    private mutating func markup() throws(XMLRefusal) {
        guard index + 1 < bytes.count else { throw error(.malformed, "the document ends within a tag") }
        switch bytes[index + 1] {
        case UInt8(ascii: "!"):
            if at("<!--", index) { throw error(.comment, "a comment") }
            if at("<![CDATA[", index) { throw error(.cdata, "a CDATA section") }
            if at("<!DOCTYPE", index) || at("<!E", index) || at("<!A", index) || at("<!N", index) {
                throw error(.documentType, "a document type declaration")
            }
            throw error(.malformed, "an unknown declaration")
        case UInt8(ascii: "?"):
            if at("<?xml", index), isSpace(index + 5) || at("?", index + 5) {
                throw error(.declarationMalformed, "an XML declaration that is not at the start")
            }
            throw error(.processingInstruction, "a processing instruction")
        case UInt8(ascii: "/"): try endTag()
        default: try startTag()
        }
    }

    private mutating func endTag() throws(XMLRefusal) {
        guard scopes.popLast() != nil else { throw error(.malformed, "an end tag without a start tag") }
        index += 2
        _ = try name()
        skipSpace()
        try expect(UInt8(ascii: ">"), "'>' of an end tag")
    }

    private mutating func startTag() throws(XMLRefusal) {
        if scopes.isEmpty {
            guard !sawRoot else { throw error(.malformed, "a second root element") }
            sawRoot = true
            scopes.reserveCapacity(limits.depth)
        }
        guard scopes.count < limits.depth else {
            throw error(.tooDeep, "more than \(limits.depth) elements in one another")
        }
        index += 1
        _ = try name()
        var attributes = 0
        var namespaces = scopes.last ?? 0
        while true {
            let spaced = isSpace(index)
            skipSpace()
            guard index < bytes.count else { throw error(.malformed, "the document ends within a tag") }
            switch bytes[index] {
            case UInt8(ascii: ">"):
                index += 1
                scopes.append(namespaces)
                return try count(1 + attributes)
            case UInt8(ascii: "/"):
                index += 1
                try expect(UInt8(ascii: ">"), "'>' after '/'")
                return try count(1 + attributes)
            default:
                guard spaced else {
                    try character()
                    throw error(.malformed, "no space before an attribute")
                }
                attributes += 1
                guard attributes <= limits.attributes else {
                    throw error(.tooManyAttributes, "an element with more than \(limits.attributes) attributes")
                }
                if try attribute() {
                    namespaces += 1
                    guard namespaces <= limits.namespaces else {
                        throw error(.tooManyNamespaces, "more than \(limits.namespaces) namespaces in scope")
                    }
                }
            }
        }
    }

    /// - Returns: whether it declares a namespace (Namespaces in XML 1.0 §3).
    private mutating func attribute() throws(XMLRefusal) -> Bool {
        let start = index
        let local = try name()
        let declares = at("xmlns", start) && (index == start + 5 || local == start + 6)
        skipSpace()
        try expect(UInt8(ascii: "="), "'=' after an attribute's name")
        skipSpace()
        let value = try quoted()
        if declares {
            guard value.count <= limits.namespaceName else {
                throw error(.tooLarge, "a namespace's name of more than \(limits.namespaceName) bytes")
            }
            // libxml2 keeps '&' of a namespace's name as the five characters &#38; and writes them like this into the
            // canonical form. No namespace needs a reference.
            guard !bytes[value].contains(UInt8(ascii: "&")) else {
                throw error(.namespaceRelative, "a reference in a namespace's name")
            }
        }
        return declares
    }

    private mutating func quoted() throws(XMLRefusal) -> Range<Int> {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") else {
            throw error(.malformed, "no quote before an attribute's value")
        }
        let quote = bytes[index]
        index += 1
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == quote {
                index += 1
                return start..<index - 1
            }
            if byte == UInt8(ascii: "<") { throw error(.malformed, "'<' in an attribute's value") }
            if byte >= 0x20, byte < 0x80 { index += 1 } else { try character() }
        }
        throw error(.malformed, "the document ends within an attribute's value")
    }

    /// Passes a qualified name (Namespaces in XML 1.0 §4). Which characters above ASCII make a name is left to libxml2.
    ///
    /// - Returns: where its local part starts.
    private mutating func name() throws(XMLRefusal) -> Int {
        let start = index
        var local = index
        scan: while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                index += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                guard index > local else { throw error(.nameMalformed, "a name that starts with a digit, '-' or '.'") }
                index += 1
            case UInt8(ascii: ":"):
                guard index > local, local == start else { throw error(.nameMalformed, "a name with a stray colon") }
                index += 1
                local = index
            case 0x80...: try character()
            default: break scan
            }
        }
        guard index > local else {
            if local > start { throw error(.nameMalformed, "a name with a stray colon") }
            if index < bytes.count { try character() }
            throw error(.malformed, "no name where one must be")
        }
        return local
    }

    // MARK: The XML declaration

    /// XML 1.0 §2.8, of which only this is accepted: version 1.0, encoding absent or UTF-8, standalone absent, yes or no.
    private mutating func declaration() throws(XMLRefusal) {
        index = 5
        guard try pseudoAttribute("version") == "1.0" else {
            throw error(.declarationMalformed, "an XML declaration without version 1.0")
        }
        if let encoding = try pseudoAttribute("encoding"), encoding != "utf-8" {
            throw error(.declarationMalformed, "an encoding other than UTF-8")
        }
        if let standalone = try pseudoAttribute("standalone"), standalone != "yes", standalone != "no" {
            throw error(.declarationMalformed, "a standalone declaration that says neither yes nor no")
        }
        skipSpace()
        guard at("?>", index) else { throw error(.declarationMalformed, "a malformed XML declaration") }
        index += 2
    }

    /// The value, in lower case where that is equal; nil when this is not what comes next.
    private mutating func pseudoAttribute(_ name: StaticString) throws(XMLRefusal) -> String? {
        var next = index
        while next < bytes.count, isSpace(next) { next += 1 }
        guard next > index, at(name, next) else { return nil }
        index = next + name.utf8CodeUnitCount
        skipSpace()
        guard at("=", index) else { throw error(.declarationMalformed, "a malformed XML declaration") }
        index += 1
        skipSpace()
        guard at("\"", index) || at("'", index) else {
            throw error(.declarationMalformed, "a malformed XML declaration")
        }
        let quote = bytes[index]
        let start = index + 1
        // None of the values that are accepted is longer.
        guard let end = bytes[start..<min(start + 6, bytes.count)].firstIndex(of: quote) else {
            throw error(.declarationMalformed, "another \(name) than is accepted")
        }
        index = end + 1
        let value = String(decoding: bytes[start..<end], as: UTF8.self)
        return name.utf8CodeUnitCount == 8 ? value.lowercased() : value
    }

    // MARK: Bytes

    private func isSpace(_ place: Int) -> Bool {
        guard place < bytes.count else { return false }
        let byte = bytes[place]
        return byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func skipSpace() {
        while isSpace(index) { index += 1 }
    }

    private func at(_ text: StaticString, _ place: Int) -> Bool {
        text.withUTF8Buffer { bytes.count - place >= $0.count && bytes[place..<place + $0.count].elementsEqual($0) }
    }

    private mutating func expect(_ byte: UInt8, _ what: StaticString) throws(XMLRefusal) {
        guard index < bytes.count, bytes[index] == byte else {
            if index < bytes.count { try character() }
            throw error(.malformed, "no \(what)")
        }
        index += 1
    }

    private mutating func count(_ more: Int) throws(XMLRefusal) {
        nodes += more
        guard nodes <= limits.nodes else { throw error(.tooManyNodes, "more than \(limits.nodes) nodes") }
    }

    private func error(_ reason: XMLRefusal.Reason, _ problem: String) -> XMLRefusal {
        XMLRefusal(reason, "\(problem) at byte \(index)")
    }
}
