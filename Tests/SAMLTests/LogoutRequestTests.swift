import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Logout requests of the identity provider")
struct LogoutRequestTests {
    struct Change: Sendable, CustomStringConvertible {
        let description: String
        let code: String?
        let apply: @Sendable (inout IncomingLogout) -> Void

        init(_ description: String, _ code: String?, _ apply: @escaping @Sendable (inout IncomingLogout) -> Void) {
            self.description = description
            self.code = code
            self.apply = apply
        }
    }

    static let nameID = IncomingLogout.element("saml2:NameID", text: "ada@example.com")

    static let accepted: [Change] = [
        Change("as it is", nil) { _ in },
        Change("white space between the elements", nil) { $0.content = "\n  " + $0.content + "\n" },
        Change("no SessionIndex", nil) { $0.content = nameID },
        Change("three SessionIndexes", nil) {
            $0.content += "<saml2p:SessionIndex>b</saml2p:SessionIndex><saml2p:SessionIndex>c</saml2p:SessionIndex>"
        },
        Change("NotOnOrAfter in a minute", nil) { $0.notOnOrAfter = "2026-11-22T10:01:00Z" },
        Change("NotOnOrAfter within the skew", nil) { $0.notOnOrAfter = "2026-11-22T09:59:00.001Z" },
        Change("issued six minutes ago", nil) { $0.issueInstant = "2026-11-22T09:54:00Z" },
        Change("issued in six minutes", nil) { $0.issueInstant = "2026-11-22T10:06:00Z" },
        Change("an Issuer that is called an entity", nil) {
            $0.issuer = IncomingLogout.element(
                "saml2:Issuer", ["Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\""],
                text: IncomingLogout.issuer)
        },
        Change("Extensions", nil) { $0.content = "<saml2p:Extensions></saml2p:Extensions>" + $0.content },
        Change("characters that are escaped", nil) {
            $0.content = IncomingLogout.element("saml2:NameID", text: "a&amp;b&lt;c&gt;é")
        },
    ]

    @Test("accepted by both bindings", arguments: accepted)
    func acceptance(change: Change) throws {
        #expect(try IncomingLogout.request.changed(change.apply).codes() == [nil, nil])
    }

    static let refused: [Change] = [
        Change("a response", "logout_message_unexpected") { $0.name = "ResponseLogout" },
        Change("another namespace", "logout_message_unexpected") {
            $0.namespace = "urn:oasis:names:tc:SAML:1.0:protocol"
        },
        Change("no version", "version_unsupported") { $0.version = nil },
        Change("version 1.1", "version_unsupported") { $0.version = "1.1" },
        Change("version 2.00", "version_unsupported") { $0.version = "2.00" },
        Change("no Destination", "logout_destination_missing") { $0.destination = nil },
        Change("an empty Destination", "destination_mismatch") { $0.destination = "" },
        Change("another Destination", "destination_mismatch") {
            $0.destination = "https://sso.example.com/logout/saml/okta"
        },
        Change("a Destination that goes on", "destination_mismatch") { $0.destination = IncomingLogout.address + "/" },
        Change("a Destination in capitals", "destination_mismatch") {
            $0.destination = "https://SSO.example.com/logout/saml/okta-saml"
        },
        Change("no IssueInstant", "time_malformed") { $0.issueInstant = nil },
        Change("an IssueInstant without a zone", "time_malformed") { $0.issueInstant = "2026-11-22T10:00:00" },
        Change("a month 13", "time_malformed") { $0.issueInstant = "2026-13-22T10:00:00Z" },
        Change("issued too long ago", "logout_too_old") { $0.issueInstant = "2026-11-22T09:53:59.999Z" },
        Change("issued years ago", "logout_too_old") { $0.issueInstant = "0001-01-01T00:00:00Z" },
        Change("issued in the future", "logout_issued_in_future") { $0.issueInstant = "2026-11-22T10:06:00.001Z" },
        Change("issued in another age", "logout_issued_in_future") { $0.issueInstant = "9999-12-31T23:59:59Z" },
        Change("expired", "logout_expired") { $0.notOnOrAfter = "2026-11-22T09:59:00Z" },
        Change("an expiry that is no time", "time_malformed") { $0.notOnOrAfter = "soon" },
        Change("another Issuer", "issuer_mismatch") {
            $0.issuer = IncomingLogout.element("saml2:Issuer", text: "http://www.okta.com/exk2example")
        },
        Change("an Issuer with blanks", "issuer_mismatch") {
            $0.issuer = IncomingLogout.element("saml2:Issuer", text: " \(IncomingLogout.issuer)")
        },
        Change("an Issuer of another format", "issuer_mismatch") {
            $0.issuer = IncomingLogout.element(
                "saml2:Issuer", ["Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\""],
                text: IncomingLogout.issuer)
        },
        Change("an element within the Issuer", "issuer_mismatch") {
            $0.issuer = IncomingLogout.element(
                "saml2:Issuer", text: "http://www.okta.com/<saml2:x></saml2:x>exk1example")
        },
        Change("no NameID", "logout_name_id_missing") {
            $0.content = "<saml2p:SessionIndex>_0123</saml2p:SessionIndex>"
        },
        Change("nothing at all", "logout_name_id_missing") { $0.content = "" },
        Change("an encrypted NameID", "logout_name_id_encrypted") {
            $0.content = IncomingLogout.element("saml2:EncryptedID", text: "")
        },
        Change("two NameIDs", "logout_message_malformed") { $0.content = nameID + nameID },
        Change("the NameID after the SessionIndex", "logout_name_id_missing") {
            $0.content = "<saml2p:SessionIndex>_0123</saml2p:SessionIndex>" + nameID
        },
        Change("an empty SessionIndex", "logout_message_malformed") {
            $0.content = nameID + "<saml2p:SessionIndex></saml2p:SessionIndex>"
        },
        Change("a SessionIndex with an element", "logout_message_malformed") {
            $0.content = nameID + "<saml2p:SessionIndex>a<saml2p:b></saml2p:b></saml2p:SessionIndex>"
        },
        Change("a very long SessionIndex", "logout_message_malformed") {
            $0.content =
                nameID + "<saml2p:SessionIndex>" + String(repeating: "x", count: 513) + "</saml2p:SessionIndex>"
        },
        Change("too many SessionIndexes", "logout_message_malformed") {
            $0.content = nameID + String(repeating: "<saml2p:SessionIndex>x</saml2p:SessionIndex>", count: 1001)
        },
        Change("text between the elements", "logout_message_malformed") { $0.content += "text" },
        Change("a foreign element", "logout_message_malformed") { $0.content += "<saml2p:Status></saml2p:Status>" },
        Change("a comment in the NameID", "xml_comment") {
            $0.content = IncomingLogout.element("saml2:NameID", text: "ada@example.com<!---->.evil.example")
        },
        Change("CDATA in the NameID", "xml_cdata") {
            $0.content = IncomingLogout.element("saml2:NameID", text: "<![CDATA[ada@example.com]]>")
        },
        Change("an attribute with a prefix", "attribute_prefixed") {
            $0.content = IncomingLogout.element("saml2:NameID", ["saml2:Format=\"x\""], text: "ada")
        },
        Change("one ID twice", "id_duplicate") {
            $0.content = IncomingLogout.element("saml2:NameID", ["ID=\"id5207351951\""], text: "ada")
        },
    ]

    @Test("refused by both bindings", arguments: refused)
    func refusal(change: Change) throws {
        #expect(try IncomingLogout.request.changed(change.apply).codes() == [change.code, change.code])
    }

    @Test("what is not signed within cannot be in the query either", arguments: ["id_missing"])
    func withoutID(code: String) throws {
        #expect(try IncomingLogout.request.changed { $0.id = nil }.codes().allSatisfy { $0 == code })
    }

    @Test("gives who is signed out, of which sessions, and how long a replay must be remembered")
    func content() throws {
        let verifier = try IncomingLogout.verifier()
        let message = IncomingLogout.request.changed {
            $0.content += "<saml2p:SessionIndex>second</saml2p:SessionIndex>"
            $0.notOnOrAfter = "2026-11-22T10:02:00Z"
        }
        for request in [
            try verifier.request(post: message.posted(), now: IncomingLogout.now),
            try verifier.request(RedirectBinding.read(rawQuery: message.query()), now: IncomingLogout.now),
        ] {
            #expect(request.id == "id5207351951")
            #expect(request.issuer == IncomingLogout.issuer)
            #expect(request.nameID.value == "ada@example.com")
            #expect(request.nameID.format == "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified")
            #expect(request.sessionIndexes == ["_0123", "second"])
            // NotOnOrAfter and 60 s of skew.
            #expect(request.expiresAt == IncomingLogout.now + .milliseconds(180_001))
        }
        let plain = try verifier.request(post: IncomingLogout.request.posted(), now: IncomingLogout.now)
        #expect(plain.expiresAt == IncomingLogout.now + .milliseconds(360_001))
    }

    @Test("at the moment where a replay is forgotten, the message is refused for its age")
    func replayWindow() throws {
        let verifier = try IncomingLogout.verifier()
        for message in [
            IncomingLogout.request, IncomingLogout.request.changed { $0.notOnOrAfter = "2026-11-22T10:02:00Z" },
            IncomingLogout.request.changed { $0.notOnOrAfter = "2026-11-22T23:00:00Z" },
        ] {
            let end = try verifier.request(post: message.posted(), now: IncomingLogout.now).expiresAt
            #expect(throws: SAMLRejection.self) { try verifier.request(post: message.posted(), now: end) }
            #expect(throws: Never.self) {
                try verifier.request(
                    post: message.posted(),
                    now: end - .milliseconds(message.notOnOrAfter == "2026-11-22T10:02:00Z" ? 2 : 1))
            }
        }
    }

    @Test("a response is no request, and a request no response")
    func kinds() throws {
        let verifier = try IncomingLogout.verifier()
        let (request, response) = (IncomingLogout.request, IncomingLogout.response)
        #expect(verifier.code(ofRequest: response.query()) == "logout_message_unexpected")
        #expect(verifier.code(ofRequest: response.posted()) == "logout_message_unexpected")
        #expect(verifier.code(ofResponse: request.query()) == "logout_message_unexpected")
        #expect(verifier.code(ofResponse: request.posted()) == "logout_message_unexpected")
        // The name of the field says the one, the root the other.
        let renamed = request.query().replacingFirst("SAMLRequest", with: "SAMLResponse")
        #expect(verifier.code(ofResponse: renamed) == "signature_invalid")
        var disguised = response
        disguised.fieldOverride = "SAMLRequest"
        #expect(verifier.code(ofRequest: disguised.query()) == "logout_message_unexpected")
    }
}
