import Testing

@testable import Cryptography

@Suite("Keys")
struct KeyTests {
    // RFC 7515 appendix A.2: RS256 over a fixed message.
    static let modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"

    @Test("An RSA key is made of modulus and exponent")
    func rsa() throws {
        let n = try #require(Base64URL.decode(Self.modulus))
        let key = try PublicKey.rsa(modulus: n, exponent: [1, 0, 1])
        #expect(key.kind == .rsa(bits: 2048))
    }
}
