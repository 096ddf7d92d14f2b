import Cryptography
import TestSupport
import Testing

@testable import CommandLineClient

@Suite("The PKCE pair of the command line")
struct ProofKeyTests {
    @Test("The challenge is the S256 of the verifier (RFC 7636 §4.2)")
    func challenge() {
        let key = ProofKey(random: .system)
        let verifier = key.verifier.reveal()
        #expect(verifier.utf8.count == 43)
        #expect(Base64URL.decode(verifier)?.count == 32)
        #expect(key.challenge.utf8.count == 43)
        #expect(key.challenge == Base64URL.encode(HashFunction.sha256.hash(verifier.utf8)))
    }

    @Test("Each login has its own, and none is printed")
    func fresh() {
        let (first, second) = (ProofKey(random: .system), ProofKey(random: .system))
        #expect(first.challenge != second.challenge)
        #expect(!"\(first)".contains(first.verifier.reveal()))
    }
}
