import SAMLTestSupport
import Testing
import XMLTree

@Suite struct CanonicalizationTests {
    private func canonical(
        _ text: String, of path: [Int] = [], omitting omitted: [Int]? = nil, _ prefixes: [String] = []
    ) throws -> String {
        let root = try XMLDocument(Array(text.utf8)).root
        func element(_ path: [Int]) -> XMLElement { path.reduce(root) { $0.children[$1] } }
        let bytes = try element(path).canonical(omitting: omitted.map(element), inclusivePrefixes: prefixes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The examples of Exclusive XML Canonicalization 1.0 §2.2: what surrounds an element does not show in it.
    @Test func surroundingsDoNotShow() throws {
        let pulled =
            #"<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"></n3:stuff></n1:elem2>"#
        let first = """
            <n0:local xmlns:n0="http://foo.invalid" xmlns:n3="ftp://example.org"><n1:elem2 xmlns:n1="http://example.net" \
            xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n0:local>
            """
        let second = """
            <n2:pdu xmlns:n1="http://example.com" xmlns:n2="http://foo.example" xml:lang="fr" xml:space="retain">\
            <n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n2:pdu>
            """
        #expect(try canonical(first, of: [0]) == pulled)
        #expect(try canonical(second, of: [0]) == pulled)
    }

    /// What Canonical XML 1.0 §3.3 and §3.4 show about tags, order and characters, as far as it needs no DTD.
    @Test func spelling() throws {
        #expect(
            try canonical(
                "<r>\r\n<e1   /><e3   name = \"elem3\"   id='elem3'   /><e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" "
                    + "attr=\"I'm\" xmlns:b=\"http://www.ietf.org\" xmlns:a=\"http://www.w3.org\" "
                    + "xmlns=\"http://example.org\"/></r>\n")
                == "<r>\n<e1></e1><e3 id=\"elem3\" name=\"elem3\"></e3><e5 xmlns=\"http://example.org\" "
                + "xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" "
                + "b:attr=\"sorted\" a:attr=\"out\"></e5></r>")
        #expect(
            try canonical("<t a='&lt;&gt;&amp;\"&#9;&#10;&#13;&#32;&apos;x'>&#13;&#9;&gt;&lt;&amp;\"'&#xE9;</t>")
                == "<t a=\"&lt;>&amp;&quot;&#x9;&#xA;&#xD; 'x\">&#xD;\t&gt;&lt;&amp;\"'é</t>")
    }

    @Test func inclusivePrefixes() throws {
        let text = #"<a:r xmlns:a="urn:a" xmlns:xs="urn:xs" xmlns="urn:d"><a:b x="xs:y"><a:c/></a:b></a:r>"#
        #expect(try canonical(text, of: [0]) == #"<a:b xmlns:a="urn:a" x="xs:y"><a:c></a:c></a:b>"#)
        #expect(
            try canonical(text, of: [0], ["xs"])
                == #"<a:b xmlns:a="urn:a" xmlns:xs="urn:xs" x="xs:y"><a:c></a:c></a:b>"#)
        #expect(
            try canonical(text, of: [0], ["#default", "xs", "xs", "unknown", "xml"])
                == #"<a:b xmlns="urn:d" xmlns:a="urn:a" xmlns:xs="urn:xs" x="xs:y"><a:c></a:c></a:b>"#)
        let most = (0..<32).map { "p\($0)" }
        #expect(try canonical(text, ["xs"] + most.dropLast()) != canonical(text))
        let refusal = try #require(throws: XMLRefusal.self) { try canonical(text, ["xs"] + most) }
        #expect(refusal.reason == .canonicalizationFailed)
    }

    @Test func theSignatureIsLeftOut() throws {
        let text = "<r>1<i/>2<s><i/>3</s>4<s/>5</r>"
        #expect(try canonical(text, omitting: [1]) == "<r>1<i></i>24<s></s>5</r>")
        #expect(try canonical(text, omitting: [2]) == "<r>1<i></i>2<s><i></i>3</s>45</r>")
        #expect(try canonical(text, omitting: [1, 0]) == "<r>1<i></i>2<s>3</s>4<s></s>5</r>")
        #expect(try canonical(text, of: [1], omitting: [2]) == "<s><i></i>3</s>")
        // Nothing is left: that has no digest.
        for omitted in [[], [1]] {
            let refusal = try #require(throws: XMLRefusal.self) {
                try canonical(text, of: omitted, omitting: omitted)
            }
            #expect(refusal.reason == .canonicalizationFailed)
        }
    }

    @Test func whatComesAfterAnElementIsNotInIt() throws {
        #expect(try canonical("<r><a/>1<b>2</b>3</r>", of: [0]) == "<a></a>")
        #expect(try canonical("<r><a><c/></a>1<b>2</b>3</r>", of: [0]) == "<a><c></c></a>")
    }

    static let shapes = [
        "<r/>",
        #"<r xmlns="urn:d"/>"#,
        #"<r xmlns:a="urn:a"/>"#,
        #"<a:r xmlns:a="urn:a" xmlns="urn:d"><a:b/><c/><a:d xmlns:a="urn:b"><a:e/></a:d><a:f/></a:r>"#,
        #"<r xmlns="urn:d"><b xmlns="urn:e"><c xmlns="urn:d"/></b><c xmlns="urn:d"/><p:x xmlns:p="urn:d"><y/></p:x></r>"#,
        #"<r xmlns:a="urn:1" xmlns:b="urn:1"><a:x b:y="1" y="2"/><b:x a:y="1"><a:z/></b:x></r>"#,
        #"<r xmlns:a="urn:z" xmlns:b="urn:a" xmlns:c="urn:Z"><x c:a="1" b:b="2" a:a="3" b:a="4" z="5" Z="6" é="7" _="8"/></r>"#,
        #"<r xmlns:Z="urn:1" xmlns:a="urn:2" xmlns:é="urn:3" xmlns:_="urn:4" xmlns:a-="urn:5" xmlns:a.b="urn:6"><x Z:p="" a:p="" é:p="" _:p="" a-:p="" a.b:p=""/></r>"#,
        #"<r xml:lang="en" xml:space="preserve"><b xml:lang="de" a="1"><c xml:id="i" xml:base="urn:b"/></b></r>"#,
        #"<r xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="en"><b xml:lang="fr"/></r>"#,
        "<r a='&#9;&#10;&#13;&quot;&apos;&lt;&gt;&amp;&#38;#38;' b=\"\t\n'\">&#9;&#10;&#13;&quot;&apos;&lt;&gt;&amp;&#38;lt;]] ></r>",
        "<r>\r\n \r \n\u{85}\u{2028}<b a='x\r\ny\rz\t\u{85}'/>\r</r>\r\n",
        "<r>é\u{301}\u{1F600}<b ü='ü'/>\u{FEFF}</r>",
        #"<r xmlns:xs="urn:xs" xmlns:xsi="urn:xsi"><v xmlns:xs="urn:xs" xsi:type="xs:string">x</v><v xsi:type="xs:string" xmlns:xs="urn:other"/></r>"#,
        #"<r xmlns:xs="urn:xs"><a xmlns:xs="urn:other"><b xmlns:xs="urn:xs"><xs:c/></b></a><xs:d><e xs:f=""/></xs:d></r>"#,
        #"<p:r xmlns:p="urn:p"><q:s xmlns:q="urn:q" p:a=""><p:t q:a=""><q:u/></p:t></q:s><q:s xmlns:q="urn:q"/></p:r>"#,
        #"<r xmlns="urn:d" xmlns:a="urn:a"><b><c a:d="1"/><c xmlns:a="urn:b" a:d="1"/></b><a:b xmlns="urn:e"><c/></a:b></r>"#,
        #"<r xmlns:a="urn:a?b=c#d'e"><a:b/></r>"#,
    ]

    static let prefixLists: [[String]] = [
        [], ["xs"], ["#default"], ["a"], ["xs", "xsi", "#default", "a", "b", "p", "q"], ["none", "xml"], ["a", "a"],
    ]

    @Test(arguments: shapes)
    func asTheReferenceHasIt(_ text: String) throws {
        let comparison = try CanonicalComparison.everyElement(of: Array(text.utf8), prefixLists: Self.prefixLists)
        #expect(comparison.difference?.product == comparison.difference?.reference)
        #expect(comparison.count >= Self.prefixLists.count)
    }

    /// Documents by chance, from few names and namespaces so that they meet.
    @Test func manyDocumentsAsTheReferenceHasThem() throws {
        var generator = DocumentGenerator(seed: 1)
        for _ in 0..<400 {
            let text = generator.document()
            let comparison = try CanonicalComparison.everyElement(
                of: Array(text.utf8), prefixLists: [[], ["a", "#default"], ["b"]])
            #expect(comparison.isEqual, "\(text)")
        }
    }

    /// The canonical form is XML and its own canonical form.
    @Test func canonicalisedAgainItStaysAsItIs() throws {
        var generator = DocumentGenerator(seed: 2)
        for text in Self.shapes + (0..<200).map({ _ in generator.document() }) {
            let once = try XMLDocument(Array(text.utf8)).root.canonical()
            let twice = try XMLDocument(once).root.canonical()
            #expect(once == twice, "\(text)")
        }
    }
}
