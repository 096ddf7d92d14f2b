import Testing
import XMLTree

@Suite struct DocumentTests {
    @Test func elementsAndAttributesAreFoundByExpandedName() throws {
        let document = try XMLDocument(
            Array(#"<?xml version="1.0"?><a:r xmlns:a="urn:a" ID="1&amp;2" a:ID="x"><a:c/>t&lt;<c>u</c></a:r>"#.utf8))
        let root = document.root
        #expect(root.matches(XMLName("r", in: "urn:a")))
        #expect(!root.matches(XMLName("r", in: "urn:b")) && !root.matches(XMLName("r", in: "")))
        #expect(root.attribute("ID") == "1&2" && root.attribute("ID", in: "urn:a") == "x")
        #expect(root.children.count == 2 && root.hasStrayText && root.text == nil)
        #expect(root.children(XMLName("c", in: "")).map(\.text) == ["u"])
        let canonical = try root.canonical(omitting: root.children.first)
        #expect(
            String(decoding: canonical, as: UTF8.self)
                == #"<a:r xmlns:a="urn:a" ID="1&amp;2" a:ID="x">t&lt;<c>u</c></a:r>"#)
    }
}
