import Cryptography
import Testing

@testable import SAML

@Suite("Messages as they come")
struct EncodedMessageTests {
    private func decode(_ text: String) throws -> String {
        String(decoding: try EncodedMessage.decode(file: Array(text.utf8)), as: UTF8.self)
    }

    @Test("base64 with padding, white space anywhere")
    func base64() throws {
        for (text, message) in [
            ("PGEvPg==", "<a/>"), (" PGE\r\nvPg=\t=\n", "<a/>"), ("PGI+", "<b>"), ("PGFiPg==", "<ab>"), ("YWI=", "ab"),
        ] {
            #expect(try String(decoding: EncodedMessage.decode(form: text), as: UTF8.self) == message)
        }
        for count in 0..<70 {
            let bytes = RandomSource.system.bytes(count)
            #expect(try EncodedMessage.decode(form: Base64.encode(bytes)) == bytes)
        }
    }

    @Test(
        "one value has one spelling",
        arguments: [
            "PGEvPg", "PGEvPg=", "PGEvPg===", "PGEvPh==", "PGE-", "PGE_", "P", "=", "PG=E", "PGEvPg==PGEv", "%50GE+",
            "PGEv\u{A0}Pg==",
            "PGEv\0",
        ])
    func malformed(text: String) {
        let rejection = #expect(throws: SAMLRejection.self) { try EncodedMessage.decode(form: text) }
        #expect(rejection?.code == "base64_malformed")
        #expect(rejection?.rule == 1)
    }

    @Test("a file may hold XML as it is")
    func file() throws {
        #expect(try decode("<a/>") == "<a/>")
        #expect(try decode("\n <a/>\n") == "\n <a/>\n")
        #expect(try decode("\nPGEvPg==\n") == "<a/>")
    }

    @Test("nothing is no message, and too much is not decoded")
    func sizes() throws {
        for empty in ["", " \r\n\t"] {
            #expect(#expect(throws: SAMLRejection.self) { try decode(empty) }?.code == "xml_empty")
        }
        let long = String(repeating: "A", count: (2 << 20) + 4)
        #expect(#expect(throws: SAMLRejection.self) { try EncodedMessage.decode(form: long) }?.code == "xml_too_large")
    }
}
