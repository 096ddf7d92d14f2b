import CLibFuzzer

/// Changes XML the way those do who attack signatures: whole elements are moved, copied, wrapped, exchanged and taken out,
/// identifiers and other values are exchanged, and everything else stays as it is, byte by byte, so that signatures that
/// were good may still be.
struct XMLMutator {
    private var state: UInt64

    init(seed: UInt32) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// Marsaglia's xorshift64.
    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % max(bound, 1)
    }

    /// One to four changes: what a first one breaks a second one may have to mend. nil where there is nothing to change.
    mutating func change(_ bytes: [UInt8]) -> [UInt8]? {
        var changed: [UInt8]?
        for _ in 0...below(4) { changed = once(changed ?? bytes) ?? changed }
        return changed
    }

    private mutating func once(_ bytes: [UInt8]) -> [UInt8]? {
        let tree = XMLSpans(bytes)
        guard let one = element(of: tree), let other = element(of: tree) else { return nil }
        switch below(11) {
        case 0: return inserting(Array(bytes[one.whole]), at: place(in: other), into: bytes)
        case 1: return bytes.replacing(one.whole, with: [])
        case 2: return bytes.replacing(one.whole, with: Array(bytes[other.whole]))
        case 3:
            let wrapped = Array(bytes[other.start]) + Array(bytes[one.whole]) + Array(bytes[other.end])
            return bytes.replacing(one.whole, with: wrapped)
        case 4: return bytes.replacing(one.content, with: Array(bytes[other.content]))
        case 5:
            guard let value = pick(tree.values), let another = pick(tree.values) else { return nil }
            return bytes.replacing(value, with: Array(bytes[another]))
        case 6:
            guard one.whole.upperBound <= other.whole.lowerBound else { return nil }
            return bytes.replacing(other.whole, with: Array(bytes[one.whole]))
                .replacing(one.whole, with: Array(bytes[other.whole]))
        case 7:
            // Moved: where it goes first, so that the other place still is what it was.
            let place = place(in: other)
            guard !(one.whole.lowerBound..<one.whole.upperBound).contains(place) else { return nil }
            let element = Array(bytes[one.whole])
            return place <= one.whole.lowerBound
                ? inserting(element, at: place, into: bytes.replacing(one.whole, with: []))
                : inserting(element, at: place, into: bytes).replacing(one.whole, with: [])
        case 8, 9: return twin(of: one, at: other, in: bytes)
        default:
            let piece = Self.pieces[below(Self.pieces.count)]
            return inserting(Array(piece.utf8), at: place(in: one), into: bytes)
        }
    }

    /// An element of one document in another.
    mutating func cross(_ bytes: [UInt8], _ others: [UInt8]) -> [UInt8]? {
        guard let target = element(of: XMLSpans(bytes)), let source = element(of: XMLSpans(others)) else {
            return nil
        }
        return below(2) == 0
            ? bytes.replacing(target.whole, with: Array(others[source.whole]))
            : inserting(Array(others[source.whole]), at: place(in: target), into: bytes)
    }

    private static let pieces = [
        "<!---->", "<?a?>", "<![CDATA[a]]>", "&amp;", "&a;", " ", "\n", "\r", "a", "<a/>",
        "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
    ]

    /// The step that all wrapping attacks share: an element comes a second time, and one of the two says something else.
    private mutating func twin(of one: XMLSpans.Element, at other: XMLSpans.Element, in bytes: [UInt8]) -> [UInt8]? {
        let original = Array(bytes[one.whole])
        let inner = XMLSpans(original)
        guard let part = pick(inner.elements), let another = pick(inner.elements) else { return nil }
        let changed =
            switch below(3) {
            case 0: original.replacing(part.content, with: Array(original[another.content]))
            case 1: original.replacing(part.whole, with: [])
            default: original.replacing(part.content, with: Array("x".utf8))
            }
        // Next to itself most of the time.
        let place = below(3) == 0 ? place(in: other) : [one.whole.lowerBound, one.whole.upperBound][below(2)]
        guard place <= one.whole.lowerBound || place >= one.whole.upperBound else { return nil }
        return below(2) == 0 || place > one.whole.lowerBound
            ? inserting(changed, at: place, into: bytes)
            : inserting(original, at: place, into: bytes.replacing(one.whole, with: changed))
    }

    /// Half of the time one that is not deep inside: those are messages, assertions and signatures.
    private mutating func element(of tree: XMLSpans) -> XMLSpans.Element? {
        below(2) == 0 ? pick(tree.elements.filter { $0.depth < 3 }) : pick(tree.elements)
    }

    private mutating func pick<Item>(_ items: [Item]) -> Item? { items.isEmpty ? nil : items[below(items.count)] }

    private mutating func place(in element: XMLSpans.Element) -> Int {
        [element.whole.lowerBound, element.content.lowerBound, element.content.upperBound, element.whole.upperBound][
            below(4)]
    }

    private func inserting(_ piece: [UInt8], at place: Int, into bytes: [UInt8]) -> [UInt8] {
        bytes.replacing(place..<place, with: piece)
    }
}

/// Where elements and quoted values are in bytes that look like XML.
struct XMLSpans {
    struct Element {
        let start: Range<Int>
        let end: Range<Int>
        /// 0 for the root.
        let depth: Int
        var whole: Range<Int> { start.lowerBound..<end.upperBound }
        var content: Range<Int> { start.upperBound..<end.lowerBound }
    }

    private(set) var elements: [Element] = []
    private(set) var values: [Range<Int>] = []

    init(_ bytes: [UInt8]) {
        var open: [Range<Int>] = []
        var index = 0
        while let start = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = start + 1
            var quote: UInt8?
            var valueStart = index
            while index < bytes.count, quote != nil || bytes[index] != UInt8(ascii: ">") {
                if let current = quote, bytes[index] == current {
                    values.append(valueStart..<index)
                    quote = nil
                } else if quote == nil, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") {
                    quote = bytes[index]
                    valueStart = index + 1
                }
                index += 1
            }
            guard index < bytes.count, start + 1 < index else { continue }
            index += 1
            let tag = start..<index
            switch bytes[start + 1] {
            case UInt8(ascii: "/"):
                if let begin = open.popLast() { elements.append(Element(start: begin, end: tag, depth: open.count)) }
            case UInt8(ascii: "!"), UInt8(ascii: "?"): break
            default:
                if bytes[index - 2] == UInt8(ascii: "/") {
                    elements.append(Element(start: tag, end: index..<index, depth: open.count))
                } else {
                    open.append(tag)
                }
            }
        }
    }
}

extension [UInt8] {
    fileprivate func replacing(_ range: Range<Int>, with piece: [UInt8]) -> [UInt8] {
        Array(self[..<range.lowerBound]) + piece + Array(self[range.upperBound...])
    }
}

// MARK: What libFuzzer calls

/// Half of the time XML is changed as XML, otherwise libFuzzer does what it does to any bytes. A byte before the XML, which
/// some targets have, stays.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ most: Int, _ seed: UInt32) -> Int {
    var mutator = XMLMutator(seed: seed)
    if mutator.below(2) == 0,
        let changed = mutator.change(Array(UnsafeBufferPointer(start: data, count: size))), changed.count <= most
    {
        data.update(from: changed, count: changed.count)
        return changed.count
    }
    return LLVMFuzzerMutate(data, size, most)
}

@_cdecl("LLVMFuzzerCustomCrossOver")
func crossOver(
    _ first: UnsafePointer<UInt8>, _ firstSize: Int, _ second: UnsafePointer<UInt8>, _ secondSize: Int,
    _ output: UnsafeMutablePointer<UInt8>, _ most: Int, _ seed: UInt32
) -> Int {
    var mutator = XMLMutator(seed: seed)
    let crossed = mutator.cross(
        Array(UnsafeBufferPointer(start: first, count: firstSize)),
        Array(UnsafeBufferPointer(start: second, count: secondSize)))
    guard let crossed, crossed.count <= most else { return 0 }
    output.update(from: crossed, count: crossed.count)
    return crossed.count
}
