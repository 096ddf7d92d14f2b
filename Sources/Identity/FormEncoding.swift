/// `application/x-www-form-urlencoded` (WHATWG URL §5), for bodies and queries.
package enum FormEncoding {
    package static func encode(_ fields: [(String, String)]) -> String {
        fields.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }

    package static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                output.append(byte)
            default:
                output.append(UInt8(ascii: "%"))
                output.append(hexDigits[Int(byte >> 4)])
                output.append(hexDigits[Int(byte & 15)])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// More fields than anybody's form has.
    static let mostFields = 1000

    /// The fields in their order; nil for a broken escape, invalid UTF-8, a NUL, text that is not `StreamSafeText`, or more
    /// than 1,000 fields.
    package static func decode(_ text: some StringProtocol) -> [(name: String, value: String)]? {
        var fields: [(name: String, value: String)] = []
        let pairs = text.utf8.split(separator: UInt8(ascii: "&"), maxSplits: mostFields)
        guard pairs.count <= mostFields else { return nil }
        for pair in pairs {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decodePart(parts[0]), let value = parts.count == 2 ? decodePart(parts[1]) : "" else {
                return nil
            }
            fields.append((name, value))
        }
        return fields
    }

    /// Plain percent-decoding (RFC 3986 §2.1), in which `+` is a plus sign; nil as for `decode`.
    package static func percentDecode(_ text: some StringProtocol) -> String? {
        decodePart(text.utf8, plusIsSpace: false)
    }

    private static func decodePart(_ bytes: some Sequence<UInt8>, plusIsSpace: Bool = true) -> String? {
        var output: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: output.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue),
                    high << 4 | low != 0
                else { return nil }
                output.append(high << 4 | low)
            case 0: return nil
            default: output.append(byte)
            }
        }
        return String(validating: output, as: UTF8.self).flatMap { StreamSafeText.isSafe($0) ? $0 : nil }
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)
}
