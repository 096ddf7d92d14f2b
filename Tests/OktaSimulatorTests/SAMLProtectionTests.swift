import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Signatures, encryption and faults of SAML responses")
struct SAMLProtectionTests {
    @Test(
        "The signatures are those that the app's settings say",
        arguments: [(true, true), (true, false), (false, true), (false, false)])
    func signatures(_ response: Bool, _ assertion: Bool) async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp(
                "exk1", ["sign_response": .bool(response), "sign_assertion": .bool(assertion)])
            let message = try await simulator.response(app)
            let key = try app.certificate().publicKey()
            #expect(EnvelopedSignature.isValid(message, key: key) == response)
            #expect(EnvelopedSignature.isValid(try #require(message.first(.saml2, "Assertion")), key: key) == assertion)
        }
    }

    @Test(
        "Every algorithm and prefix list gives valid signatures", arguments: ["rsa-sha1", "rsa-sha384", "rsa-sha512"])
    func algorithms(_ name: String) async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp(
                "exk1",
                [
                    "signature_algorithm": .string(name), "digest_algorithm": .string(String(name.dropFirst(4))),
                    "prefix_list": false, "typed_values": false,
                ])
            let message = try await simulator.response(app)
            let method = message.first(.ds, "Signature")?.first(.ds, "SignedInfo")?.first(.ds, "SignatureMethod")
            #expect(try #require(method?.attribute("Algorithm")).hasSuffix("#\(name)"))
            #expect(EnvelopedSignature.isValid(message, key: try app.certificate().publicKey()))
        }
    }

    @Test("An encrypted assertion is nowhere in the clear", arguments: SAMLApp.KeyPlacement.allCases)
    func encryption(_ placement: SAMLApp.KeyPlacement) async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp(
                "exk1", ["encryption": "aes256-gcm", "encrypted_key": .string(placement.rawValue)])
            let message = try await simulator.response(app)
            #expect(EnvelopedSignature.isValid(message, key: try app.certificate().publicKey()))
            #expect(message.first(.saml2, "Assertion") == nil)
            #expect(!XMLWriter.document(message).contains("ada@acme.example"))
            let encrypted = try #require(message.first(.saml2, "EncryptedAssertion"))
            let data = try #require(encrypted.first(.xenc, "EncryptedData"))
            let keyInfo = try #require(data.first(.ds, "KeyInfo"))
            switch placement {
            case .nested:
                #expect(keyInfo.first(.xenc, "EncryptedKey") != nil)
                #expect(encrypted.elements.count == 1)
            case .sibling:
                let id = encrypted.first(.xenc, "EncryptedKey")?.attribute("Id")
                #expect(keyInfo.first(.ds, "RetrievalMethod")?.attribute("URI") == id.map { "#" + $0 })
            }
        }
    }

    @Test("CBC pads to whole blocks with the count in the last byte, GCM has a tag")
    func lengths() throws {
        let content = [UInt8](repeating: 7, count: 32)
        #expect(try ContentCipher.aes128CBC.encrypt(content, key: .init(repeating: 1, count: 16)).count == 16 + 48)
        #expect(try ContentCipher.aes256CBC.encrypt(content, key: .init(repeating: 1, count: 32)).count == 16 + 48)
        #expect(try ContentCipher.aes256GCM.encrypt(content, key: .init(repeating: 1, count: 32)).count == 12 + 32 + 16)
    }

    @Test("A forged signature does not verify, and the next one is good", arguments: SAMLForgery.allCases)
    func forgery(_ forgery: SAMLForgery) async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            let key = try app.certificate().publicKey()
            _ = try await simulator.order(
                "tampering", #"{"target": "saml_response", "signature": "\#(forgery.rawValue)", "at": "assertion"}"#)
            let message = try await simulator.response(app)
            #expect(EnvelopedSignature.isValid(message, key: key))
            #expect(!EnvelopedSignature.isValid(try #require(message.first(.saml2, "Assertion")), key: key))
            let good = try #require(await simulator.response(app).first(.saml2, "Assertion"))
            #expect(EnvelopedSignature.isValid(good, key: key))
        }
    }

    @Test("Members change before the signature is made")
    func members() async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            _ = try await simulator.order(
                "tampering",
                """
                {"target": "saml_response", "client_id": "exk1", "members": {"audience": ["a", "b"], "recipient": null,
                 "in_response_to": "x", "skew_seconds": -3600, "attributes": {"groups": ["g"], "email": null}}}
                """)
            let message = try await simulator.response(app)
            let assertion = try #require(message.first(.saml2, "Assertion"))
            #expect(EnvelopedSignature.isValid(assertion, key: try app.certificate().publicKey()))
            let conditions = try #require(assertion.first(.saml2, "Conditions"))
            #expect(conditions.attribute("NotOnOrAfter") == "2027-01-15T07:05:00.000Z")
            #expect(conditions.elements.first?.elements.map(\.text) == ["a", "b"])
            let confirmation = assertion.first(.saml2, "Subject")?.first(.saml2, "SubjectConfirmation")?.elements.first
            #expect(confirmation?.attribute("Recipient") == nil)
            #expect(confirmation?.attribute("InResponseTo") == "x")
            #expect(assertion.values("groups") == ["g"])
            #expect(assertion.values("email") == [])
        }
    }

    @Test("The shape changes as ordered", arguments: zip(SAMLStructure.allCases, [2, 2, 0]))
    func structure(_ structure: SAMLStructure, _ count: Int) async throws {
        try await SimulatorHarness.run { simulator in
            let app = try await simulator.addApp()
            _ = try await simulator.order(
                "tampering", #"{"target": "saml_response", "structure": "\#(structure.rawValue)"}"#)
            #expect(try await simulator.response(app).all(.saml2, "Assertion").count == count)
        }
    }

    @Test(
        "An order that cannot be carried out is refused",
        arguments: [
            #"{"target": "saml_response", "members": {"audiences": "x"}}"#,
            #"{"target": "saml_response", "settings": {"encrypt": true}}"#,
            #"{"target": "saml_response", "signature": "stripped-off"}"#,
            #"{"target": "saml_logout_request", "members": {"audience": "x"}}"#,
            #"{"target": "saml_logout_response", "structure": "no-assertion"}"#,
        ])
    func refusal(_ body: String) async throws {
        try await SimulatorHarness.run { simulator in
            let answer = try await simulator.client.execute(
                uri: "/simulator/tampering", method: .post, body: ByteBuffer(string: body))
            #expect(answer.status == .badRequest)
        }
    }
}

extension SimulatorHarness {
    /// What the tile gives.
    fileprivate func response(_ app: SAMLApplication) async throws -> XMLElement {
        try SAMLForm(await get(try app.path("tile_url"), cookie: cookie())).message()
    }
}
