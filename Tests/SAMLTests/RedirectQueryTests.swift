import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Messages in a query")
struct RedirectQueryTests {
    static let message = FormEncoding.encode(IncomingLogout.request.deflated)
    static let other = FormEncoding.encode(IncomingLogout.request.changed { $0.id = "other" }.deflated)

    func code(_ query: String) -> String? {
        samlCode { () throws(SAMLRejection) in _ = try RedirectBinding.read(rawQuery: query) }
    }

    @Test("reads a request or a response, and the relay state as it was meant")
    func reading() throws {
        let request = try RedirectBinding.read(
            rawQuery: "SAMLRequest=\(Self.message)&RelayState=a%20b%2Bc+d%26e%3d%C3%A9")
        #expect(request.kind == .request)
        #expect(request.relayState == "a b+c d&e=é")
        #expect(request.unverifiedXML == Array(IncomingLogout.request.xml().utf8))
        #expect(request.signature == nil)
        let response = try RedirectBinding.read(rawQuery: "SAMLResponse=\(Self.message)")
        #expect(response.kind == .response)
        #expect(response.relayState == nil)
        let empty = try RedirectBinding.read(rawQuery: "RelayState=&SAMLRequest=\(Self.message)")
        #expect(empty.relayState == "")
    }

    @Test(
        "refuses a query of which two readers may see two things",
        arguments: [
            ("SAMLRequest=\(message)&SAMLRequest=\(other)", "query_parameter_repeated"),
            ("SAMLRequest=\(message)&SAMLRequest=\(message)", "query_parameter_repeated"),
            ("SAMLRequest=\(message)&RelayState=a&RelayState=a", "query_parameter_repeated"),
            ("SAMLRequest=\(message)&SigAlg=a&Signature=YQ==&SigAlg=b", "query_parameter_repeated"),
            ("SAMLRequest=\(message)&x=1&x=2", "query_parameter_repeated"),
            ("SAMLRequest=\(message)&SAMLResponse=\(other)", "query_message_ambiguous"),
            ("SAMLResponse=\(message)&SAMLRequest=\(other)", "query_message_ambiguous"),
            ("SAMLRequest=\(message)&SAMLResponse=", "query_message_ambiguous"),
            ("SAMLRequest=\(message)&%53AMLRequest=\(other)", "query_parameter_encoded"),
            ("SAMLRequest=\(message)&SAML%52esponse=\(other)", "query_parameter_encoded"),
            ("%53AMLRequest=\(message)", "query_parameter_encoded"),
            ("SAMLRequest=\(message)&Relay%53tate=x", "query_parameter_encoded"),
            ("SAMLRequest=\(message)&Relay+State=x", "query_parameter_encoded"),
            ("SAMLRequest=\(message)&SAMLRequest%00=\(other)", "query_parameter_encoded"),
        ])
    func confusion(query: String, code: String) {
        #expect(self.code(query) == code)
    }

    @Test("a semicolon, a bracket or another spelling makes no parameter of SAML")
    func lookAlikes() throws {
        for extra in [
            "samlrequest", "SAMLRequest[]", "SAMLRequest;x", "SAMLRequest.", "amp;SAMLRequest", "\"SAMLRequest\"",
        ] {
            let query = "\(extra)=\(Self.other)&SAMLRequest=\(Self.message)"
            #expect(try RedirectBinding.read(rawQuery: query).unverifiedXML == Array(IncomingLogout.request.xml().utf8))
            #expect(code("\(extra)=\(Self.other)") == "query_message_missing")
        }
        #expect(code("SAMLRequest=\(Self.message);SAMLRequest=\(Self.other)") == "base64_malformed")
    }

    @Test(
        "refuses a query that is none",
        arguments: [
            ("", "redirect_query_malformed"), ("SAMLRequest", "redirect_query_malformed"),
            ("=x", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&", "redirect_query_malformed"),
            ("&SAMLRequest=\(message)", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&&RelayState=x", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=%", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=%2", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=%zz", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=%00", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=%FF", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=%C0%AF", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=a b", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=é", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=a\nb", "redirect_query_malformed"),
            ("SAMLRequest=\(message)&RelayState=a#b", "redirect_query_malformed"),
            ("RelayState=x", "query_message_missing"), ("x=1", "query_message_missing"),
        ])
    func malformed(query: String, code: String) {
        #expect(self.code(query) == code)
    }

    @Test("refuses what is no compressed message")
    func messages() {
        let deflated = IncomingLogout.request.deflated
        let cases = [
            ("", "deflate_malformed"), ("%20", "base64_malformed"), ("!!!!", "base64_malformed"),
            ("YWJ", "base64_malformed"), ("YWI", "base64_malformed"), ("YWJ=", "base64_malformed"),
            (FormEncoding.encode("\(deflated)\n"), "base64_malformed"),
            (FormEncoding.encode(" \(deflated)"), "base64_malformed"),
            (FormEncoding.encode(deflated.replacingFirst("/", with: "_")), "base64_malformed"),
            // The XML in base64 without compression, as the POST binding has it.
            ("PHNhbWxwOkxvZ291dFJlcXVlc3Q-", "base64_malformed"),
            ("PHNhbWxwOkxvZ291dFJlcXVlc3Q%2B", "deflate_malformed"),
        ]
        for (value, code) in cases { #expect(self.code("SAMLRequest=\(value)") == code, "\(value)") }
    }

    /// A raw `+` is a blank in a query, so base64 with one is not what was sent.
    @Test("a plus sign has to be escaped in base64")
    func plusSign() throws {
        let message = IncomingLogout.request.changed { $0.id = ">>>>>>>>" }
        let deflated = message.deflated
        #expect(deflated.contains("+"))
        let escaped = FormEncoding.encode(deflated)
        #expect(code("SAMLRequest=\(escaped)") == nil)
        #expect(code("SAMLRequest=\(escaped.replacingFirst("%2B", with: "+"))") == "base64_malformed")
        #expect(code("SAMLRequest=\(escaped.replacingFirst("%2B", with: "%2b"))") == nil)
    }

    @Test("refuses bombs")
    func bombs() {
        let limit = 1 << 20
        func query(_ bytes: [UInt8]) -> String {
            "SAMLRequest=" + FormEncoding.encode(Base64.encode(Deflate.compress(bytes)))
        }
        #expect(code(query([UInt8](repeating: 0x20, count: limit))) == "inflated_too_much")
        #expect(code(query([UInt8](repeating: 0x20, count: 64 * limit))) == "inflated_too_large")
        // As large, but no bomb.
        let lines = (0..<21_000).map { "<samlp:SessionIndex>id\($0 &* 7919)</samlp:SessionIndex>\n" }.joined()
        #expect(lines.utf8.count > limit)
        #expect(code(query(Array(lines.utf8.prefix(limit)))) == nil)
        #expect(code(query(Array(lines.utf8.prefix(limit + 1)))) == "inflated_too_large")
        #expect(code("SAMLRequest=" + String(repeating: "A", count: 1 << 18)) == "query_too_long")
        let many = (0..<40).map { "&p\($0)=1" }.joined()
        #expect(code("SAMLRequest=\(Self.message)\(many)") == "query_too_long")
    }

    @Test("a relay state has an end")
    func relayState() {
        #expect(code("SAMLRequest=\(Self.message)&RelayState=" + String(repeating: "x", count: 4096)) == nil)
        #expect(
            code("SAMLRequest=\(Self.message)&RelayState=" + String(repeating: "x", count: 4097))
                == "relay_state_too_long")
    }

    @Test("the encoding is DEFLATE, named or not")
    func encoding() {
        let deflate = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
        #expect(code("SAMLRequest=\(Self.message)&SAMLEncoding=\(FormEncoding.encode(deflate))") == nil)
        #expect(code("SAMLRequest=\(Self.message)&SAMLEncoding=\(deflate)") == nil)
        for other in ["", "DEFLATE", deflate + "x"] {
            #expect(code("SAMLRequest=\(Self.message)&SAMLEncoding=\(other)") == "query_encoding_unsupported")
        }
    }

    @Test("a signature has two parameters")
    func signatureParameters() throws {
        let algorithm = FormEncoding.encode(IncomingLogout.rsaSHA256)
        #expect(code("SAMLRequest=\(Self.message)&SigAlg=\(algorithm)&Signature=YWJj") == nil)
        for end in [
            "SigAlg=\(algorithm)", "Signature=YWJj", "SigAlg=\(algorithm)&Signature=",
            "SigAlg=\(algorithm)&Signature=YWJ",
            "SigAlg=\(algorithm)&Signature=YWJj%0A", "SigAlg=\(algorithm)&Signature=Y-_j",
        ] {
            #expect(code("SAMLRequest=\(Self.message)&\(end)") == "query_signature_malformed")
        }
    }
}
