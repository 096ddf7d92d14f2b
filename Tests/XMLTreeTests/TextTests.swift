import Testing
import XMLTree

@Suite struct TextTests {
    static let texts = [
        "", "plain", "a & b < c > d \" e ' f", "]]>", "<!-- -->", "&amp;", "tab\tnewline\nreturn\rboth\r\n",
        "ü €\u{1F600}",
        "e\u{301}\u{85}\u{2028}", "\u{7F}\u{80}\u{FFFD}\u{10FFFF}",
    ]

    @Test(arguments: texts)
    func textComesBack(_ text: String) throws {
        let content = "<a b=\"\(XMLText.escapedAttribute(text))\">\(XMLText.escaped(text))</a>"
        let root = try XMLDocument(Array(content.utf8)).root
        #expect(root.text.map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        #expect(root.attribute("b").map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        // The spelling is the canonical one.
        #expect(try root.canonical() == Array(content.utf8))
    }

    @Test func spelling() {
        #expect(XMLText.escaped("<a b=\"'\">&\t\n\r") == "&lt;a b=\"'\"&gt;&amp;\t\n&#xD;")
        #expect(XMLText.escapedAttribute("<a b=\"'\">&\t\n\r") == "&lt;a b=&quot;'&quot;>&amp;&#x9;&#xA;&#xD;")
    }

    @Test func charactersThatXMLCannotHold() throws {
        let text = "a\0b\u{1}c\u{1F}d\u{FFFE}e\u{FFFF}f"
        let expected = "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f"
        #expect(XMLText.escaped(text) == expected)
        #expect(XMLText.escapedAttribute(text) == expected)
    }
}
