import Testing

@testable import OktaSimulator

@Suite("Exclusive canonicalisation")
struct CanonicalXMLTests {
    private func canonical(_ text: String, prefixes: Set<String> = [], child: Int? = nil) throws -> String {
        let root = try XMLReader.read(Array(text.utf8))
        let apex = child.map { root.elements[$0] } ?? root
        return String(
            decoding: XMLWriter.canonical(apex, inclusivePrefixes: prefixes, scope: root.declarations), as: UTF8.self)
    }

    @Test(
        "Declarations stand where they are used, attributes in order, values escaped",
        arguments: [
            (#"<a  z="1" b='2'/>"#, #"<a b="2" z="1"></a>"#),
            (#"<a xmlns="urn:x" xmlns:unused="urn:y"/>"#, #"<a xmlns="urn:x"></a>"#),
            (#"<p:a xmlns:p="urn:p"><b p:c="1"/></p:a>"#, #"<p:a xmlns:p="urn:p"><b p:c="1"></b></p:a>"#),
            (
                #"<a xmlns:p="urn:p"><p:b/><p:b/></a>"#,
                #"<a><p:b xmlns:p="urn:p"></p:b><p:b xmlns:p="urn:p"></p:b></a>"#
            ),
            (
                #"<a xmlns="urn:x"><b xmlns=""><c xmlns=""/></b></a>"#,
                #"<a xmlns="urn:x"><b xmlns=""><c></c></b></a>"#
            ),
            // By namespace, and those in none first.
            (
                #"<a xmlns:b="urn:2" xmlns:c="urn:1" b:x="1" c:y="2" z="3"/>"#,
                #"<a xmlns:b="urn:2" xmlns:c="urn:1" z="3" c:y="2" b:x="1"></a>"#
            ),
            ("<a b='&#9;&#10;&#13;&quot;&lt;&gt;&amp;'/>", "<a b=\"&#x9;&#xA;&#xD;&quot;&lt;>&amp;\"></a>"),
            ("<a>&#13;&gt;&lt;&amp;\"\r\n</a>", "<a>&#xD;&gt;&lt;&amp;\"\n</a>"),
            ("<?xml version=\"1.0\"?><a><!-- no -->b<![CDATA[<]]></a>", "<a>b&lt;</a>"),
        ])
    func forms(_ text: String, _ expected: String) throws {
        #expect(try canonical(text) == expected)
    }

    @Test("A prefix of the list is declared where it is in scope first")
    func inclusive() throws {
        let text = #"<a xmlns:xs="urn:xs" xmlns:q="urn:q"><b xmlns:xs="urn:xs"/></a>"#
        #expect(try canonical(text, prefixes: ["xs"]) == #"<a xmlns:xs="urn:xs"><b></b></a>"#)
        #expect(try canonical(text, prefixes: ["q"], child: 0) == #"<b xmlns:q="urn:q"></b>"#)
        #expect(try canonical(text, child: 0) == "<b></b>")
    }

    @Test("What is written as a document reads back the same")
    func document() throws {
        let element = XMLElement(
            .saml2, "A", ["b": "\"<\t\r\n", "c": nil],
            children: [XMLElement(.ds, "D"), XMLElement(.saml2, "E", text: "<\r&>").declaring([.xs])]
        ).declaring([.xs])
        let text = XMLWriter.document(element)
        #expect(text.contains("<ds:D xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>"))
        let read = try XMLReader.read(Array(text.utf8))
        for prefixes in [[], ["xs"]] as [Set<String>] {
            #expect(
                XMLWriter.canonical(read, inclusivePrefixes: prefixes)
                    == XMLWriter.canonical(element, inclusivePrefixes: prefixes))
        }
    }

    @Test(
        "What is no plain XML is refused",
        arguments: ["", "<a>", "<!DOCTYPE a><a/>", "<a><?x?></a>", String(repeating: "<a>", count: 100)])
    func refusal(_ text: String) {
        #expect(throws: XMLReader.Failure.self) { try XMLReader.read(Array(text.utf8)) }
    }
}
