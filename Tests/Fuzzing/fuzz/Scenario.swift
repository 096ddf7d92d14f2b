import Cryptography
import FuzzingSupport
import Identity
import SAML
import SAMLTestSupport

/// The one identity provider, gateway, moment and browser of all targets.
///
/// The signing key is always the same, made from a fixed number, so that seeds which were signed once stay signed. What it
/// signed in the seeds is all that may ever be accepted from bytes that libFuzzer changed.
enum Scenario {
    static let now = UnixTime(seconds: 1_795_341_600)  // 2026-11-22T10:00:00Z
    static let logoutURL = "https://sso.example.com/logout/saml/okta-saml"
    static let random = RandomSource { [UInt8](repeating: 7, count: $0) }

    /// PKCS #8 (RFC 5208) around SEC 1 (RFC 5915) around a number of 32 bytes.
    private static let signingKeyPEM: String = {
        let number = HashFunction.sha256.hash(Array("the signing key of the fuzzing targets".utf8))
        let der: [UInt8] =
            [0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
            + [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
            + [0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20] + number
        let kind = "PRIVATE KEY"
        return "-----BEGIN \(kind)-----\n\(Base64.encode(der))\n-----END \(kind)-----\n"
    }()

    static let signingKey = made { try PrivateKey(pem: signingKeyPEM) }
    private static let maker = CertificateMaker(privatePEM: signingKeyPEM)
    static let certificate = made { try Certificate(der: maker.certificate(subject: "fuzzing")) }
    static let signer = made { try MessageSigner(key: signingKey, certificate: nil) }

    /// ECDSA, because RSA would be most of the time of an execution.
    static var signature: SignatureText {
        SignatureText(key: maker, certificate: nil).changed {
            $0.algorithm = XMLSignatureAlgorithm.ecdsaSHA256.rawValue
            $0.coordinateLength = 32
        }
    }

    static let recipient = CertificateMaker(.rsa(bits: 2048))

    static let expectation = ResponseExpectation(
        issuer: ResponseText.issuer, certificates: [certificate], entityID: ResponseText.entityID,
        acsURL: ResponseText.acsURL, answers: .request(id: ResponseText.requestID),
        decryptionKeys: [made { try PrivateKey(pem: recipient.privatePEM) }])
    static let logoutExpectation = LogoutExpectation(
        issuer: ResponseText.issuer, certificates: [certificate], destination: logoutURL)

    static func made<Value>(_ make: () throws -> Value) -> Value {
        do { return try make() } catch { preconditionFailure("\(error)") }
    }
}

/// Somebody who may be signed in, because a seed about them is signed.
struct KnownPerson: Equatable {
    let assertionID: String
    let nameID: String
    let groups: [String]

    static let all = [
        KnownPerson(assertionID: "id1001", nameID: "ada@example.com", groups: ["engineers", "admins"]),
        KnownPerson(assertionID: "id1002", nameID: "grace@example.com", groups: ["engineers"]),
        KnownPerson(assertionID: "id1003", nameID: "mallory@example.com", groups: []),
    ]

    init(assertionID: String, nameID: String, groups: [String]) {
        (self.assertionID, self.nameID, self.groups) = (assertionID, nameID, groups)
    }

    init(_ assertion: VerifiedAssertion) {
        self.init(
            assertionID: assertion.id, nameID: assertion.nameID.value, groups: AttributeMapping().groups(assertion))
    }

    /// A good Response, not signed.
    var response: ResponseText {
        ResponseText(signature: nil).changed {
            $0.set("ID", of: \.assertionAttributes, to: assertionID)
            $0.set("ID", of: \.responseAttributes, to: "r" + assertionID)
            $0.nameID = ResponseText.nameIDElement(nameID)
            $0.attributeStatement =
                groups.isEmpty
                ? ""
                : "<saml2:AttributeStatement>" + ResponseText.attribute("groups", values: groups)
                    + "</saml2:AttributeStatement>"
        }
    }

    /// Promised by whatever takes bytes that libFuzzer changed.
    static func requireKnown(_ assertion: VerifiedAssertion) {
        let person = KnownPerson(assertion)
        Fuzzing.accepted()
        require(all.contains(person), "only who was signed for is signed in, not \(person)")
        require(assertion.issuer == ResponseText.issuer, "the issuer is the pinned one")
    }
}
