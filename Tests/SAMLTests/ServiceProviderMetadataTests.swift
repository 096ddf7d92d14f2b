import Cryptography
import SAMLTestSupport
import Testing
import XMLTree

@testable import SAML

@Suite("Metadata of this service provider")
struct ServiceProviderMetadataTests {
    static let signing = CertificateMaker(.rsa(bits: 2048))
    static let encryption = CertificateMaker(.rsa(bits: 2048))
    static let entityID = "https://sso.example.com/login/saml/okta/metadata"

    static func metadata(slo: String? = "https://sso.example.com/logout/saml/okta", full: Bool = true) throws
        -> ServiceProviderMetadata
    {
        ServiceProviderMetadata(
            entityID: entityID, acsURL: "https://sso.example.com/login/saml/okta", sloURL: slo,
            signingCertificates: full ? [try Certificate(der: signing.certificate())] : [],
            encryptionCertificates: full ? [try Certificate(der: encryption.certificate())] : [],
            nameIDFormat: full ? "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" : nil, requestsSigned: full)
    }

    func root(_ xml: String) throws -> XMLElement { try XMLDocument(Array(xml.utf8)).root }

    @Test("says everything in the order of the schema")
    func full() throws {
        let root = try root(Self.metadata().xml(signer: nil))
        #expect(root.matches(MetadataName.entity))
        #expect(root.attribute("entityID") == Self.entityID)
        let id = try #require(root.attribute("ID"))
        #expect(id.hasPrefix("_") && id.utf8.count == 33)
        #expect(try Self.metadata().xml(signer: nil) == Self.metadata().xml(signer: nil), "the same for the same")
        #expect(try self.root(Self.metadata(slo: nil).xml(signer: nil)).attribute("ID") != id)
        #expect(root.children.map(\.localName) == ["SPSSODescriptor"])
        let role = root.children[0]
        #expect(role.attribute("AuthnRequestsSigned") == "true")
        #expect(role.attribute("WantAssertionsSigned") == "true")
        #expect(role.attribute("protocolSupportEnumeration") == "urn:oasis:names:tc:SAML:2.0:protocol")
        #expect(
            role.children.map(\.localName) == [
                "KeyDescriptor", "KeyDescriptor", "SingleLogoutService", "SingleLogoutService", "NameIDFormat",
                "AssertionConsumerService",
            ])
        #expect(role.children[0].attribute("use") == "signing")
        #expect(role.children[1].attribute("use") == "encryption")
        #expect(
            role.children[1].children.map(\.localName) == ["KeyInfo"]
                + [String](repeating: "EncryptionMethod", count: 5))
        #expect(role.children[2].attribute("Binding")?.hasSuffix("Redirect") == true)
        #expect(role.children[3].attribute("Binding")?.hasSuffix("POST") == true)
        #expect(role.children[3].attribute("Location") == "https://sso.example.com/logout/saml/okta")
        #expect(role.children[4].text == "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
        #expect(role.children[5].attribute("Location") == "https://sso.example.com/login/saml/okta")
        #expect(role.children[5].attribute("Binding")?.hasSuffix("POST") == true)
    }

    @Test("says nothing that is not configured")
    func bare() throws {
        let role = try root(Self.metadata(slo: nil, full: false).xml(signer: nil)).children[0]
        #expect(role.attribute("AuthnRequestsSigned") == "false")
        #expect(role.children.map(\.localName) == ["AssertionConsumerService"])
    }

    /// SAML Metadata §3.1: the signature is the first child of the root, so our verifier of messages, which wants an Issuer
    /// before it, is no judge here. An independent implementation judges it in the end-to-end tests.
    @Test("a signature is the root's first child")
    func signed() throws {
        let key = try PrivateKey(pem: Self.signing.privatePEM)
        let certificate = try Certificate(der: Self.signing.certificate())
        let root = try root(
            Self.metadata().xml(signer: MessageSigner(key: key, certificate: certificate)))
        #expect(root.children.map(\.localName) == ["Signature", "SPSSODescriptor"])
        let signature = root.children[0]
        let signedInfo = signature.children(SignatureName.signedInfo)[0]
        let value = try #require(signature.children(SignatureName.signatureValue)[0].text)
        #expect(
            certificate.publicKey.verifies(
                try #require(Base64Text.decode(value)), over: try signedInfo.canonical(), xml: .rsaSHA256))
        let digest = try #require(
            signedInfo.children(SignatureName.reference)[0].children(SignatureName.digestValue)[0].text)
        #expect(
            try Base64.encode(XMLDigestAlgorithm.sha256.hash(root.canonical(omitting: signature))) == digest)
    }
}
