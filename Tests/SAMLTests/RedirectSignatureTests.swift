import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("The signature of a query")
struct RedirectSignatureTests {
    static func lowerCaseEscapes(_ text: String) -> String {
        text.utf8.map { byte in
            let one = FormEncoding.encode(String(decoding: [byte], as: UTF8.self))
            return one.utf8.count == 1 ? one : one.lowercased()
        }.joined()
    }

    /// What some encoders leave as it is.
    static func fewEscapes(_ text: String) -> String {
        FormEncoding.encode(text).replacingAll("%3A", with: ":").replacingAll("%2F", with: "/")
    }

    static func blanksAsPlus(_ text: String) -> String { FormEncoding.encode(text).replacingAll("%20", with: "+") }

    @Test("is over the octets as they came, however they are escaped")
    func spellings() throws {
        let verifier = try IncomingLogout.verifier()
        let request = IncomingLogout.request
        for escape in [FormEncoding.encode, Self.lowerCaseEscapes, Self.fewEscapes, Self.blanksAsPlus] {
            let query = request.query(relayState: "one two/three:four", escape: escape)
            #expect(verifier.code(ofRequest: query) == nil)
            #expect(try RedirectBinding.read(rawQuery: query).relayState == "one two/three:four")
        }
    }

    @Test("another spelling of the same values is another message")
    func respelled() throws {
        let verifier = try IncomingLogout.verifier()
        let good = IncomingLogout.request.query(relayState: "one two/three")
        #expect(good.contains("one%20two%2Fthree"))
        for (text, other) in [
            ("one%20two", "one+two"), ("%2Fthree", "%2fthree"), ("%2Fthree", "/three"),
            ("SigAlg=http%3A", "SigAlg=http%3a"),
            ("SigAlg=http%3A", "SigAlg=http:"), ("RelayState=one", "RelayState=%6Fne"),
        ] {
            let changed = good.replacingFirst(text, with: other)
            #expect(changed != good)
            #expect(verifier.code(ofRequest: changed) == "signature_invalid")
        }
    }

    @Test("holds in whatever order the parameters come, and with others among them")
    func order() throws {
        let verifier = try IncomingLogout.verifier()
        let parts = IncomingLogout.request.query().split(separator: "&").map(String.init)
        #expect(parts.count == 4)
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]] {
            #expect(verifier.code(ofRequest: order.map { parts[$0] }.joined(separator: "&")) == nil)
        }
        #expect(verifier.code(ofRequest: "utm=1&" + parts.joined(separator: "&") + "&x=") == nil)
    }

    @Test("does not hold over another order than the specification's")
    func signedInOtherOrder() throws {
        let request = IncomingLogout.request
        let message = "SAMLRequest=\(FormEncoding.encode(request.deflated))"
        let (state, algorithm) = ("RelayState=state", "SigAlg=\(FormEncoding.encode(IncomingLogout.rsaSHA256))")
        func query(_ parts: [String]) -> String {
            let signature = IncomingLogout.okta.sign(Array(parts.joined(separator: "&").utf8), digest: "SHA256")
            return ([message, state, algorithm] + ["Signature=\(FormEncoding.encode(Base64.encode(signature)))"])
                .joined(separator: "&")
        }
        let verifier = try IncomingLogout.verifier()
        #expect(verifier.code(ofRequest: query([message, state, algorithm])) == nil)
        for parts in [
            [state, message, algorithm], [message, algorithm, state], [algorithm, message, state],
            [message, algorithm],
            [message, state], [message],
        ] {
            #expect(verifier.code(ofRequest: query(parts)) == "signature_invalid")
        }
    }

    @Test("covers message, relay state and algorithm: nothing can be changed, added or taken away")
    func tampering() throws {
        let verifier = try IncomingLogout.verifier()
        let good = IncomingLogout.request.query()
        let evil = FormEncoding.encode(IncomingLogout.request.changed { $0.id = "evil" }.deflated)
        let parts = good.split(separator: "&").map(String.init)
        #expect(verifier.code(ofRequest: good) == nil)
        let changed = [
            ["SAMLRequest=\(evil)", parts[1], parts[2], parts[3]], [parts[0], "RelayState=other", parts[2], parts[3]],
            [parts[0], "RelayState=", parts[2], parts[3]], [parts[0], parts[2], parts[3]],
            [parts[0], parts[1], parts[2].replacingFirst("256", with: "512"), parts[3]],
            [parts[0], parts[1], parts[2], String(parts[3].dropLast(8)) + "AAAA%3D%3D"],
        ]
        for parts in changed {
            #expect(verifier.code(ofRequest: parts.joined(separator: "&")) != nil, "\(parts[1])")
        }
        let bare = IncomingLogout.request.query(relayState: nil)
        #expect(verifier.code(ofRequest: bare) == nil)
        #expect(verifier.code(ofRequest: bare + "&RelayState=") == "signature_invalid")
        #expect(verifier.code(ofRequest: bare + "&RelayState=x") == "signature_invalid")
    }

    /// CVE-2025-27773: the signature of a captured message beside another one that is believed.
    @Test("one message's signature never vouches for another")
    func confusion() throws {
        let verifier = try IncomingLogout.verifier()
        let evil = IncomingLogout.request.changed { $0.id = "evil" }
        let encoded = FormEncoding.encode(evil.deflated)
        let request = IncomingLogout.request.query()
        let response = IncomingLogout.response.query()
        for query in [
            request + "&SAMLResponse=\(encoded)", "SAMLResponse=\(encoded)&" + request,
            request + "&SAMLRequest=\(encoded)",
            "SAMLRequest=\(encoded)&" + request, request + "&%53AMLRequest=\(encoded)",
            "SAML%52equest=\(encoded)&" + request, response + "&SAMLRequest=\(encoded)",
            "SAMLRequest=\(encoded)&" + response,
            response.replacingFirst("SAMLResponse=", with: "SAMLRequest="),
        ] {
            #expect(verifier.code(ofRequest: query) != nil)
            #expect(verifier.code(ofResponse: query) != nil)
        }
        // Named otherwise, the other message is not a parameter of SAML at all.
        #expect(verifier.code(ofRequest: request + "&samlRequest=\(encoded)") == nil)
    }
}

extension String {
    func replacingAll(_ text: String, with replacement: String) -> String {
        var (rest, output) = (self[...], "")
        while let start = rest.indices.first(where: { rest[$0...].hasPrefix(text) }) {
            output += rest[..<start] + replacement
            rest = rest[start...].dropFirst(text.count)
        }
        return output + rest
    }
}
