/// Base64 as XML Schema has it (xs:base64Binary), strictly: the ordinary alphabet, padding, no stray bits; ASCII white
/// space anywhere. One value has one spelling, but for the white space that every producer wraps lines with.
enum Base64Text {
    static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0) }
    }

    static func decode(_ characters: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(characters.count / 4 * 3)
        var (buffer, digits, padding): (UInt32, Int, Int) = (0, 0, 0)
        for character in characters {
            let value = values[Int(character)]
            switch value {
            case 0..<64:
                guard padding == 0 else { return nil }
                buffer = buffer << 6 | UInt32(value)
                digits += 1
                guard digits == 4 else { continue }
                output.append(UInt8(truncatingIfNeeded: buffer >> 16))
                output.append(UInt8(truncatingIfNeeded: buffer >> 8))
                output.append(UInt8(truncatingIfNeeded: buffer))
                (buffer, digits) = (0, 0)
            case whiteSpace: continue
            case paddingSign: padding += 1
            default: return nil
            }
        }
        switch (digits, padding) {
        case (0, 0): return output
        case (2, 2) where buffer & 0xF == 0: output.append(UInt8(truncatingIfNeeded: buffer >> 4))
        case (3, 1) where buffer & 0x3 == 0:
            output.append(UInt8(truncatingIfNeeded: buffer >> 10))
            output.append(UInt8(truncatingIfNeeded: buffer >> 2))
        default: return nil
        }
        return output
    }

    private static let (whiteSpace, paddingSign, foreign): (UInt8, UInt8, UInt8) = (64, 65, 66)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: foreign, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        for space: UInt8 in [0x20, 0x09, 0x0A, 0x0D] { values[Int(space)] = whiteSpace }
        values[Int(UInt8(ascii: "="))] = paddingSign
        return values
    }()
}
