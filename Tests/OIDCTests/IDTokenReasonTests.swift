import Cryptography
import Identity
import JOSE
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("ID token: reasons")
struct IDTokenReasonTests {
    typealias Fixture = IDTokenFixture

    /// One change to the good token for each reason; nil for the reasons of other kinds of tokens.
    static func change(for reason: TokenRejection.Reason) -> [(String, JSON?)]? {
        switch reason {
        case .issuerMissing: [("iss", nil)]
        case .issuerMismatch: [("iss", "https://evil.example")]
        case .audienceMissing: [("aud", nil)]
        case .audienceMismatch: [("aud", "other")]
        case .authorizedPartyMissing: [("aud", [.string(Fixture.clientID), "other"])]
        case .authorizedPartyMismatch: [("azp", "other")]
        case .subjectMissing: [("sub", nil)]
        case .subjectMalformed: [("sub", "a\nb")]
        case .expiryMissing: [("exp", nil)]
        case .expired: [("exp", Fixture.seconds(Fixture.now - .seconds(60)))]
        case .issuedAtMissing: [("iat", nil)]
        case .issuedInFuture: [("iat", Fixture.seconds(Fixture.now + .seconds(61)))]
        case .issuedTooLongAgo: [("iat", 1)]
        case .notYetValid: [("nbf", Fixture.seconds(Fixture.now + .seconds(61)))]
        case .nonceMissing: [("nonce", nil)]
        case .nonceMismatch: [("nonce", "other")]
        case .accessTokenHashMismatch: [("at_hash", "other")]
        case .authenticationTimeMissing: [("auth_time", nil)]
        case .authenticationTooOld: [("auth_time", 1)]
        case .authenticationContextMissing: [("acr", nil)]
        case .authenticationContextMismatch: [("acr", "urn:okta:loa:1fa:any")]
        case .claimMalformed: [("exp", "tomorrow")]
        case .expiresTooLate, .noncePresent, .eventsMissing, .eventMissing, .tokenIDMissing,
            .subjectAndSessionMissing, .clientMismatch:
            nil
        }
    }

    @Test("each reason is given for the good token with one change", arguments: TokenRejection.Reason.allCases)
    func everyReason(reason: TokenRejection.Reason) throws {
        guard let change = Self.change(for: reason) else { return }
        let expectation = Fixture.expectation(
            accessToken: Fixture.accessToken, maximumAge: .seconds(900), acrValues: ["urn:okta:loa:2fa:any"])
        let good = Fixture.good.claiming([
            ("auth_time", Fixture.seconds(Fixture.now)), ("acr", "urn:okta:loa:2fa:any"),
        ])
        #expect(try Fixture.code(good, expectation) == nil)
        #expect(try Fixture.code(good.claiming(change), expectation) == reason.rawValue)
    }

    @Test("a reason of JOSE keeps its code", arguments: JOSEError.Reason.allCases)
    func joseReasons(reason: JOSEError.Reason) {
        let rejection = TokenRejection(JOSEError(reason, "detail"))
        #expect(rejection.code == reason.rawValue && rejection.detail == "detail")
        #expect(rejection.description == "\(reason.rawValue): detail")
        let curable: [JOSEError.Reason] = [.keyUnknown, .keyMismatch, .signatureInvalid]
        #expect(rejection.mayBeCuredByNewKeys == curable.contains(reason))
    }

    @Test("no claim is cured by new keys", arguments: TokenRejection.Reason.allCases)
    func incurable(reason: TokenRejection.Reason) {
        #expect(!TokenRejection(reason, "").mayBeCuredByNewKeys)
    }

    @Test("codes are stable, unlike each other, and in snake case")
    func codes() {
        let codes = TokenRejection.Reason.allCases.map(\.rawValue) + JOSEError.Reason.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil })
    }

    @Test("what is said for the log holds neither token nor nonce")
    func silence() throws {
        let text = Fixture.good.claiming([("nonce", "SECRET-NONCE")]).signed(by: .p256, .es256, kid: "k1")
        let rejection = #expect(throws: TokenRejection.self) { try Fixture.verify(text) }
        #expect(rejection?.detail.contains("SECRET-NONCE") == false)
        #expect(rejection?.detail.contains(Fixture.nonce) == false)
    }
}
