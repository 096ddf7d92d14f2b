import Identity
import SAMLTestSupport
import Testing

@testable import SAML

/// One response, good but for one change, for each reason that there is.
@Suite("Every reason of a rejection")
struct RejectionCoverageTests {
    private typealias Fixture = ResponseFixture

    static func example(of reason: SAMLRejection.Reason) throws -> String? {
        switch reason.rule {
        case 1: try bytes(reason)
        case 4, 5, 6, 10: try structure(reason)
        case 7, 8, 9: try signature(reason)
        case 11: try encryption(reason)
        default: try meaning(reason)
        }
    }

    private static func bytes(_ reason: SAMLRejection.Reason) throws -> String? {
        #expect(throws: SAMLRejection.self) { try EncodedMessage.decode(form: "PGE+!") }?.code
    }

    private static func structure(_ reason: SAMLRejection.Reason) throws -> String? {
        switch reason {
        case .rootUnexpected:
            try Fixture.code { $0.editResponse = { $0.replacing("saml2p:Response", with: "saml2p:ArtifactResponse") } }
        case .responseMisplaced:
            try Fixture.code { $0.status += "<saml2p:Response Version=\"2.0\"/>" }
        case .responseMalformed: try Fixture.code { $0.status = "<saml2p:Extensions/>" + $0.status }
        case .assertionMissing:
            try Fixture.code {
                $0.editResponse = { $0.replacing(/<saml2:Assertion.*<\/saml2:Assertion>/, with: "") }
            }
        case .assertionRepeated:
            try Fixture.code {
                $0.editResponse = {
                    $0.with(
                        "</saml2p:Response>",
                        "<saml2:Assertion xmlns:saml2=\"\(ResponseText.assertionNamespace)\"/></saml2p:Response>")
                }
            }
        case .assertionMisplaced:
            try Fixture.code { $0.authnStatement += "<saml2:Advice><saml2:Assertion/></saml2:Advice>" }
        case .assertionMalformed: try Fixture.code { $0.conditions += $0.conditions }
        case .attributePrefixed:
            try Fixture.code { $0.responseAttributes.append(("saml2p:ID", "id9")) }
        case .idMissing: try Fixture.code { $0.set("ID", of: \.assertionAttributes, to: nil) }
        case .idDuplicate: try Fixture.code { $0.set("ID", of: \.responseAttributes, to: "id4712") }
        case .signatureMissing:
            try Fixture.code {
                $0.responseSignature = nil
                $0.assertionSignature = nil
            }
        case .signatureMisplaced:
            try Fixture.code {
                $0.edit = {
                    $0.with(
                        "</saml2:Assertion>",
                        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></saml2:Assertion>")
                }
            }
        case .statusMalformed: try Fixture.code { $0.status = "<saml2p:Status/>" }
        case .statusNotSuccess:
            try Fixture.code { $0.status = ResponseText.statusElement("urn:oasis:names:tc:SAML:2.0:status:Responder") }
        case .noPassive:
            try Fixture.code {
                $0.status = ResponseText.statusElement(
                    "urn:oasis:names:tc:SAML:2.0:status:Responder", ResponseStatus.noPassive)
            }
        default: nil
        }
    }

    private static func signature(_ reason: SAMLRejection.Reason) throws -> String? {
        switch reason {
        case .signatureMalformed:
            try Fixture.signing { $0.edit = { $0.with("</ds:KeyInfo>", "</ds:KeyInfo><ds:KeyInfo/>") } }
        case .signatureObject:
            try Fixture.signing { $0.edit = { $0.with("</ds:Signature>", "<ds:Object/></ds:Signature>") } }
        case .signedInfoMalformed:
            try Fixture.signing { $0.editInfo = { $0.with("</ds:SignedInfo>", "<ds:X/></ds:SignedInfo>") } }
        case .referenceMalformed:
            try Fixture.signing {
                $0.editInfo = { $0.with("</ds:SignedInfo>", "<ds:Reference URI=\"#id4711\"/></ds:SignedInfo>") }
            }
        case .referenceMismatch: try Fixture.signing { $0.editInfo = { $0.with("URI=\"#id4712\"", "URI=\"\"") } }
        case .signatureValueMalformed:
            try Fixture.signing { $0.edit = { $0.with("<ds:SignatureValue>", "<ds:SignatureValue>!") } }
        case .digestValueMalformed:
            try Fixture.signing { $0.editInfo = { $0.with("<ds:DigestValue>", "<ds:DigestValue><a/>") } }
        case .canonicalizationUnsupported:
            try Fixture.signing { $0.editInfo = { $0.with("xml-exc-c14n#\"/>", "xml-exc-c14n#WithComments\"/>") } }
        case .transformsUnsupported:
            try Fixture.signing {
                $0.editInfo = {
                    $0.with(
                        "<ds:Transforms>",
                        "<ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>")
                }
            }
        case .prefixListMalformed:
            try Fixture.signing { $0.editInfo = { $0.with("PrefixList=\"xs\"", "PrefixList=\"x:s\"") } }
        case .signatureAlgorithmSymmetric:
            try Fixture.signing { $0.algorithm = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256" }
        case .signatureAlgorithmSHA1:
            try Fixture.signing { $0.algorithm = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" }
        case .signatureAlgorithmUnsupported:
            try Fixture.signing { $0.algorithm = "http://www.w3.org/2007/05/xmldsig-more#rsa-sha256" }
        case .digestAlgorithmSHA1: try Fixture.signing { $0.digestAlgorithm = "http://www.w3.org/2000/09/xmldsig#sha1" }
        case .digestAlgorithmUnsupported:
            try Fixture.signing { $0.digestAlgorithm = "http://www.w3.org/2001/04/xmldsig-more#md5" }
        case .keyAlgorithmMismatch:
            try Fixture.signing { $0.algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" }
        case .keyTooShort:
            try Fixture.code(
                ResponseText(signature: SignatureText(key: Fixture.shortRSA, certificate: nil)),
                by: Fixture.expectation(certificates: [Fixture.shortRSA.certificate()]))
        case .keyNotPinned:
            try Fixture.signing {
                $0.key = Fixture.stranger
                $0.certificate = Fixture.stranger.certificate()
            }
        case .signatureInvalid: try Fixture.signing { $0.key = Fixture.stranger }
        case .digestMismatch: try Fixture.code { $0.edit = { $0.with(">ada@", ">eve@") } }
        default: nil
        }
    }

    private static func encryption(_ reason: SAMLRejection.Reason) throws -> String? {
        switch reason {
        case .encryptionMalformed:
            try Fixture.encrypting {
                $0.edit = { $0.with("</saml2:EncryptedAssertion>", "<a/></saml2:EncryptedAssertion>") }
            }
        case .encryptionReferenceForeign:
            try Fixture.encrypting { $0.edit = { $0.with("URI=\"#_key\"", "URI=\"http://127.0.0.1/key\"") } }
        case .encryptionAlgorithmUnsupported:
            try Fixture.encrypting { $0.edit = { $0.with("aes256-gcm", "tripledes-cbc") } }
        case .encryptionCBCUnsigned:
            try Fixture.code(
                Fixture.encrypted.changed {
                    $0.encryption?.cipher = "aes256-cbc"
                    $0.responseSignature = nil
                })
        case .keyTransportRSA15:
            try Fixture.encrypting {
                $0.transport = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
                $0.parameters = ""
                $0.usesPKCS1 = true
            }
        case .keyTransportUnsupported:
            try Fixture.encrypting { $0.transport = "http://www.w3.org/2001/04/xmlenc#kw-aes256" }
        case .decryptionKeyMissing: try Fixture.code(Fixture.encrypted, by: Fixture.expectation(decryptionKeys: []))
        case .decryptionFailed: try Fixture.encrypting { $0.recipient = Fixture.stranger }
        case .encryptedAssertionUnsigned:
            try Fixture.code(
                Fixture.encrypted.changed {
                    $0.responseSignature = nil
                    $0.assertionSignature = nil
                })
        case .encryptedElementUnsupported: try Fixture.code { $0.nameID = "<saml2:EncryptedID/>" }
        default: nil
        }
    }

    private static func meaning(_ reason: SAMLRejection.Reason) throws -> String? {
        switch reason {
        case .versionUnsupported: try Fixture.code { $0.set("Version", of: \.assertionAttributes, to: "1.1") }
        case .timeMalformed:
            try Fixture.code { $0.set("IssueInstant", of: \.responseAttributes, to: "2026-11-22T10:00:00+00:00") }
        case .issuerMissing:
            try Fixture.code {
                $0.assertionIssuer = ""
                $0.assertionSignature = nil
            }
        case .issuerMismatch:
            try Fixture.code { $0.assertionIssuer = ResponseText.issuerElement("http://www.okta.com/exk2example") }
        case .destinationMismatch:
            try Fixture.code { $0.set("Destination", of: \.responseAttributes, to: "https://b.example/") }
        case .nameIDMissing: try Fixture.code { $0.nameID = "" }
        case .nameIDMalformed: try Fixture.code { $0.nameID = ResponseText.nameIDElement("ada&#9;lovelace") }
        case .confirmationMissing:
            try Fixture.code { $0.confirmation = ResponseText.confirmationElement(method: "urn:x") }
        case .confirmationNotBefore: try Fixture.confirming("NotBefore", "2026-11-22T09:55:00.000Z")
        case .confirmationExpiryMissing: try Fixture.confirming("NotOnOrAfter", nil)
        case .confirmationExpired: try Fixture.confirming("NotOnOrAfter", "2026-11-22T09:59:00.000Z")
        case .recipientMissing: try Fixture.confirming("Recipient", nil)
        case .recipientMismatch: try Fixture.confirming("Recipient", ResponseText.acsURL + "/")
        case .conditionsMissing: try Fixture.code { $0.conditions = "" }
        case .conditionUnknown:
            try Fixture.code { $0.conditions = ResponseText.conditionsElement("<saml2:Condition/>") }
        case .notYetValid:
            try Fixture.code { $0.conditions = ResponseText.conditionsElement(notBefore: "2026-11-22T10:01:00.001Z") }
        case .expired:
            try Fixture.code {
                $0.conditions = ResponseText.conditionsElement(notOnOrAfter: "2026-11-22T09:59:00.000Z")
            }
        case .audienceMissing: try Fixture.code { $0.conditions = ResponseText.conditionsElement("") }
        case .audienceMismatch:
            try Fixture.code {
                $0.conditions = ResponseText.conditionsElement(ResponseText.audienceElement(ResponseText.acsURL))
            }
        case .authnStatementMissing: try Fixture.code { $0.authnStatement = "" }
        case .sessionExpired:
            try Fixture.code {
                $0.authnStatement = ResponseText.authnStatementElement(sessionEnd: "2026-11-22T09:59:00.000Z")
            }
        case .authenticationTooOld:
            try Fixture.code(
                Fixture.good.changed {
                    $0.authnStatement = ResponseText.authnStatementElement(at: "2026-11-22T09:00:00.000Z")
                },
                by: Fixture.expectation(maximumAge: .seconds(900)))
        case .contextClassMismatch:
            try Fixture.code(Fixture.good, by: Fixture.expectation(contextClasses: ["http://schemas.okta.com/acr/mfa"]))
        case .attributeMalformed:
            try Fixture.code { $0.attributeStatement = $0.attributeStatement.with("Ada Lovelace", "<b>Ada</b>") }
        case .attributeTooLarge:
            try Fixture.mapping(ResponseText.attribute("email", String(repeating: "a", count: 513)))
        case .groupsTooLarge:
            try Fixture.mapping(ResponseText.attribute("groups", String(repeating: "a", count: 128 * 1024 + 1)))
        case .inResponseToMissing: try Fixture.confirming("InResponseTo", nil)
        case .inResponseToMismatch: try Fixture.confirming("InResponseTo", "_another")
        case .inResponseToUnexpected: try Fixture.code(Fixture.good, by: Fixture.expectation(answers: .unsolicited))
        default: nil
        }
    }

    @Test("each is given for a response with one change", arguments: SAMLRejection.Reason.allCases)
    func everyReason(reason: SAMLRejection.Reason) throws {
        #expect(try Fixture.code(Fixture.good) == nil)
        #expect(try Fixture.code(Fixture.encrypted) == nil)
        #expect(try Self.example(of: reason) == reason.rawValue)
    }

    @Test(
        "the same holds for the Response's own words",
        arguments: [
            ResponseChange("ID", "id_missing") { $0.set("ID", of: \.responseAttributes, to: nil) },
            ResponseChange("Version", "version_unsupported") {
                $0.set("Version", of: \.responseAttributes, to: "2.00")
            },
            ResponseChange("IssueInstant", "time_malformed") {
                $0.set("IssueInstant", of: \.responseAttributes, to: nil)
            },
            ResponseChange("Issuer", "issuer_mismatch") {
                $0.responseIssuer = ResponseText.issuerElement("http://x.example/")
            },
            ResponseChange("Issuer's format", "issuer_mismatch") {
                $0.responseIssuer = ResponseText.issuerElement(format: "urn:x")
            },
            ResponseChange("InResponseTo", "in_response_to_mismatch") {
                $0.set("InResponseTo", of: \.responseAttributes, to: "_another")
            },
            ResponseChange("no InResponseTo", "in_response_to_missing") {
                $0.set("InResponseTo", of: \.responseAttributes, to: nil)
            },
            ResponseChange("a status within Success", "status_not_success") {
                $0.status = ResponseText.statusElement(
                    ResponseText.success, "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")
            },
        ], [true, false])
    func wrapper(change: ResponseChange, isSigned: Bool) throws {
        let response = Fixture.good.changed {
            change.change(&$0)
            if !isSigned { $0.responseSignature = nil }
        }
        #expect(try Fixture.code(response) == change.code)
    }
}

extension ResponseFixture {
    /// The code after a change to the Assertion's signature.
    static func signing(_ change: (inout SignatureText) -> Void) throws -> String? {
        try code(good.changed { response in response.assertionSignature = signature.changed(change) })
    }

    /// The code after a change to the encryption.
    static func encrypting(_ change: (inout EncryptionText) -> Void) throws -> String? {
        try code(encrypted.changed { $0.encryption = EncryptionText(recipient: recipient).changed(change) })
    }

    static func confirming(_ attribute: String, _ value: String?) throws -> String? {
        try code { $0.confirmation = ResponseText.confirmationElement([(attribute, value)]) }
    }

    /// The code of the identity that the attributes make.
    static func mapping(_ attributes: String, by mapping: AttributeMapping = AttributeMapping()) throws -> String? {
        let assertion = try accepted(
            good.changed {
                $0.attributeStatement = "<saml2:AttributeStatement>\(attributes)</saml2:AttributeStatement>"
            })
        do throws(SAMLRejection) {
            _ = try mapping.identity(of: assertion, provider: "okta-saml")
            return nil
        } catch {
            return error.code
        }
    }
}
