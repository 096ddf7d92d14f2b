import Cryptography
import Identity
import SAMLTestSupport
import Testing
import XMLTree

@testable import SAML

@Suite("Signing of messages")
struct MessageSignerTests {
    static let makers: [CertificateMaker] = [
        CertificateMaker(.rsa(bits: 2048)), CertificateMaker(.rsa(bits: 3072)), CertificateMaker(.elliptic("P-256")),
        CertificateMaker(.elliptic("P-384")), CertificateMaker(.elliptic("P-521")),
    ]

    static func signer(_ maker: CertificateMaker, showsCertificate: Bool = true) throws -> MessageSigner {
        let certificate = showsCertificate ? try Certificate(der: maker.certificate()) : nil
        return try MessageSigner(key: PrivateKey(pem: maker.privatePEM), certificate: certificate)
    }

    static let request = AuthnRequest(
        id: "_1", issueInstant: UnixTime(seconds: 1_795_341_600), destination: "https://acme.okta.com/?a=1&b='\">\"",
        issuer: "https://sso.example.com/login/saml/okta?<&>\"'é\u{10FFFF}",
        acsURL: "https://sso.example.com/login/saml/okta")

    @Test("our own verifier accepts what is signed with every kind of key", arguments: makers)
    func verification(maker: CertificateMaker) throws {
        for showsCertificate in [true, false] {
            let xml = try Self.signer(maker, showsCertificate: showsCertificate).enveloped(Self.request.xml, id: "_1")
            let root = try XMLDocument(Array(xml.utf8)).root
            #expect(root.children[0].matches(AssertionName.issuer))
            #expect(root.children[1].matches(SignatureName.signature))
            #expect(root.children.count == 2)
            let certificate = try Certificate(der: maker.certificate())
            let verifier = SignatureVerifier(certificates: [certificate], insecureAllowsSHA1: false)
            let signed = try verifier.signedMessage(root)
            #expect(signed.signedWith == certificate.fingerprint)
            #expect(signed.document.root.children.count == 1)
            let stranger = try Certificate(der: CertificateMaker(.rsa(bits: 2048)).certificate())
            #expect(throws: SAMLRejection.self) {
                try SignatureVerifier(certificates: [stranger], insecureAllowsSHA1: false).signedMessage(root)
            }
            #expect(xml.contains("<ds:X509Certificate>") == showsCertificate)
        }
    }

    @Test("a change of what was signed is noticed")
    func tampering() throws {
        let maker = Self.makers[2]
        let xml = try Self.signer(maker).enveloped(Self.request.xml, id: "_1")
        let changed = xml.replacingFirst("Version=\"2.0\"", with: "Version=\"2.1\"")
        let verifier = SignatureVerifier(
            certificates: [try Certificate(der: maker.certificate())], insecureAllowsSHA1: false)
        #expect(throws: Never.self) { try verifier.signedMessage(XMLDocument(Array(xml.utf8)).root) }
        let rejection = #expect(throws: SAMLRejection.self) {
            try verifier.signedMessage(XMLDocument(Array(changed.utf8)).root)
        }
        #expect(rejection?.code == "digest_mismatch")
    }

    @Test("without an Issuer the signature is the first child, as the schema of metadata wants it")
    func metadataPlace() throws {
        let xml = try Self.signer(Self.makers[0]).enveloped(
            "<a ID=\"x>y\" b='\">'><c></c><Issuer>no</Issuer></a>", id: "x>y")
        let root = try XMLDocument(Array(xml.utf8)).root
        #expect(root.children.map(\.localName) == ["Signature", "c", "Issuer"])
    }

    @Test("signs nothing whose ID is another, or that is no XML or has no room")
    func refusals() throws {
        let signer = try Self.signer(Self.makers[2])
        for xml in [Self.request.xml, "<a></a>", "<a", "", "<a ID=\"_2\"/>x", "<!-- --><a ID=\"_2\"></a>"] {
            let error = #expect(throws: CryptographyError.self) { try signer.enveloped(xml, id: "_2") }
            #expect(error?.reason == .cannotSign)
        }
        let error = #expect(throws: CryptographyError.self) { try signer.enveloped("<a ID=\"_2\"/>", id: "_2") }
        #expect(error?.reason == .cannotSign)
    }

    @Test("a key that SAML does not know, or that is another than the certificate's, is no signer")
    func keys() throws {
        let ed25519 = CertificateMaker(.named("ED25519"))
        let error = #expect(throws: CryptographyError.self) { try Self.signer(ed25519, showsCertificate: false) }
        #expect(error?.reason == .unusableKey)
        let other = try Certificate(der: Self.makers[0].certificate())
        let mismatch = #expect(throws: CryptographyError.self) {
            try MessageSigner(key: PrivateKey(pem: Self.makers[1].privatePEM), certificate: other)
        }
        #expect(mismatch?.reason == .unusableKey)
    }

    @Test("the redirect binding's signature verifies over the query's octets", arguments: makers)
    func redirect(maker: CertificateMaker) throws {
        let signer = try Self.signer(maker)
        let state = "a b+c&d=é"
        for endpoint in ["https://acme.okta.com/sso", "https://acme.okta.com/sso?tenant=1"] {
            let url = try RedirectBinding.url(endpoint, .request(Self.request.xml), relayState: state, signer: signer)
            let separator = endpoint.contains("?") ? "&" : "?"
            #expect(url.hasPrefix(endpoint + separator + "SAMLRequest="))
            let query = String(url.dropFirst(endpoint.count + 1))
            let message = try RedirectBinding.read(rawQuery: query)
            #expect(message.kind == .request)
            #expect(message.relayState == state)
            let certificate = try Certificate(der: maker.certificate())
            let verified = try message.verifiedXML(certificates: [certificate], insecureAllowsSHA1: false)
            #expect(verified == Array(Self.request.xml.utf8))
        }
    }

    @Test("unsigned, a query holds neither algorithm nor signature, and a signature is no part of the message")
    func unsigned() throws {
        let url = try RedirectBinding.url(
            "https://acme.okta.com/sso", .response(Self.request.xml), relayState: nil, signer: nil)
        #expect(url.hasPrefix("https://acme.okta.com/sso?SAMLResponse="))
        #expect(!url.contains("&"))
        let message = try RedirectBinding.read(rawQuery: String(url.dropFirst("https://acme.okta.com/sso?".count)))
        #expect(message.kind == .response)
        #expect(message.relayState == nil)
        #expect(message.signature == nil)
        let signed = try RedirectBinding.url(
            "https://acme.okta.com/sso", .request(Self.request.xml), relayState: nil,
            signer: Self.signer(Self.makers[2]))
        let within = try RedirectBinding.read(rawQuery: String(signed.dropFirst("https://acme.okta.com/sso?".count)))
        #expect(!String(decoding: within.unverifiedXML, as: UTF8.self).contains("Signature"))
    }

    @Test("a form carries the message, signed within, and the relay state")
    func form() throws {
        let maker = Self.makers[0]
        let form = try PostBinding.form(
            "https://acme.okta.com/sso", .request(Self.request.xml), id: "_1", relayState: "state",
            signer: Self.signer(maker))
        #expect(form.action == "https://acme.okta.com/sso")
        #expect(form.fields.map(\.name) == ["SAMLRequest", "RelayState"])
        #expect(form.fields[1].value == "state")
        let xml = try EncodedMessage.decode(form: form.fields[0].value)
        let verifier = SignatureVerifier(
            certificates: [try Certificate(der: maker.certificate())], insecureAllowsSHA1: false)
        #expect(throws: Never.self) { try verifier.signedMessage(XMLDocument(xml).root) }
        let plain = try PostBinding.form(
            "https://acme.okta.com/slo", .response(Self.request.xml), id: "_1", relayState: nil, signer: nil)
        #expect(plain.fields.map(\.name) == ["SAMLResponse"])
        #expect(try EncodedMessage.decode(form: plain.fields[0].value) == Array(Self.request.xml.utf8))
    }
}
