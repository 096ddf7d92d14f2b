import Cryptography
import SAMLTestSupport
import Testing
import XMLTree

@testable import SAML

@Suite("Signed messages of any kind")
struct SignedMessageTests {
    private func verifier() throws -> SignatureVerifier {
        SignatureVerifier(
            certificates: [try Certificate(der: ResponseFixture.oktaCertificate)], insecureAllowsSHA1: false)
    }

    private func message(_ change: (inout ResponseText) -> Void = { _ in }) throws -> XMLElement {
        try XMLDocument(ResponseFixture.good.changed(change).xml()).root
    }

    @Test("what is read afterwards is a document of the signed octets alone")
    func octets() throws {
        let signed = try verifier().signedMessage(message())
        #expect(signed.document.root.localName == "Response")
        #expect(signed.document.root.children.map(\.localName) == ["Issuer", "Status", "Assertion"])
        #expect(signed.signedWith == (try Certificate(der: ResponseFixture.oktaCertificate).fingerprint))
    }

    @Test("a message without a signature of its own, or one that is part of another, is refused")
    func refusals() throws {
        let verifier = try verifier()
        let unsigned = try message { $0.responseSignature = nil }
        #expect(throws: SAMLRejection.self) { try verifier.signedMessage(unsigned) }
        let assertion = try #require(try message().children.last)
        #expect(throws: SAMLRejection.self) { try verifier.signedMessage(assertion) }
        let polluted = try message { $0.responseAttributes.append(("saml2p:ID", "x")) }
        #expect(throws: SAMLRejection.self) { try verifier.signedMessage(polluted) }
    }

    @Test("newer keys may help when none of the pinned ones fits, and only then")
    func newKeys() throws {
        let cured: [SAMLRejection.Reason] = [.keyNotPinned, .signatureInvalid, .keyAlgorithmMismatch, .keyTooShort]
        for reason in SAMLRejection.Reason.allCases {
            #expect(SAMLRejection(reason, "").mayBeCuredByNewKeys == cured.contains(reason))
        }
    }
}
