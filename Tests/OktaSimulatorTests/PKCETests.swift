import Testing

@testable import OktaSimulator

@Suite("PKCE (RFC 7636)")
struct PKCETests {
    // The example of Appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    @Test("The verifier of the challenge is accepted")
    func accepted() {
        #expect(PKCE.verify(verifier, against: challenge))
    }

    @Test("Another, a short, a missing and an ill-formed verifier are refused")
    func refused() {
        #expect(!PKCE.verify(String(verifier.reversed()), against: challenge))
        #expect(!PKCE.verify(String(verifier.dropLast()), against: challenge))
        #expect(!PKCE.verify(nil, against: challenge))
        #expect(!PKCE.verify(verifier + "é", against: challenge))
    }

    @Test("A verifier without a challenge is refused")
    func downgrade() {
        #expect(PKCE.verify(nil, against: nil))
        #expect(!PKCE.verify(verifier, against: nil))
    }
}
