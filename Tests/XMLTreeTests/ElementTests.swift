import Testing
import XMLTree

@Suite struct ElementTests {
    private func root(_ text: String) throws -> XMLElement { try XMLDocument(Array(text.utf8)).root }

    /// Also: an element keeps its document alive, nobody else does here.
    @Test func namesAreComparedWithTheirNamespace() throws {
        let element = try root(#"<p:r xmlns:p="urn:a" xmlns="urn:d"><r/><p:rr/></p:r>"#)
        #expect(element.matches(XMLName("r", in: "urn:a")))
        for other in [
            XMLName("r", in: "urn:d"), XMLName("r", in: ""), XMLName("r", in: "urn:"), XMLName("r", in: "urn:ab"),
            XMLName("R", in: "urn:a"), XMLName("", in: "urn:a"), XMLName("rr", in: "urn:a"),
            XMLName("p:r", in: "urn:a"),
        ] { #expect(!element.matches(other)) }
        #expect(element.isIn("urn:a") && !element.isIn("urn:d") && !element.isIn(""))
        #expect((element.prefix, element.localName, element.namespace) == ("p", "r", "urn:a"))
        let children = element.children
        #expect(children.map(\.localName) == ["r", "rr"])
        #expect(children.map(\.prefix) == [nil, "p"])
        #expect(element.children(XMLName("r", in: "urn:d")) == [children[0]])
        #expect(element.children(XMLName("r", in: "urn:a")).isEmpty)
        let plain = try root("<r/>")
        #expect(plain.matches(XMLName("r", in: "")) && plain.namespace == nil && plain.isIn(""))
    }

    @Test func parents() throws {
        let element = try root("<a><b><c/></b><b/></a>")
        let inner = try #require(element.children.first?.children.first)
        #expect(inner.parent == element.children[0] && inner.parent != element.children[1])
        #expect(inner.parent?.parent == element && element.parent == nil)
    }

    @Test func text() throws {
        #expect(try root("<a/>").text == "")
        #expect(try root("<a></a>").text == "")
        #expect(try root("<a> x\r\ny\rz&#13;&amp;&lt;&gt;&#x1F600; </a>").text == " x\ny\nz\r&<>\u{1F600} ")
        #expect(try root("<a>x<b/></a>").text == nil)
        #expect(try root("<a><b/></a>").text == nil)
        let long = String(repeating: "x&amp;é", count: 50_000)
        #expect(try root("<a>\(long)</a>").text?.utf8.count == 200_000)
    }

    @Test func strayText() throws {
        #expect(try !root("<a>x</a>").hasStrayText)
        #expect(try !root("<a>\n <b/>\t\r\n</a>").hasStrayText)
        #expect(try !root("<a/>").hasStrayText)
        for text in ["<a>x<b/></a>", "<a><b/>x</a>", "<a><b/>&#160;</a>", "<a><b/>&amp;<b/></a>", "<a> <b/> x </a>"] {
            #expect(try root(text).hasStrayText)
        }
        #expect(try !root("<a><b/>&#32;&#10;</a>").hasStrayText)
    }

    @Test func attributes() throws {
        let element = try root(
            #"<a xmlns="urn:d" xmlns:p="urn:a" ID="1" p:ID="2" empty="" p:only="3" xml:lang="en" "#
                + "odd=' a\tb\r\nc&#9;&#10;&#13;&quot;&amp;amp;&#38;lt;&lt;>'/>")
        #expect(element.attribute("ID") == "1")
        #expect(element.attribute("ID", in: "urn:a") == "2")
        #expect(element.attribute("ID", in: "urn:d") == nil)
        #expect(element.attribute("empty") == "")
        #expect(element.attribute("only") == nil && element.attribute("none") == nil)
        #expect(element.attribute("xmlns") == nil && element.attribute("p") == nil)
        #expect(element.attribute("lang", in: "http://www.w3.org/XML/1998/namespace") == "en")
        #expect(element.attribute("odd") == " a b c\t\n\r\"&amp;&lt;<>")
        #expect(element.attributes.map(\.localName) == ["ID", "ID", "empty", "only", "lang", "odd"])
        #expect(element.attributes.map(\.prefix) == [nil, "p", nil, "p", "xml", nil])
        #expect(element.attributes[1].namespace == "urn:a" && element.attributes[1].value == "2")
        var prefixed: [String] = []
        element.forEachAttribute { if $0.hasPrefix { prefixed.append($0.localName) } }
        #expect(prefixed == ["ID", "only", "lang"])
    }

    @Test func allElementsInDocumentOrder() throws {
        let element = try root("<a>x<b><c/>y<d><e/></d></b><f/></a>")
        func names(_ element: XMLElement) -> String {
            var names = ""
            element.forEachElement { names += $0.localName }
            return names
        }
        #expect(names(element) == "abcdef")
        #expect(names(element.children[0]) == "bcde")
        #expect(names(element.children[1]) == "f")
        struct Stop: Error {}
        var count = 0
        #expect(throws: Stop.self) {
            try element.forEachElement { _ in
                count += 1
                if count == 3 { throw Stop() }
            }
        }
        #expect(count == 3)
    }

    /// Each thread has documents of its own; libxml2's state that is shared by all must bear it.
    @Test func manyThreadsAtOnce() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<200 {
                        let text = "<r xmlns:a='urn:\(task)'><a:b ID='\(round)'>&amp;</a:b></r>"
                        let root = try XMLDocument(Array(text.utf8)).root
                        let expected = "<r><a:b xmlns:a=\"urn:\(task)\" ID=\"\(round)\">&amp;</a:b></r>"
                        guard try root.canonical() == Array(expected.utf8) else { return false }
                        guard refusal("<r>&x\(task);</r>") == .malformed else { return false }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}
