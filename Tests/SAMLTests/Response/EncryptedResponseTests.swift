import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

@Suite("Encrypted responses")
struct EncryptedResponseTests {
    private typealias Fixture = ResponseFixture

    @Test(
        "each cipher, the key within or beside", arguments: ["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"],
        [true, false])
    func shapes(cipher: String, isNested: Bool) throws {
        let response = Fixture.encrypted.changed {
            $0.encryption?.cipher = cipher
            $0.encryption?.placement = isNested ? .nested : .sibling
        }
        #expect(try Fixture.accepted(response).nameID.value == "ada@example.com")
    }

    @Test("each way to wrap the key")
    func transports() throws {
        let digest = { (name: String) in "<ds:DigestMethod Algorithm=\"\(name)\"/>" }
        let mask =
            "<m:MGF xmlns:m=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/>"
        let sha256 = digest("http://www.w3.org/2001/04/xmlenc#sha256")
        let oaep = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
        let label = "<xenc:OAEPparams>\(Base64.encode(Array("label".utf8)))</xenc:OAEPparams>"
        for change: (inout EncryptionText) -> Void in [
            { $0.parameters = "" },
            { ($0.parameters, $0.digest) = (sha256, "SHA256") },
            { ($0.transport, $0.parameters) = (oaep, "") },
            { ($0.transport, $0.parameters, $0.digest) = (oaep, sha256, "SHA256") },
            { ($0.transport, $0.parameters, $0.digest, $0.mask) = (oaep, sha256 + mask, "SHA256", "SHA256") },
            { ($0.parameters, $0.label) = (label + $0.parameters, Array("label".utf8)) },
        ] {
            #expect(try Fixture.encrypting(change) == nil)
        }
        #expect(try Fixture.encrypting { $0.parameters = mask } == "key_transport_unsupported")
        #expect(try Fixture.encrypting { $0.parameters += $0.parameters } == "key_transport_unsupported")
        #expect(try Fixture.encrypting { $0.parameters = sha256 } == "decryption_failed")
    }

    @Test("the Response's signature alone will do, and with GCM the Assertion's alone")
    func signatures() throws {
        #expect(try Fixture.code(Fixture.encrypted.changed { $0.assertionSignature = nil }) == nil)
        #expect(try Fixture.code(Fixture.encrypted.changed { $0.responseSignature = nil }) == nil)
        let cbc = Fixture.encrypted.changed { $0.encryption?.cipher = "aes128-cbc" }
        #expect(try Fixture.code(cbc.changed { $0.assertionSignature = nil }) == nil)
        #expect(try Fixture.code(cbc.changed { $0.responseSignature = nil }) == "encryption_cbc_unsigned")
    }

    @Test("a signature within must be good, whatever is around it")
    func inner() throws {
        let response = Fixture.encrypted.changed { $0.assertionSignature?.key = Fixture.stranger }
        #expect(try Fixture.code(response) == "signature_invalid")
    }

    @Test(
        "what is decrypted is judged as what is not: bytes, identifiers, places",
        arguments: [
            ("xml_doctype", "<saml2:Assertion", "<!DOCTYPE a><saml2:Assertion"), ("xml_comment", "ada@", "ada<!---->@"),
            ("id_duplicate", "id4712", "id4711"), ("root_unexpected", "saml2:Assertion", "saml2:Advice"),
            ("xml_malformed", "</saml2:Assertion>", ""), ("xml_malformed", "<saml2:Assertion", "text<saml2:Assertion"),
            ("assertion_misplaced", "</saml2:AttributeStatement>", "</saml2:AttributeStatement><saml2:Assertion/>"),
            ("xml_malformed", "</saml2:Assertion>", "</saml2:Assertion></holder><holder>"),
            ("xml_malformed", "</saml2:Assertion>", "</saml2:Assertion><saml2:Assertion/>"),
            ("digest_mismatch", ">ada@", ">eve@"),
        ])
    func plaintext(code: String, old: String, new: String) throws {
        #expect(try Fixture.encrypting { $0.editPlaintext = { $0.replacing(old, with: new) } } == code)
    }

    @Test("prefixes in use around the ciphertext need no declaration within")
    func inheritedPrefixes() throws {
        let response = Fixture.encrypted.changed {
            $0.assertionSignature?.prefixes = []
            $0.encryption?.editPlaintext = { $0.with(" xmlns:saml2=\"\(ResponseText.assertionNamespace)\"", "") }
        }
        #expect(try Fixture.code(response) == nil)
    }

    @Test("one answer for whatever goes wrong with the ciphertext", arguments: ["aes256-gcm", "aes256-cbc"])
    func uniform(cipher: String) throws {
        let failures: [(inout EncryptionText) -> Void] = [
            { $0.recipient = Fixture.stranger },
            { $0.editCiphertext = { Array($0.prefix(16)) } },
            { $0.editCiphertext = { Array($0.prefix(40)) } },
            { $0.digest = "SHA256" },
            { $0.label = [1] },
        ]
        var rejections: Set<String> = []
        for failure in failures {
            let response = Fixture.encrypted.changed {
                $0.encryption?.cipher = cipher
                if var encryption = $0.encryption {
                    failure(&encryption)
                    $0.encryption = encryption
                }
            }
            let rejection = try #require(try Fixture.rejection(response))
            rejections.insert("\(rejection) \(rejection.expected ?? "") \(rejection.found ?? "")")
        }
        #expect(rejections.count == 1)
        #expect(rejections.allSatisfy { $0.hasPrefix("decryption_failed") })
    }

    @Test("a tag of GCM that does not fit")
    func tag() throws {
        let code = try Fixture.encrypting { $0.editCiphertext = { $0.dropLast() + [($0.last ?? 0) ^ 1] } }
        #expect(code == "decryption_failed")
    }

    @Test("every key is tried")
    func severalKeys() throws {
        let expectation = try Fixture.expectation(decryptionKeys: [Fixture.p256, Fixture.stranger, Fixture.recipient])
        #expect(try Fixture.code(Fixture.encrypted, by: expectation) == nil)
        let elliptic = try Fixture.expectation(decryptionKeys: [Fixture.p256])
        #expect(try Fixture.code(Fixture.encrypted, by: elliptic) == "decryption_key_missing")
    }

    @Test(
        "references lead to what stands beside them",
        arguments: [
            ("<ds:RetrievalMethod ", "<ds:RetrievalMethod x=\"1\" ", "encryption_malformed"),
            ("URI=\"#_key\"", "URI=\"#id4711\"", "encryption_reference_foreign"),
            ("URI=\"#_key\"", "URI=\"\"", "encryption_reference_foreign"),
            ("xmlenc#EncryptedKey\" URI", "xmlenc#x\" URI", "encryption_reference_foreign"),
            (
                "<xenc:CipherValue>", "<xenc:CipherReference URI=\"http://127.0.0.1/\"/><xenc:CipherValue>",
                "encryption_reference_foreign"
            ),
            ("xmlenc#Element", "xmlenc#Content", "encryption_malformed"),
            ("<xenc:CipherValue>", "<xenc:CipherValue>!", "encryption_malformed"),
        ])
    func references(old: String, new: String, code: String) throws {
        #expect(try Fixture.encrypting { $0.edit = { $0.with(old, new) } } == code)
    }
}
