import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Accepted responses")
struct AcceptedResponseTests {
    @Test("the good response says who, for how long, and what else")
    func good() throws {
        let assertion = try ResponseFixture.accepted(ResponseFixture.good)
        #expect(assertion.nameID.value == "ada@example.com")
        #expect(assertion.nameID.format == NameID.unspecified)
        #expect(assertion.issuer == ResponseText.issuer)
        #expect(assertion.id == "id4712")
        #expect(assertion.sessionIndex == ResponseText.requestID)
        #expect(assertion.inResponseTo == ResponseText.requestID)
        #expect(assertion.authenticatedAt == ResponseFixture.now)
        #expect(assertion.contextClass == "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
        #expect(assertion.sessionEndsBy == nil)
        #expect(assertion.expiresAt == ResponseFixture.now + .seconds(360))
        #expect(assertion.attributes.map(\.name) == ["email", "displayName", "groups"])
        #expect(assertion.values(of: "groups") == ["Everyone", "infraon-admins"])
    }

    static let shapes = [
        ResponseChange("signed Response alone") { $0.assertionSignature = nil },
        ResponseChange("signed Assertion alone") { $0.responseSignature = nil },
        ResponseChange("no Destination") { $0.set("Destination", of: \.responseAttributes, to: nil) },
        ResponseChange("no PrefixList") { $0.assertionSignature?.prefixes = [] },
        ResponseChange("no KeyInfo") { $0.assertionSignature?.certificate = nil },
        ResponseChange("another certificate in KeyInfo") {
            $0.assertionSignature?.certificate = ResponseFixture.stranger.certificate()
        },
        ResponseChange("no XML declaration") {
            $0.edit = { $0.with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "") }
        },
        ResponseChange("issuer without a format") { $0.responseIssuer = ResponseText.issuerElement(format: nil) },
        ResponseChange("a confirmation by other means besides") {
            $0.confirmation += ResponseText.confirmationElement(method: "urn:x")
        },
        ResponseChange("a bearer for elsewhere first") {
            $0.confirmation = ResponseText.confirmationElement([("Recipient", "https://b.example/")]) + $0.confirmation
        },
        ResponseChange("one time use") {
            $0.conditions = ResponseText.conditionsElement(audience + "<saml2:OneTimeUse/>")
        },
        ResponseChange("no proxies") {
            $0.conditions = ResponseText.conditionsElement(audience + "<saml2:ProxyRestriction Count=\"0\"/>")
        },
        ResponseChange("one audience among several") {
            $0.conditions = ResponseText.conditionsElement(ResponseText.audienceElement("urn:x", ResponseText.entityID))
        },
        ResponseChange("Conditions without times") {
            $0.conditions = ResponseText.conditionsElement(notBefore: nil, notOnOrAfter: nil)
        },
        ResponseChange("no attributes") { $0.attributeStatement = "" },
        ResponseChange("white space between elements") {
            $0.editAssertion = { $0.replacing("><saml2:", with: ">\n  <saml2:") }
        },
    ]

    static let audience = ResponseText.audienceElement(ResponseText.entityID)

    @Test("shapes of Okta's, and what SAML allows besides", arguments: shapes)
    func shape(change: ResponseChange) throws {
        #expect(try ResponseFixture.code(ResponseFixture.good.changed(change.change)) == nil)
    }

    @Test("any of several pinned certificates, for each signature its own")
    func severalCertificates() throws {
        let certificates = [ResponseFixture.otherOkta.certificate(), ResponseFixture.oktaCertificate]
        let expectation = try ResponseFixture.expectation(certificates: certificates)
        let other = SignatureText(key: ResponseFixture.otherOkta, certificate: nil)
        let mixed = ResponseFixture.good.changed { $0.responseSignature = other }
        let assertion = try ResponseFixture.accepted(mixed, by: expectation)
        #expect(assertion.signedWith == expectation.certificates[1].fingerprint)
    }

    @Test("RSA and ECDSA with each hash", arguments: ["256", "384", "512"], [true, false])
    func algorithms(bits: String, isRSA: Bool) throws {
        let key = isRSA ? ResponseFixture.okta : ResponseFixture.p256
        let signature = SignatureText(key: key, certificate: nil).changed {
            $0.algorithm = "http://www.w3.org/2001/04/xmldsig-more#\(isRSA ? "rsa" : "ecdsa")-sha\(bits)"
            $0.hash = "SHA\(bits)"
            $0.coordinateLength = isRSA ? nil : 32
        }
        let expectation = try ResponseFixture.expectation(certificates: [key.certificate()])
        #expect(try ResponseFixture.rejection(ResponseText(signature: signature), by: expectation) == nil)
    }

    @Test("SHA-1 where it is allowed by name")
    func sha1() throws {
        let signature = ResponseFixture.signature.changed {
            $0.algorithm = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
            $0.hash = "SHA1"
        }
        let response = ResponseText(signature: signature)
        let allowing = try ResponseFixture.expectation(insecureAllowsSHA1: true)
        #expect(try ResponseFixture.rejection(response, by: allowing) == nil)
        #expect(try ResponseFixture.code(response) == "signature_algorithm_sha1")
    }

    @Test("a response that nobody asked for, where that is expected")
    func unsolicited() throws {
        let response = ResponseFixture.good.changed {
            $0.set("InResponseTo", of: \.responseAttributes, to: nil)
            $0.confirmation = ResponseText.confirmationElement([("InResponseTo", nil)])
        }
        let assertion = try ResponseFixture.accepted(response, by: ResponseFixture.expectation(answers: .unsolicited))
        #expect(assertion.inResponseTo == nil)
    }

    @Test("2,000 groups")
    func manyGroups() throws {
        let groups = (0..<2000).map { "group-\($0)" }
        let response = ResponseFixture.good.changed {
            $0.attributeStatement =
                "<saml2:AttributeStatement>\(ResponseText.attribute("groups", values: groups))</saml2:AttributeStatement>"
        }
        #expect(try ResponseFixture.accepted(response).values(of: "groups") == groups)
    }
}
