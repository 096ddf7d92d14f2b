import Testing

@testable import StrictJSON

@Suite("JSON writing and reading of values")
struct JSONWritingTests {
    @Test(
        "writes the shortest form",
        arguments: [
            (nil, "null"), (true, "true"), (-1, "-1"), (.double(1.5), "1.5"), ("a", "\"a\""), ([], "[]"), ([:], "{}"),
            ([1, "b", nil], "[1,\"b\",null]"), (["b": 1, "a": [2]], "{\"b\":1,\"a\":[2]}"),
            ("\"\\/\n\r\t", "\"\\\"\\\\/\\n\\r\\t\""), ("\u{0}\u{1f}\u{7f}", "\"\\u0000\\u001f\\u007f\""),
            ("\u{1F600}\u{e9}", "\"\u{1F600}\u{e9}\""), (.double(.infinity), "null"), (.double(.nan), "null"),
        ] as [(JSON, String)])
    func writes(json: JSON, text: String) {
        #expect(json.text == text)
    }

    @Test(
        "what is written reads back as the same",
        arguments: [
            nil, false, .integer(.min), .integer(.max), .double(0.1), .double(-1e300), .double(.leastNonzeroMagnitude),
            "", "\u{0}\"\\",
            "\u{10FFFF}\u{1F600}e\u{301}\u{2028}", ["a": ["b": [1, [:], []], "c": nil]], ["": "", "\"": "\\"],
        ] as [JSON])
    func roundTrip(json: JSON) throws {
        #expect(try JSON.parse(json.serialized()) == json)
    }

    @Test("every character that can stand in a string survives")
    func everyScalar() throws {
        // A letter before each: a long run of combining marks is refused.
        let scalars = (0...0x2FFF).compactMap { Unicode.Scalar(UInt32($0)) }.flatMap { scalar -> [Unicode.Scalar] in
            ["a", scalar]
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        let read = try JSON.parse(JSON.string(text).serialized())
        #expect(read.string?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test("accessors give nil for another type")
    func accessors() {
        let values: [JSON] = [nil, true, 1, .double(1.5), "1", [1], ["a": 1]]
        #expect(values.map { $0.string != nil } == [false, false, false, false, true, false, false])
        #expect(values.map { $0.bool != nil } == [false, true, false, false, false, false, false])
        #expect(values.map { $0.integer != nil } == [false, false, true, false, false, false, false])
        #expect(values.map { $0.number != nil } == [false, false, true, true, false, false, false])
        #expect(values.map { $0.array != nil } == [false, false, false, false, false, true, false])
        #expect(values.map { $0.object != nil } == [false, false, false, false, false, false, true])
        #expect(JSON.double(2).integer == nil)
        #expect(JSON.integer(2).number == 2)
        #expect(values.map { $0["a"] != nil } == [false, false, false, false, false, false, true])
    }

    @Test("strings of an array are all of its elements or none")
    func strings() {
        #expect((["a", "b"] as JSON).strings == ["a", "b"])
        #expect(([] as JSON).strings == [])
        #expect((["a", 1] as JSON).strings == nil)
        #expect((["a", nil] as JSON).strings == nil)
        #expect(("a" as JSON).strings == nil)
    }

    @Test("members are compared without their order, set replaces in place")
    func objects() {
        #expect((["a": 1, "b": 2] as JSON) == ["b": 2, "a": 1])
        #expect((["a": 1, "b": 2] as JSON) != ["a": 1])
        #expect((["a": 1] as JSON) != ["a": 2])
        #expect((["a": 1] as JSON) != ["b": 1])
        var object = JSONObject([("a", 1), ("b", 2)])
        object.set("a", 3)
        object.set("c", 4)
        #expect(JSON.object(object).text == "{\"a\":3,\"b\":2,\"c\":4}")
    }
}
