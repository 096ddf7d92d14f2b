import Testing

@testable import SAML

@Suite("Reasons of messages and metadata")
struct MessageReasonTests {
    @Test("no code belongs to two reasons, and each reason to one rule")
    func codes() {
        let others = SAMLRejection.Reason.allCases.map(\.rawValue)
        for reason in MessageReason.allCases {
            #expect(!others.contains(reason.rawValue))
            #expect([1, 15, 16].contains(reason.rule))
            let rejection = SAMLRejection(reason, "detail", expected: "a", found: "b")
            #expect(rejection.code == reason.rawValue)
            #expect(rejection.rule == reason.rule)
        }
    }
}
