import Testing
import XMLTree

/// What is exactly as large as a limit passes; one more is refused.
@Suite struct LimitTests {
    private func nested(_ depth: Int) -> String {
        String(repeating: "<a>", count: depth - 1) + "<a/>" + String(repeating: "</a>", count: depth - 1)
    }

    private func attributes(_ count: Int) -> String { (0..<count).map { " a\($0)=''" }.joined() }

    private func namespaces(_ range: Range<Int>) -> String { range.map { " xmlns:n\($0)='urn:\($0)'" }.joined() }

    @Test func bytes() {
        let open = "<a>"
        let close = "</a>"
        func document(_ bytes: Int) -> String { open + String(repeating: "x", count: bytes - 7) + close }
        #expect(refusal(document(1 << 20)) == nil)
        #expect(refusal(document(1 << 20 + 1)) == .tooLarge)
        var limits = XMLLimits.standard
        limits.bytes = 10
        #expect(refusal(document(10), limits: limits) == nil)
        #expect(refusal(document(11), limits: limits) == .tooLarge)
    }

    @Test func depth() {
        #expect(refusal(nested(64)) == nil)
        #expect(refusal(nested(65)) == .tooDeep)
        // Depth is what is open, not what was.
        #expect(refusal("<r>" + String(repeating: nested(63), count: 3) + "</r>") == nil)
    }

    @Test func nodes() {
        func siblings(_ count: Int) -> String { "<r>" + String(repeating: "<a/>", count: count) + "</r>" }
        #expect(refusal(siblings(49_999)) == nil)
        #expect(refusal(siblings(50_000)) == .tooManyNodes)
        // Text counts: an element with text is two.
        var limits = XMLLimits.standard
        limits.nodes = 6
        #expect(refusal("<r>t<a>t</a>t<b/></r>", limits: limits) == nil)
        #expect(refusal("<r>t<a>t</a>t<b/>t</r>", limits: limits) == .tooManyNodes)
        // So do attributes and declarations.
        #expect(refusal("<r a='' b='' xmlns='urn:r'><c d=''/></r>", limits: limits) == nil)
        #expect(refusal("<r a='' b='' xmlns='urn:r'><c d='' e=''/></r>", limits: limits) == .tooManyNodes)
        // References do not cut a text in pieces.
        #expect(refusal("<r>" + String(repeating: "&amp;", count: 60_000) + "</r>") == nil)
    }

    @Test func attributes() {
        #expect(refusal("<r" + attributes(100) + "/>") == nil)
        #expect(refusal("<r" + attributes(101) + "/>") == .tooManyAttributes)
        #expect(refusal("<r" + attributes(60) + namespaces(0..<40) + "/>") == nil)
        #expect(refusal("<r" + attributes(60) + namespaces(0..<41) + "/>") == .tooManyAttributes)
    }

    @Test func namespacesInScope() {
        let outer = "<r\(namespaces(0..<100))><r\(namespaces(100..<200))>"
        #expect(refusal(outer + "<r\(namespaces(200..<256))/></r></r>") == nil)
        #expect(refusal(outer + "<r\(namespaces(200..<257))/></r></r>") == .tooManyNamespaces)
        // What an element declared is gone with it.
        #expect(refusal(outer + String(repeating: "<r\(namespaces(200..<256))/>", count: 3) + "</r></r>") == nil)
        // A prefix declared again counts again, and the default namespace counts.
        let again = String(repeating: "<r xmlns='urn:r'\(namespaces(0..<50))>", count: 5)
        let end = String(repeating: "</r>", count: 5)
        #expect(refusal(again + "<r xmlns='urn:r'/>" + end) == nil)
        #expect(refusal(again + "<r xmlns='urn:r' xmlns:a='urn:a'/>" + end) == .tooManyNamespaces)
        // An attribute that only looks like a declaration is none.
        let alike = (0..<60).map { " xmlnsx\($0)='' xml\($0)=''".prefix(30) }.joined()
        #expect(refusal("<r\(namespaces(0..<100))><r\(namespaces(0..<100))><r\(alike.prefix(800))") == .malformed)
    }

    @Test func namesOfNamespaces() {
        func document(_ length: Int) -> String {
            "<r xmlns:a='urn:" + String(repeating: "a", count: length - 4) + "'/>"
        }
        #expect(refusal(document(512)) == nil)
        #expect(refusal(document(513)) == .tooLarge)
    }

    /// Exclusive canonicalisation declares a namespace again at each sibling that uses it.
    @Test func canonicalForm() throws {
        func document(_ count: Int) throws -> XMLDocument {
            let name = "urn:" + String(repeating: "a", count: 508)
            return try XMLDocument(
                Array("<r xmlns:a='\(name)'>\(String(repeating: "<a:b/>", count: count))</r>".utf8))
        }
        let one = try document(1).root.canonical().count - "<r></r>".utf8.count
        let most = (8 << 20 - "<r></r>".utf8.count) / one
        #expect(try document(most).root.canonical().count <= 8 << 20)
        let refusal = try #require(throws: XMLRefusal.self) { try document(most + 1).root.canonical() }
        #expect(refusal.reason == .canonicalizationFailed)
    }
}
