import Identity
import Testing

@testable import Access

@Suite("Header text")
struct HeaderTextTests {
    @Test(
        "keeps printable ASCII, and encodes the rest by bytes",
        arguments: [
            ("", ""), ("Ada Berger", "Ada Berger"),
            ("a~!\"#$&'()*+-./:;<=>?@[\\]^_`{|}", "a~!\"#$&'()*+-./:;<=>?@[\\]^_`{|}"),
            ("50% off", "50%25 off"), ("R&D, Z\u{fc}rich", "R&D%2C Z%C3%BCrich"),
            ("a\r\nX-Auth-Roles: admin", "a%0D%0AX-Auth-Roles: admin"),
            ("\u{0}\u{1F}\u{7F}", "%00%1F%7F"), ("\u{1F600}", "%F0%9F%98%80"), (" a b ", "%20a b%20"), (" ", "%20"),
            ("  ", "%20%20"), ("%2C", "%252C"),
            ("\u{85}\u{2028}", "%C2%85%E2%80%A8"),
        ])
    func encoding(text: String, encoded: String) {
        #expect(HeaderText.encode(text) == encoded)
        #expect(FormEncoding.percentDecode(encoded) == (text.utf8.contains(0) ? nil : text))
    }

    @Test("a comma in a list separates, and in an item it is encoded")
    func list() {
        #expect(HeaderText.list([]) == "")
        #expect(HeaderText.list(["a", "b,c", "d"]) == "a,b%2Cc,d")
        #expect(HeaderText.list(["", ""]) == ",")
    }

    @Test("every byte that is not plain is encoded, whatever stands around it")
    func everyByte() {
        for scalar in (0...0x7F as ClosedRange<UInt32>).compactMap({ Unicode.Scalar($0) }) {
            let text = "a\(Character(scalar))b"
            let isPlain = scalar.value >= 0x20 && scalar.value < 0x7F && scalar != "%" && scalar != ","
            #expect((HeaderText.encode(text) == text) == isPlain)
        }
    }
}
