import SAMLTestSupport
import Testing

@testable import SAML

/// The eight wrappings that are known by number (XSW 1-8), and relatives: a signed message kept somewhere, another one in its
/// place.
@Suite("Wrapping")
struct WrappingTests {
    /// A signed message in its parts.
    private struct Parts {
        let whole: String
        let response: String
        let assertion: String
        /// Of the Assertion.
        let signature: String

        init(_ response: ResponseText) throws {
            whole = try response.text()
            self.response = whole.replacing(/^<\?xml[^>]*>/, with: "")
            assertion = try Self.first(/<saml2:Assertion.*<\/saml2:Assertion>/, in: whole)
            signature = assertion.firstMatch(of: /<ds:Signature.*?<\/ds:Signature>/).map { String($0.output) } ?? ""
        }

        /// The same assertion about somebody else, with an ID of its own.
        var evil: String {
            assertion.with("id4712", "idevil").with("ada@example.com</saml2:NameID>", "eve</saml2:NameID>")
        }
        var unsigned: String { assertion.with(signature, "") }
        var evilUnsigned: String { evil.replacing(/<ds:Signature.*?<\/ds:Signature>/, with: "") }

        func replacing(_ text: String) -> [UInt8] { Array(whole.with(assertion, text).utf8) }

        private static func first(_ pattern: Regex<Substring>, in text: String) throws -> String {
            String(try #require(text.firstMatch(of: pattern)).output)
        }
    }

    private static var signedAssertion: ResponseText { ResponseFixture.good.changed { $0.responseSignature = nil } }
    private static var signedResponse: ResponseText { ResponseFixture.good.changed { $0.assertionSignature = nil } }

    private static func code(_ xml: [UInt8]) throws -> String? { try ResponseFixture.rejection(of: xml)?.code }

    @Test("of the Response: the signed one within the signature, or before it")
    func response() throws {
        let parts = try Parts(Self.signedResponse)
        let evil = parts.response.with("id4711", "idevil").with("id4712", "idevil2").with(">ada@", ">eve@")
        let enveloping = evil.with("</ds:Signature>", parts.response + "</ds:Signature>")  // XSW 1
        let detached = evil.with("<saml2p:Status>", parts.response + "<saml2p:Status>")  // XSW 2
        #expect(try Self.code(Array(enveloping.utf8)) == "response_misplaced")
        #expect(try Self.code(Array(detached.utf8)) == "response_misplaced")
        let inObject = evil.with("</ds:Signature>", "<ds:Object>\(parts.response)</ds:Object></ds:Signature>")
        #expect(try Self.code(Array(inObject.utf8)) == "response_misplaced")
    }

    @Test("of the Assertion: the signed one anywhere beside, below or above the other")
    func assertion() throws {
        let parts = try Parts(Self.signedAssertion)
        #expect(try Self.code(parts.replacing(parts.assertion)) == nil)
        let cases: [(String, String, String)] = [
            ("XSW 3: before", parts.evilUnsigned + parts.assertion, "assertion_repeated"),
            ("after", parts.assertion + parts.evilUnsigned, "assertion_repeated"),
            (
                "XSW 4: within", parts.evilUnsigned.with("</saml2:Assertion>", parts.assertion + "</saml2:Assertion>"),
                "assertion_misplaced"
            ),
            ("XSW 5: copied signature", parts.evil + parts.unsigned, "assertion_repeated"),
            (
                "XSW 6: within the copied signature",
                parts.evil.with("</ds:Signature>", parts.unsigned + "</ds:Signature>"), "assertion_misplaced"
            ),
            (
                "XSW 8: within an Object",
                parts.evil.with("</ds:Signature>", "<ds:Object>\(parts.unsigned)</ds:Object></ds:Signature>"),
                "assertion_misplaced"
            ),
            (
                "in Advice",
                parts.evil.with(
                    "<saml2:AuthnStatement", "<saml2:Advice>\(parts.unsigned)</saml2:Advice><saml2:AuthnStatement"),
                "assertion_misplaced"
            ),
            ("as a value", parts.evil.with("Ada Lovelace", parts.unsigned), "assertion_misplaced"),
            ("of the same ID", parts.evilUnsigned.with("idevil", "id4712") + parts.assertion, "id_duplicate"),
            ("the signature alone", parts.evil, "reference_mismatch"),
            ("the signature alone, with the ID", parts.evil.with("idevil", "id4712"), "digest_mismatch"),
        ]
        for (name, text, expected) in cases {
            #expect(try Self.code(parts.replacing(text)) == expected, "\(name)")
        }
    }

    @Test("of the Assertion: the signed one in Extensions")  // XSW 7
    func extensions() throws {
        let parts = try Parts(Self.signedAssertion)
        for kept in [parts.assertion, parts.unsigned] {
            let extensions = "<saml2p:Extensions>\(kept)</saml2p:Extensions>"
            let text = parts.whole.with(parts.assertion, parts.evilUnsigned).with(
                "<saml2p:Status>", extensions + "<saml2p:Status>")
            #expect(try ["assertion_misplaced", "signature_misplaced"].contains(Self.code(Array(text.utf8))))
        }
    }

    @Test("a signature of the Response vouches for nothing that was put in afterwards")
    func stuffing() throws {
        let parts = try Parts(ResponseFixture.good)
        #expect(try Self.code(parts.replacing(parts.evilUnsigned)) == "digest_mismatch")
        let stripped = parts.whole.replacing(/<ds:Signature.*?<\/ds:Signature>/, with: "")
        #expect(try Self.code(Array(stripped.utf8)) == "signature_missing")
    }

    @Test("one SignedInfo, one SignatureValue, one Signature")
    func repetitions() throws {
        for (part, expected) in [
            ("SignedInfo", "signature_malformed"), ("SignatureValue", "signature_malformed"),
            ("KeyInfo", "signature_malformed"),
            ("Signature", "signature_misplaced"), ("DigestValue", "reference_malformed"),
            ("Transforms", "reference_malformed"),
            ("Transform", "transforms_unsupported"), ("Reference", "reference_malformed"),
            ("SignatureMethod", "signed_info_malformed"), ("CanonicalizationMethod", "signed_info_malformed"),
        ] {
            let pattern = try Regex("<ds:\(part)( [^>]*/>|[ >].*?</ds:\(part)>)")
            let code = try ResponseFixture.code {
                $0.edit = { text in
                    guard let match = text.firstMatch(of: pattern) else { return text }
                    let element = String(text[match.range])
                    return text.with(element, element + element)
                }
            }
            #expect(code == expected, "\(part)")
        }
    }
}
