import Cryptography
import Identity
import SAMLTestSupport
import Testing

@testable import SAML

/// The keys of the tests, what the gateway expects, and its verdict.
enum ResponseFixture {
    static let now = UnixTime(seconds: 1_795_341_600)  // 2026-11-22T10:00:00Z
    static let okta = CertificateMaker(.rsa(bits: 2048))
    static let otherOkta = CertificateMaker(.rsa(bits: 2048))
    static let stranger = CertificateMaker(.rsa(bits: 2048))
    static let shortRSA = CertificateMaker(.rsa(bits: 1024))
    static let p256 = CertificateMaker(.elliptic("P-256"))
    static let recipient = CertificateMaker(.rsa(bits: 2048))

    static let oktaCertificate = okta.certificate()
    static var signature: SignatureText { SignatureText(key: okta, certificate: oktaCertificate) }
    static var good: ResponseText { ResponseText(signature: signature) }
    /// As Okta encrypts: the key beside the data, RSA-OAEP with SHA-1.
    static var encrypted: ResponseText { good.changed { $0.encryption = EncryptionText(recipient: recipient) } }

    static func expectation(
        certificates: [[UInt8]]? = nil, answers: ResponseExpectation.Answers = .request(id: ResponseText.requestID),
        decryptionKeys: [CertificateMaker] = [recipient], insecureAllowsSHA1: Bool = false,
        clockSkew: Duration = .seconds(60), maximumAge: Duration? = nil, authenticatedAfter: UnixTime? = nil,
        contextClasses: [String] = []
    ) throws -> ResponseExpectation {
        ResponseExpectation(
            issuer: ResponseText.issuer,
            certificates: try (certificates ?? [oktaCertificate]).map { try Certificate(der: $0) },
            entityID: ResponseText.entityID, acsURL: ResponseText.acsURL, answers: answers,
            decryptionKeys: try decryptionKeys.map { try PrivateKey(pem: $0.privatePEM) },
            insecureAllowsSHA1: insecureAllowsSHA1,
            clockSkew: clockSkew, maximumAge: maximumAge, authenticatedAfter: authenticatedAfter,
            contextClasses: contextClasses)
    }

    static func accepted(
        _ response: ResponseText, by expectation: ResponseExpectation? = nil, now: UnixTime = now
    ) throws -> VerifiedAssertion {
        try verdict(response.xml(), by: expectation, now: now).get()
    }

    static func rejection(
        _ response: ResponseText, by expectation: ResponseExpectation? = nil, now: UnixTime = now
    ) throws -> SAMLRejection? {
        try rejection(of: response.xml(), by: expectation, now: now)
    }

    static func rejection(
        of xml: [UInt8], by expectation: ResponseExpectation? = nil, now: UnixTime = now
    ) throws -> SAMLRejection? {
        switch try verdict(xml, by: expectation, now: now) {
        case .success: nil
        case .failure(let rejection): rejection
        }
    }

    /// The code of the rejection; nil when the response is accepted.
    static func code(
        _ response: ResponseText, by expectation: ResponseExpectation? = nil, now: UnixTime = now
    ) throws -> String? {
        try rejection(response, by: expectation, now: now)?.code
    }

    /// The code after a change to the good response.
    static func code(
        by expectation: ResponseExpectation? = nil, now: UnixTime = now, _ change: (inout ResponseText) -> Void
    ) throws -> String? {
        try code(good.changed(change), by: expectation, now: now)
    }

    private static func verdict(
        _ xml: [UInt8], by expectation: ResponseExpectation?, now: UnixTime
    ) throws -> Result<VerifiedAssertion, SAMLRejection> {
        let verifier = ResponseVerifier(try expectation ?? self.expectation())
        do throws(SAMLRejection) {
            return .success(try verifier.verify(xml, now: now, random: .system))
        } catch {
            return .failure(error)
        }
    }
}

/// One change to a good response, by name.
struct ResponseChange: Sendable, CustomTestStringConvertible {
    let name: String
    /// The code that it is refused with; nil when it is accepted.
    let code: String?
    let change: @Sendable (inout ResponseText) -> Void

    init(_ name: String, _ code: String? = nil, _ change: @escaping @Sendable (inout ResponseText) -> Void) {
        (self.name, self.code, self.change) = (name, code, change)
    }

    var testDescription: String { name }
}

extension String {
    /// With one text in the place of another, which must be there.
    func with(_ old: String, _ new: String) -> String {
        precondition(contains(old), "there is no \(old)")
        return replacing(old, with: new, maxReplacements: 1)
    }
}
