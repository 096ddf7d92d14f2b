import Cryptography
import Identity
import SAMLTestSupport
import Testing
import XMLTree

@testable import SAML

@Suite("Messages to the identity provider")
struct OutgoingMessageTests {
    static let now = UnixTime(milliseconds: 1_795_341_600_250)
    static let hostile = "\"><evil a='\u{0}&amp;]]>\u{FFFE}\r\n\t"

    static func request(
        _ format: String? = nil, contextClasses: [String] = [], force: Bool = false, passive: Bool = false
    )
        -> AuthnRequest
    {
        AuthnRequest(
            id: "_1", issueInstant: now, destination: "https://acme.okta.com/app/x/exk1/sso/saml",
            issuer: "https://sso.example.com/login/saml/okta/metadata",
            acsURL: "https://sso.example.com/login/saml/okta",
            nameIDFormat: format, forceAuthn: force, isPassive: passive, contextClasses: contextClasses)
    }

    func root(_ xml: String) throws -> XMLElement { try XMLDocument(Array(xml.utf8)).root }

    @Test("a request asks for nothing that is not configured")
    func plainRequest() throws {
        let root = try root(Self.request().xml)
        #expect(root.matches(XMLName("AuthnRequest", in: ProtocolName.namespace)))
        let attributes = root.attributes.map { "\($0.localName)=\($0.value)" }.sorted()
        #expect(
            attributes == [
                "AssertionConsumerServiceURL=https://sso.example.com/login/saml/okta",
                "Destination=https://acme.okta.com/app/x/exk1/sso/saml", "ID=_1",
                "IssueInstant=2026-11-22T10:00:00.250Z",
                "ProtocolBinding=urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", "Version=2.0",
            ])
        #expect(root.children.count == 1)
        #expect(root.children[0].matches(AssertionName.issuer))
        #expect(root.children[0].text == "https://sso.example.com/login/saml/okta/metadata")
    }

    @Test("a request asks for a new sign-in, for silence, for a name and for contexts, in the order of the schema")
    func fullRequest() throws {
        let format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
        let root = try root(Self.request(format, contextClasses: ["urn:a", "urn:b"], force: true, passive: true).xml)
        #expect(root.attribute("ForceAuthn") == "true")
        #expect(root.attribute("IsPassive") == "true")
        #expect(root.children.map(\.localName) == ["Issuer", "NameIDPolicy", "RequestedAuthnContext"])
        #expect(root.children[1].attribute("Format") == format)
        #expect(root.children[1].attribute("AllowCreate") == "true")
        #expect(root.children[2].attribute("Comparison") == "exact")
        #expect(root.children[2].children(AssertionName.authnContextClassRef).map(\.text) == ["urn:a", "urn:b"])
    }

    @Test("no value becomes markup")
    func escaping() throws {
        let hostile = Self.hostile
        // XML has no NUL and no U+FFFE.
        let expected = hostile.replacingAll("\u{0}", with: "\u{FFFD}").replacingAll("\u{FFFE}", with: "\u{FFFD}")
        let request = AuthnRequest(
            id: hostile, issueInstant: Self.now, destination: hostile, issuer: hostile, acsURL: hostile,
            nameIDFormat: hostile, contextClasses: [hostile])
        let root = try root(request.xml)
        #expect(root.attribute("ID") == expected)
        #expect(root.attribute("Destination") == expected)
        #expect(root.attribute("AssertionConsumerServiceURL") == expected)
        #expect(root.children[0].text == expected)
        #expect(root.children[1].attribute("Format") == expected)
        #expect(root.children[2].children[0].text == expected)
        let logout = LogoutRequest(
            id: hostile, issueInstant: Self.now, destination: hostile, issuer: hostile, notOnOrAfter: Self.now,
            nameID: NameID(value: hostile, format: hostile, nameQualifier: hostile, spNameQualifier: hostile),
            sessionIndex: hostile)
        let logoutRoot = try self.root(logout.xml)
        #expect(logoutRoot.children.count == 3)
        #expect(logoutRoot.children.map(\.text) == [expected, expected, expected])
    }

    /// A signer that is the identity provider, so that the verifier of its messages judges ours.
    static func signer() throws -> MessageSigner {
        try MessageSigner(key: PrivateKey(pem: IncomingLogout.okta.privatePEM), certificate: nil)
    }

    @Test("a logout request of ours is one that we would accept, by both bindings")
    func logoutRequest() throws {
        let nameID = NameID(
            value: "ada <a&b>", format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", nameQualifier: "idp",
            spNameQualifier: "sp")
        for sessionIndex in [nil, "_0123"] {
            let request = LogoutRequest(
                id: "_7", issueInstant: IncomingLogout.now, destination: IncomingLogout.address,
                issuer: IncomingLogout.issuer, notOnOrAfter: IncomingLogout.now + .seconds(60), nameID: nameID,
                sessionIndex: sessionIndex)
            let signer = try Self.signer()
            let verifier = try IncomingLogout.verifier()
            let url = try RedirectBinding.url(
                "https://x.example", .request(request.xml), relayState: nil, signer: signer)
            let message = try RedirectBinding.read(rawQuery: String(url.dropFirst("https://x.example?".count)))
            let form = try PostBinding.form("", .request(request.xml), id: "_7", relayState: nil, signer: signer)
            let posted = try EncodedMessage.decode(form: form.fields[0].value)
            for verified in [
                try verifier.request(message, now: IncomingLogout.now),
                try verifier.request(post: posted, now: IncomingLogout.now),
            ] {
                #expect(verified.id == "_7")
                #expect(verified.nameID == nameID)
                #expect(verified.sessionIndexes == [sessionIndex].compactMap(\.self))
                #expect(verified.expiresAt == IncomingLogout.now + .milliseconds(120_001))
            }
        }
    }

    @Test("a logout response of ours is one that we would accept, by both bindings")
    func logoutResponse() throws {
        let response = LogoutResponse(
            id: "_8", issueInstant: IncomingLogout.now, destination: IncomingLogout.address,
            issuer: IncomingLogout.issuer, inResponseTo: "_ours")
        let signer = try Self.signer()
        let verifier = try IncomingLogout.verifier()
        let url = try RedirectBinding.url("https://x.example", .response(response.xml), relayState: "s", signer: signer)
        let message = try RedirectBinding.read(rawQuery: String(url.dropFirst("https://x.example?".count)))
        let form = try PostBinding.form("", .response(response.xml), id: "_8", relayState: nil, signer: signer)
        let posted = try EncodedMessage.decode(form: form.fields[0].value)
        for verified in [
            try verifier.response(message, to: "_ours", now: IncomingLogout.now),
            try verifier.response(post: posted, to: "_ours", now: IncomingLogout.now),
        ] {
            #expect(verified.isComplete)
        }
    }

    @Test("an identifier of a digest is the same for the same, and whole where the digest begins with zeros")
    func identifiersOfDigests() throws {
        let (one, other) = (SHA256Digest(of: "one"), SHA256Digest(of: "other"))
        #expect(MessageID.of(one) == MessageID.of(one) && MessageID.of(one) != MessageID.of(other))
        #expect(MessageID.of(one) == "_7692c3ad3540bb803c020b3aee66cd88")
        // Its digest begins with a zero byte.
        let text = try #require((0..<10_000).map(String.init).first { SHA256Digest(of: $0).bytes.first == 0 })
        #expect(
            MessageID.of(SHA256Digest(of: text)).hasPrefix("_00")
                && MessageID.of(SHA256Digest(of: text)).utf8.count == 33)
    }

    @Test("an identifier is an xs:ID of 128 random bits")
    func identifiers() {
        let fixed = RandomSource { count in Array(repeating: 0xA5, count: count) }
        #expect(MessageID.make(fixed) == "_" + String(repeating: "a5", count: 16))
        let made = Set((0..<1000).map { _ in MessageID.make(.system) })
        #expect(made.count == 1000)
    }
}
