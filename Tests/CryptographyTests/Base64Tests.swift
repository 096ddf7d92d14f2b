import Testing

@testable import Cryptography

@Suite("Base64")
struct Base64Tests {
    // RFC 4648 §10.
    static let vectors = [
        ("", "", ""), ("f", "Zg", "Zg=="), ("fo", "Zm8", "Zm8="), ("foo", "Zm9v", "Zm9v"),
        ("foob", "Zm9vYg", "Zm9vYg=="),
        ("fooba", "Zm9vYmE", "Zm9vYmE="), ("foobar", "Zm9vYmFy", "Zm9vYmFy"),
    ]

    @Test("follows the vectors of RFC 4648", arguments: vectors)
    func rfc4648(plain: String, url: String, ordinary: String) {
        let bytes = Array(plain.utf8)
        #expect(Base64URL.encode(bytes) == url)
        #expect(Base64URL.decode(url) == bytes)
        #expect(Base64.encode(bytes) == ordinary)
        #expect(Base64URL.decodeOrdinary(ordinary) == bytes)
        #expect(Base64URL.decodeOrdinary(url) == bytes)
    }

    @Test("every byte survives, in every position")
    func everyByte() {
        for length in 0...5 {
            for byte in UInt8.min...UInt8.max {
                let bytes = [UInt8](repeating: byte, count: length)
                #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
                #expect(Base64URL.decodeOrdinary(Base64.encode(bytes)) == bytes)
            }
        }
    }

    @Test("the two alphabets differ in two characters")
    func alphabets() {
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64URL.decode("+/8") == nil)
        #expect(Base64URL.decodeOrdinary("-_8") == nil)
    }

    @Test(
        "refuses padding, foreign characters and impossible lengths",
        arguments: [
            "Zg==", "Zm8=", "Zm9v=", "=", "Z", "Zm9vY", "Zm 9v", "Zm9v\n", "Zm9.", "Zm9\u{e9}", "Zm9\u{212A}", "*",
        ])
    func malformed(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test("one value has one spelling: stray bits are refused", arguments: ["Zh", "Zi", "Z_", "Zm9", "Zm-", "Zm__"])
    func strayBits(text: String) {
        // "Zg" and "Zm8" are the only spellings of "f" and "fo".
        #expect((Base64URL.decode(text) == nil) == !["Zm__"].contains(text))
    }

    @Test("ordinary base64 refuses wrong padding", arguments: ["Zg=", "Zg===", "Zm8==", "Zm9v====", "=Zm8", "Z==="])
    func padding(text: String) {
        #expect(Base64URL.decodeOrdinary(text) == nil)
    }
}
