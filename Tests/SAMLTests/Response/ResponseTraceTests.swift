import Identity
import SAMLTestSupport
import StrictJSON
import Testing

@testable import SAML

@Suite("The trace of a refusal")
struct ResponseTraceTests {
    private func trace(_ response: ResponseText, now: UnixTime = ResponseFixture.now) throws -> JSON {
        let xml = try response.xml()
        let expectation = try ResponseFixture.expectation()
        let rejection = try #require(try ResponseFixture.rejection(of: xml, by: expectation, now: now))
        return ResponseTrace(xml: xml, rejection: rejection, expectation: expectation, now: now).json
    }

    @Test("tells the rule, what was expected and what came, times and keys")
    func facts() throws {
        let json = try trace(
            ResponseFixture.good.changed {
                $0.confirmation = ResponseText.confirmationElement([("Recipient", "https://b.example/")])
            }, now: ResponseFixture.now + .seconds(30))
        #expect(json["rule"]?.integer == 12)
        #expect(json["code"]?.string == "recipient_mismatch")
        #expect(json["expected"]?.string == ResponseText.acsURL)
        #expect(json["found"]?.string == "https://b.example/")
        #expect(json["clock_difference_seconds"]?.integer == 30)
        #expect(json["response"]?["issuer"]?.string == ResponseText.issuer)
        #expect(json["response"]?["status"]?.string == ResponseText.success)
        #expect(json["response"]?["in_response_to"]?.string == ResponseText.requestID)
        #expect(json["assertion"]?["recipient"]?.string == "https://b.example/")
        #expect(json["assertion"]?["audiences"]?.strings == [ResponseText.entityID])
        #expect(json["assertion"]?["name_id_format"]?.string == NameID.unspecified)
        let pinned = try ResponseFixture.expectation().certificates[0].fingerprint
        #expect(json["pinned"]?.array?.first?["fingerprint"]?.string == pinned)
        let signatures = try #require(json["signatures"]?.array)
        #expect(signatures.map { $0["of"]?.string } == ["Response", "Assertion"])
        #expect(signatures.allSatisfy { $0["key_info_fingerprint"]?.string == pinned })
        let attributes = try #require(json["assertion"]?["attributes"]?.array)
        #expect(attributes.map { $0["name"]?.string } == ["email", "displayName", "groups"])
        #expect(attributes.map { $0["values"]?.integer } == [1, 1, 2])
    }

    @Test("never tells who, a value or the message")
    func redacted() throws {
        for change in [
            ResponseChange("time") {
                $0.conditions = ResponseText.conditionsElement(notOnOrAfter: "2026-11-22T09:00:00Z")
            },
            ResponseChange("name") { $0.nameID = ResponseText.nameIDElement("ada@example.com\t") },
            ResponseChange("values") {
                $0.attributeStatement = $0.attributeStatement.with("Ada Lovelace", "<b>Ada Lovelace</b>")
            },
        ] {
            let text = try trace(ResponseFixture.good.changed(change.change)).text
            #expect(
                !text.contains("ada@") && !text.contains("Lovelace") && !text.contains("infraon-admins"),
                "\(change.name)")
        }
    }

    @Test("a message that is refused for its bytes is not looked into")
    func bytes() throws {
        let json = try trace(ResponseFixture.good.changed { $0.edit = { "<!DOCTYPE a>" + $0 } })
        #expect(json["rule"]?.integer == 1)
        #expect(json["response"] == nil && json["assertion"] == nil)
        #expect(json["bytes"]?.integer != nil && json["pinned"]?.array?.count == 1)
    }

    @Test("of what is encrypted it tells how")
    func encrypted() throws {
        let json = try trace(ResponseFixture.encrypted.changed { $0.encryption?.recipient = ResponseFixture.stranger })
        #expect(json["code"]?.string == "decryption_failed")
        #expect(json["encrypted"]?["algorithm"]?.string == "http://www.w3.org/2009/xmlenc11#aes256-gcm")
        #expect(json["encrypted"]?["key_transport"]?.string == "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p")
        #expect(json["encrypted"]?["key_is_nested"]?.bool == false)
    }

    @Test("what somebody else wrote is clipped")
    func clipped() throws {
        let long = String(repeating: "x", count: 100_000)
        let names = (0..<500).map { _ in ResponseText.attribute(long.prefix(500).description, "v") }.joined()
        let text = try trace(
            ResponseFixture.good.changed {
                $0.set("Destination", of: \.responseAttributes, to: long)
                $0.attributeStatement = "<saml2:AttributeStatement>\(names)</saml2:AttributeStatement>"
            }
        ).text
        #expect(text.utf8.count < 20_000)
    }
}
