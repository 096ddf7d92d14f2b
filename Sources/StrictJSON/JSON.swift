// StrictJSON: strict reading and compact writing of JSON (RFC 8259, with the restrictions of I-JSON, RFC 7493).
//
// Owns: one value type, a parser that refuses what parsers disagree about (duplicate member names, lone surrogates,
// trailing bytes, invalid UTF-8, depth, text that is costly to compare), and a writer.
// Does not own: the meaning of any document.
// Flow: bytes → `JSONParser` → `JSON` → accessors that return nil for a wrong type.
//
// Token verification stands on this: two readers that see different members in one token is an attack, so a document
// that could be read in two ways is refused.

/// A JSON document or a part of one.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
    package init(nilLiteral: ()) { self = .null }

    package init(_ text: String?) { self = text.map(JSON.string) ?? .null }
    package init(_ texts: [String]) { self = .array(texts.map(JSON.string)) }
}

extension JSON {
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The number as a double; nil for anything but a number.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The strings of an array that holds strings only; nil otherwise.
    package var strings: [String]? {
        guard let array else { return nil }
        var strings: [String] = []
        strings.reserveCapacity(array.count)
        for element in array {
            guard let string = element.string else { return nil }
            strings.append(string)
        }
        return strings
    }

    package subscript(name: String) -> JSON? { object?[name] }
}

/// The members of a JSON object, in their order; names are compared byte by byte.
package struct JSONObject: Sendable, Equatable {
    package private(set) var members: [(name: String, value: JSON)]

    package init(_ members: [(String, JSON)] = []) {
        self.members = members.map { (name: $0.0, value: $0.1) }
    }

    package subscript(name: String) -> JSON? {
        members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    package mutating func set(_ name: String, _ value: JSON) {
        if let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
            members[index].value = value
        } else {
            members.append((name, value))
        }
    }

    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && left.members.allSatisfy { right[$0.name] == $0.value }
    }
}
