import Testing

@testable import StrictJSON

@Suite("JSON parsing")
struct JSONParsingTests {
    @Test(
        "reads what RFC 8259 allows",
        arguments: [
            ("null", .null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("-1", -1), ("10", 10),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("1.5", .double(1.5)), ("-0.5", .double(-0.5)), ("1e2", .double(100)), ("1E+2", .double(100)),
            ("25e-1", .double(2.5)), ("1.0", .double(1)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("\"\"", ""), ("\"a\"", "a"), ("\"\\u0041\"", "A"),
            ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"),
            ("\"\\u00e9\"", "\u{e9}"), ("\"\\uD83D\\uDE00\"", "\u{1F600}"), ("\"\u{1F600}\"", "\u{1F600}"),
            ("\"\\u0000\"", "\u{0}"), ("\"\u{7F}\"", "\u{7F}"), ("\"\\uFFFF\"", "\u{FFFF}"),
            ("\"\\uabCD\"", "\u{abcd}"),
            ("[]", []), ("[ ]", []), ("[1,2]", [1, 2]), ("[[],{}]", [[], [:]]), ("{}", [:]), ("{ }", [:]),
            ("{\"a\":1}", ["a": 1]), (" \t\r\n{ \"a\" : [ 1 , null ] } \n", ["a": [1, nil]]),
            ("{\"\":1}", ["": 1]), ("{\"a\":{\"a\":1}}", ["a": ["a": 1]]),
        ] as [(String, JSON)])
    func good(text: String, expected: JSON) throws {
        #expect(try JSON.parse(Array(text.utf8)) == expected)
    }

    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "", " ", "nul", "nulll", "True", "NaN", "Infinity", "undefined", "'a'", "a",
            "+1", "01", "-01", "00", "-", ".5", "1.", "1.e2", "1e", "1e+", "0x10", "1_000", "1 2", "--1",
            "1e400", "-1e400", "9".repeated(400),
            "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\U0041\"", "\"\\'\"",
            "\"\\u+123\"", "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\u{1F}\"", "\"a\\n\u{1F}\"",
            "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "[1,,2]",
            "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{null:1}",
            "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{\"a\":1]", "{'a':1}",
            "{} {}", "{}a", "{},", "null null", "// c\n1", "/* c */1", "1 // c",
            "\u{FEFF}{}", "\u{A0}{}", "{}\u{0}", "{}\u{B}",
        ])
    func bad(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8)) }
    }

    @Test(
        "refuses lone surrogates",
        arguments: [
            "\"\\uD800\"", "\"\\uDC00\"", "\"\\uD800x\"", "\"\\uD800\\n\"", "\"\\uD800\\uD800\"", "\"\\uDC00\\uD800\"",
            "\"\\uD83D\\u0041\"", "\"\\uD83D\\\"", "{\"\\uD800\":1}",
        ])
    func loneSurrogates(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8)) }
    }

    @Test(
        "refuses invalid UTF-8, in names too",
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0xFE],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError.self) { try JSON.parse([quote] + bytes + [quote]) }
        #expect(throws: JSONError.self) { try JSON.parse(Array("\"\\n".utf8) + bytes + [quote]) }
        #expect(throws: JSONError.self) { try JSON.parse(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) }
        #expect(throws: JSONError.self) { try JSON.parse(bytes) }
    }

    @Test(
        "refuses a member name that occurs twice",
        arguments: [
            "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":1,\"\\u0061\":2}", "{\"\":1,\"\":2}",
            "{\"x\":{\"a\":1,\"a\":2}}", "[{\"a\":1,\"a\":2}]", "{\"\u{e9}\":1,\"\\u00E9\":2}",
        ])
    func duplicates(text: String) throws {
        let error = #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8)) }
        #expect(error?.problem == "a member name occurs twice")
    }

    @Test("keeps names apart that only look alike")
    func similarNames() throws {
        // Canonically equivalent, yet different bytes: a composed e-acute and a decomposed one; KELVIN SIGN and K.
        let json = try JSON.parse(Array("{\"\u{e9}\":1,\"e\u{301}\":2,\"K\":3,\"\u{212A}\":4,\"k\":5}".utf8))
        #expect(json["\u{e9}"] == 1)
        #expect(json["e\u{301}"] == 2)
        #expect(json["K"] == 3)
        #expect(json["\u{212A}"] == 4)
        #expect(json["k"] == 5)
    }

    @Test("nests as deep as allowed and no deeper", arguments: ["[", "{\"a\":"])
    func depth(opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        func nested(_ depth: Int) -> [UInt8] {
            let innermost = opening == "[" ? "" : "1"
            return Array((opening.repeated(depth) + innermost + closing.repeated(depth)).utf8)
        }
        _ = try JSON.parse(nested(32))
        #expect(throws: JSONError.self) { try JSON.parse(nested(33)) }
        _ = try JSON.parse(nested(3), maximumDepth: 3)
        #expect(throws: JSONError.self) { try JSON.parse(nested(4), maximumDepth: 3) }
        // Nobody's stack overflows, whatever the document opens and does not close.
        #expect(throws: JSONError.self) { try JSON.parse(Array(opening.repeated(100_000).utf8)) }
    }

    @Test("depth counts what is open, not what was")
    func breadth() throws {
        let json = try JSON.parse(Array("[\("[],".repeated(1000))[]]".utf8), maximumDepth: 2)
        #expect(json.array?.count == 1001)
    }

    @Test("says where the problem is")
    func offset() {
        let error = #expect(throws: JSONError.self) { try JSON.parse(Array("{\"a\":x}".utf8)) }
        #expect(error?.offset == 5)
        #expect(error?.description == "no JSON value at byte 5")
    }
}

extension String {
    func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
