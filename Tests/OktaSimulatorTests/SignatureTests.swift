import Testing

@testable import OktaSimulator

@Suite("Signatures")
struct SignatureTests {
    @Test("A key verifies its own signature and no changed one", arguments: SigningAlgorithm.allCases)
    func roundTrip(_ algorithm: SigningAlgorithm) throws {
        let key = try SigningKey.generate(for: algorithm)
        let message = Array("a message".utf8)
        let signature = try key.pair.signature(of: message, with: algorithm)
        #expect(key.pair.isValid(signature, of: message, with: algorithm))
        #expect(!key.pair.isValid(signature, of: message + [0], with: algorithm))
        #expect(!key.pair.isValid(Array(signature.dropLast()), of: message, with: algorithm))
        let stranger = try SigningKey.generate(for: algorithm)
        #expect(!stranger.pair.isValid(signature, of: message, with: algorithm))
    }

    @Test("A published RSA or EC key can be read back", arguments: [SigningAlgorithm.rs256, .es256])
    func publishedKey(_ algorithm: SigningAlgorithm) throws {
        let key = try SigningKey.generate(for: algorithm)
        let message = Array("a message".utf8)
        let signature = try key.pair.signature(of: message, with: algorithm)
        #expect(try KeyPair.publicKey(jwk: key.jwk()).isValid(signature, of: message, with: algorithm))
    }
}
