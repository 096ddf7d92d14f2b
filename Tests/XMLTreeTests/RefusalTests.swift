import Testing
import XMLTree

/// A good document with one thing changed, and the code it is refused with; nil when it must still pass.
struct Change: CustomTestStringConvertible, Sendable {
    static let good = """
        <?xml version="1.0" encoding="UTF-8"?>
        <r xmlns="urn:r" xmlns:a="urn:a" ID="i1"><a:b c="d" a:e="ü">text ü &amp; &#x41;</a:b>
        <c/></r>

        """

    let old: String
    let new: [UInt8]
    let reason: XMLRefusal.Reason?
    let testDescription: String

    init(_ old: String, _ new: String, _ reason: XMLRefusal.Reason? = nil) {
        self.init(old, Array(new.utf8), reason, new)
    }

    init(_ old: String, bytes: [UInt8], _ reason: XMLRefusal.Reason? = nil) {
        self.init(old, bytes, reason, "bytes \(bytes)")
    }

    private init(_ old: String, _ new: [UInt8], _ reason: XMLRefusal.Reason?, _ shown: String) {
        self.old = old
        self.new = new
        self.reason = reason
        testDescription = "\(old) → \(shown.prefix(80)): \(reason?.rawValue ?? "accepted")"
    }

    /// The old text occurs once, or this would test something else.
    func apply() throws -> [UInt8] {
        let parts = Self.good.split(separator: old, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "\(old) occurs \(parts.count - 1) times")
        return Array(parts[0].utf8) + new + Array(parts[1].utf8)
    }
}

/// The code a document is refused with; nil when it passes.
func refusal(_ bytes: [UInt8], limits: XMLLimits = .standard) -> XMLRefusal.Reason? {
    do throws(XMLRefusal) {
        _ = try XMLDocument(bytes, limits: limits)
        return nil
    } catch { return error.reason }
}

func refusal(_ text: String, limits: XMLLimits = .standard) -> XMLRefusal.Reason? {
    refusal(Array(text.utf8), limits: limits)
}

@Suite struct RefusalTests {
    @Test func theGoodDocumentPasses() {
        #expect(refusal(Change.good) == nil)
    }

    static let declarations = [
        Change(#"<?xml version="1.0" encoding="UTF-8"?>"# + "\n", ""),
        Change(#" encoding="UTF-8""#, ""),
        Change(#""UTF-8""#, "'utf-8'"),
        Change(#""UTF-8""#, #""UTF-8" standalone="yes""#),
        Change(#""UTF-8""#, #""UTF-8" standalone = 'no' "#),
        Change(#" version="1.0""#, "\n\tversion =\r\n'1.0'"),
        Change("?>", " ?>"),
        Change("1.0", "1.1", .declarationMalformed),
        Change("1.0", "1.00", .declarationMalformed),
        Change("1.0", "", .declarationMalformed),
        Change(#" version="1.0""#, "", .declarationMalformed),
        Change(#"version"#, "Version", .declarationMalformed),
        Change("UTF-8", "UTF-16", .declarationMalformed),
        Change("UTF-8", "UTF8", .declarationMalformed),
        Change("UTF-8", "ISO-8859-1", .declarationMalformed),
        Change("UTF-8", "UTF-7", .declarationMalformed),
        Change("UTF-8", "", .declarationMalformed),
        Change("UTF-8", "\u{17F}UTF-8", .declarationMalformed),
        Change(#""UTF-8""#, #""UTF-8" standalone="maybe""#, .declarationMalformed),
        Change(#""UTF-8""#, #""UTF-8"standalone="yes""#, .declarationMalformed),
        Change(#"version="1.0" encoding="UTF-8""#, #"encoding="UTF-8" version="1.0""#, .declarationMalformed),
        Change(#""UTF-8""#, #""UTF-8" more="1""#, .declarationMalformed),
        Change(#""UTF-8""#, #""UTF-8'"#, .declarationMalformed),
        Change("?>", ">", .declarationMalformed),
        Change("<?xml", " <?xml", .declarationMalformed),
        Change("<?xml", "\n<?xml", .declarationMalformed),
        Change("<c/>", #"<?xml version="1.0"?><c/>"#, .declarationMalformed),
        Change("<?xml ", "<?xml?><?xml ", .declarationMalformed),
        Change("<?xml ", "<?XML ", .processingInstruction),
        Change("<?xml ", "<?xm ", .processingInstruction),
    ]

    static let markup = [
        Change("<r ", "<!DOCTYPE r><r ", .documentType),
        Change("<r ", "<!DOCTYPE r [<!ENTITY x 'y'>]><r ", .documentType),
        Change("<r ", "<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r ", .documentType),
        Change("<c/>", "<!ENTITY x 'y'>", .documentType),
        Change("<c/>", "<!ATTLIST c d ID #IMPLIED>", .documentType),
        Change("<r ", "<!doctype r><r ", .malformed),
        Change("<c/>", "<![INCLUDE[]]>", .malformed),
        Change("text", "te<!-- -->xt", .comment),
        Change("<r ", "<!-- --><r ", .comment),
        Change("</r>", "</r><!-- -->", .comment),
        Change("text", "te<!-->xt", .comment),
        Change("text", "te<?x y?>xt", .processingInstruction),
        Change("<r ", "<?xml-stylesheet href='x'?><r ", .processingInstruction),
        Change("</r>", "</r><?x?>", .processingInstruction),
        Change("text", "<![CDATA[text]]>", .cdata),
        Change("text", "--> ?> ] ]] >"),
        Change(#"c="d""#, #"c="-->]]>?>""#),
        Change(#"c="d""#, #"c="<!-- -->""#, .malformed),
        Change(#"c="d""#, #"c="<![CDATA[d]]>""#, .malformed),
        Change("text", "]]>", .malformed),
        Change("text", "a < b", .malformed),
        Change("text", "a & b", .malformed),
        Change("text", "&nbsp;", .malformed),
        Change("text", "&amp", .malformed),
        Change("text", "&#0;", .malformed),
        Change("text", "&#x1F;", .malformed),
        Change("text", "&#xD800;", .malformed),
        Change("text", "&#xFFFE;", .malformed),
        Change("text", "&#x110000;", .malformed),
        Change("text", "&#x100000041;", .malformed),
        Change("text", "&#x10FFFF;&#9;&#10;&#13;&lt;&gt;&quot;&apos;"),
        Change(#"c="d""#, #"c="&nbsp;""#, .malformed),
        Change(#"c="d""#, #"c="&#1;""#, .malformed),
        Change(#"c="d""#, "c='&lt;\"&#9;'"),
    ]

    static let tags = [
        Change("</a:b>", "</a:b >"),
        Change("<c/>", "<c\n\t\r\n/>"),
        Change(#"c="d""#, "c\n=\n'd'"),
        Change("</a:b>", "</a:c>", .malformed),
        Change("</a:b>", "</b>", .malformed),
        Change("</a:b>", "", .malformed),
        Change("</a:b>", "</a:b></a:b>", .malformed),
        Change("</a:b>", "</ a:b>", .malformed),
        Change("</a:b>", "</a:b/>", .malformed),
        Change("</a:b>", "</a:b x='y'>", .malformed),
        Change("</a:b>", "</a:b", .malformed),
        Change("</r>", "", .malformed),
        Change("</r>", "</r", .malformed),
        Change("</r>", "</r>x", .malformed),
        Change("</r>", "</r>&#32;", .malformed),
        Change("</r>", "</r><r/>", .malformed),
        Change("</r>", "</r></r>", .malformed),
        Change("</r>", "</r><", .malformed),
        Change("<r ", "x<r ", .malformed),
        Change("<r ", "<r/><r ", .malformed),
        Change("<c/>", "< c/>", .malformed),
        Change("<c/>", "<c/ >", .malformed),
        Change("<c/>", "<c//>", .malformed),
        Change("<c/>", "<c x/>", .malformed),
        Change("<c/>", "<c x=/>", .malformed),
        Change("<c/>", "<c x=y/>", .malformed),
        Change("<c/>", "<c x='y\"/>", .malformed),
        Change("<c/>", "<c 'y'/>", .malformed),
        Change("<c/>", "<c x='y'z='w'/>", .malformed),
        Change("<c/>", "<c x='1' x='2'/>", .malformed),
        Change("<c/>", "<c a:x='1' d:x='2' xmlns:d='urn:a'/>", .malformed),
        Change("<c/>", "<c a:x='1' x='2' d:x='3' xmlns:d='urn:d'/>"),
        Change("<c/>", "<c xmlns:d='urn:d' xmlns:d='urn:d'/>", .malformed),
        Change("<c/>", "<c xmlns='urn:d' xmlns='urn:d'/>", .malformed),
        Change("<c/>", "<c xml:id='i' xml:lang='en' xml:space='preserve' xml:base='urn:x' xml:other='y'/>"),
        Change("<c/>", "<c xml:id='1 2'/>", .malformed),
        // That identifiers are unique is the business of who reads them: XML knows none without a DTD.
        Change("<c/>", "<c xml:id='i'/><c xml:id='i'/>"),
        Change("<c/>", "<c ID='i1'/><c ID='i1'/>"),
    ]

    static let names = [
        Change("<c/>", "<ç/>"),
        Change("<c/>", "<_-.9/>"),
        Change("<c/>", "<a:b:c/>", .nameMalformed),
        Change("<c/>", "<c a:b:c='d'/>", .nameMalformed),
        Change("<c/>", "<:c/>", .nameMalformed),
        Change("<c/>", "<a:/>", .nameMalformed),
        Change("<c/>", "<a::c/>", .nameMalformed),
        Change("<c/>", "<1c/>", .nameMalformed),
        Change("<c/>", "<-c/>", .nameMalformed),
        Change("<c/>", "<a:1c/>", .nameMalformed),
        Change("<c/>", "<c 1='2'/>", .nameMalformed),
        Change("<c/>", "<c xmlns:='urn:d'/>", .nameMalformed),
        Change("<c/>", "<c xmlns:d:e='urn:d'/>", .nameMalformed),
        Change("</a:b>", "</a:b:b>", .nameMalformed),
        Change("<c/>", "<c×/>", .malformed),
        Change("<c/>", "<\u{300}c/>", .malformed),
        Change("<c/>", "<c+/>", .malformed),
        Change("<c/>", "<a:ç/>"),
        Change("<c/>", "<xmlns:c/>", .malformed),
        Change("<c/>", "<d:c/>", .malformed),
        Change("<c/>", "<c d:e='f'/>", .malformed),
    ]

    static let namespaces = [
        Change("urn:a", "http://www.w3.org/2001/XMLSchema#x?y=z%20(1)"),
        Change("urn:a", "a+b-c.d1:x"),
        Change("urn:a", "relative", .namespaceRelative),
        Change("urn:a", "/path", .namespaceRelative),
        Change("urn:a", "//host/path", .namespaceRelative),
        Change("urn:a", "#fragment", .namespaceRelative),
        Change("urn:a", ":a", .namespaceRelative),
        Change("urn:a", "urn:", .namespaceRelative),
        Change("urn:a", "1rn:a", .namespaceRelative),
        Change("urn:a", "u,n:a", .namespaceRelative),
        Change("urn:a", "u/n:a", .namespaceRelative),
        Change("urn:a", " urn:a", .namespaceRelative),
        Change("urn:a", "urn:a ", .namespaceRelative),
        Change("urn:a", "urn:a b", .namespaceRelative),
        Change("urn:a", "urn:a\n", .namespaceRelative),
        Change("urn:a", "urn:ü", .namespaceRelative),
        Change("urn:a", "urn:a{b}", .namespaceRelative),
        Change("urn:a", "urn:a'b"),
        Change("urn:a", "urn:a&amp;b", .namespaceRelative),
        Change("urn:a", "urn&#58;a", .namespaceRelative),
        Change("<c/>", "<c xmlns=''/>", .namespaceRelative),
        Change("<c/>", "<c xmlns='relative'/>", .namespaceRelative),
        Change("<c/>", "<c><d xmlns:unused='relative'/></c>", .namespaceRelative),
        Change("<c/>", "<c xmlns:d=''/>", .malformed),
        Change("<c/>", "<c xmlns:xml='http://www.w3.org/XML/1998/namespace'/>"),
        Change("<c/>", "<c xmlns:xml='urn:d'/>", .malformed),
        Change("<c/>", "<c xmlns:d='http://www.w3.org/XML/1998/namespace'/>", .malformed),
        Change("<c/>", "<c xmlns='http://www.w3.org/XML/1998/namespace'/>", .malformed),
        Change("<c/>", "<c xmlns:xmlns='urn:d'/>", .malformed),
        Change("<c/>", "<c xmlns:d='http://www.w3.org/2000/xmlns/'/>", .malformed),
        Change("<c/>", "<c xmlns='http://www.w3.org/2000/xmlns/'/>", .malformed),
    ]

    private static func marks(_ count: Int, _ mark: String = "\u{301}") -> String {
        "e" + String(repeating: mark, count: count)
    }

    /// Comparing longer runs would cost their square.
    static let combiningMarks = [
        Change("text", marks(30)),
        Change("text", marks(31), .combiningMarks),
        Change("text", marks(30, "&#x301;")),
        Change("text", marks(31, "&#x301;"), .combiningMarks),
        Change("text", marks(31, "&#769;"), .combiningMarks),
        Change("text", marks(15) + "<c/>" + marks(16)),
        Change("text", marks(15) + "&amp;" + marks(16)),
        Change("text", marks(15, "\u{301}\u{316}") + "\u{301}", .combiningMarks),
        Change(#"c="d""#, "c='\(marks(30))'"),
        Change(#"c="d""#, "c='\(marks(31))'", .combiningMarks),
        Change(#"c="d""#, "c='\(marks(31, "&#x301;"))'", .combiningMarks),
        Change("<c/>", "<\(marks(30))/>"),
        Change("<c/>", "<\(marks(31))/>", .combiningMarks),
        Change(#"c="d""#, "\(marks(31))='d'", .combiningMarks),
        Change("<c/>", "<c xmlns:\(marks(31))='urn:d'/>", .combiningMarks),
    ]

    @Test(arguments: declarations + markup + tags + names + namespaces + combiningMarks)
    func oneChange(_ change: Change) throws {
        #expect(refusal(try change.apply()) == change.reason)
    }

    @Test func detailsSayWhereAndQuoteNothing() throws {
        for (text, detail) in [
            ("<r>secret&nbsp;</r>", "an entity that XML does not know at line 1, column 16"),
            ("<r><!--secret--></r>", "a comment at byte 3"),
            ("<r xmlns='secret'/>", "a namespace whose name is no absolute URI"),
            ("<r xmlns='sec ret'/>", "a namespace whose name is no URI at line 1, column 19"),
        ] {
            let refusal = try #require(throws: XMLRefusal.self) { try XMLDocument(Array(text.utf8)) }
            #expect(refusal.detail == detail)
        }
    }
}
