import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

@Suite("Reasons")
struct ReasonCoverageTests {
    /// One token or key set for each reason. `type_unexpected` is the ID-token verifier's, and tested there.
    static func example(of reason: JOSEError.Reason) throws -> JOSEError.Reason? {
        let good = TokenFixture.token
        let rsa: (TestToken) -> String = { $0.signed(by: .rsa, .rs256, kid: "k1") }
        return switch reason {
        case .tokenEmpty: try TokenFixture.reason("")
        case .tokenTooLarge: try TokenFixture.reason(String(repeating: "a", count: UnverifiedJWS.maximumBytes + 1))
        case .tokenMalformed: try TokenFixture.reason(TokenFixture.good + "=")
        case .tokenEncrypted: try TokenFixture.reason(TokenFixture.good + ".AA.AA")
        case .headerMalformed: try TokenFixture.reason(rsa(good.heading([("typ", 1)])))
        case .headerCritical: try TokenFixture.reason(rsa(good.heading([("crit", ["exp"])])))
        case .typeUnexpected: .typeUnexpected
        case .algorithmMissing: try TokenFixture.reason(good.with { TestKey.rsa.sign($0, .rs256) })
        case .algorithmNone: try TokenFixture.reason(rsa(good.heading([("alg", "none")])))
        case .algorithmSymmetric: try TokenFixture.reason(rsa(good.heading([("alg", "HS256")])))
        case .algorithmUnsupported: try TokenFixture.reason(rsa(good.heading([("alg", "ES256K")])))
        case .keySetMalformed: #expect(throws: JOSEError.self) { try JWKSet([]) }?.reason
        case .keyUnknown: try TokenFixture.reason(good.signed(by: .rsa, .rs256, kid: "k9"))
        case .keyAmbiguous:
            try TokenFixture.reason(
                good.signed(by: .rsa, .rs256), keys: keySet(TestKey.rsa.jwk(), TestKey.otherRSA.jwk()))
        case .keyMismatch: try TokenFixture.reason(good.signed(by: .rsa, .rs256, kid: "k2"))
        case .signatureInvalid: try TokenFixture.reason(good.signed(by: .otherRSA, .rs256, kid: "k1"))
        case .payloadMalformed:
            try TokenFixture.reason(
                TestToken.signed(header: "{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload: "[]", by: .rsa, .rs256))
        }
    }

    @Test("each reason is given for a token with one change", arguments: JOSEError.Reason.allCases)
    func everyReason(reason: JOSEError.Reason) throws {
        #expect(try TokenFixture.reason(TokenFixture.good) == nil)
        #expect(try Self.example(of: reason) == reason)
    }

    @Test("codes are stable, unlike each other, and in snake case")
    func codes() {
        let codes = JOSEError.Reason.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil })
        #expect(JOSEError(.tokenEmpty, "there is no token").description == "token_empty: there is no token")
    }
}
