import Cryptography
import FuzzingSupport
import SAML
import SAMLTestSupport

/// What is encrypted for us, which anybody can do. The first byte says what the others are:
///
/// - `c`: a ciphertext, its cipher by the second byte;
/// - `p`: a plaintext, which the target encrypts; the second byte says how, and whether a signature is around it;
/// - `e`: an EncryptedAssertion, in which `KEY` and `DATA` stand for a good key and ciphertext.
///
/// Promises: GCM gives nothing for what was not encrypted with the key, CBC no more than came; what is accepted is, with a
/// signature around it, the plaintext as the tests' own reader has it, and without one only what a seed was signed for.
enum DecryptionTarget {
    private static let verifier = ResponseVerifier(Scenario.expectation)
    private static let ciphers: [(name: String, cipher: ContentCipher)] = [
        ("aes128-cbc", .aes128CBC), ("aes256-cbc", .aes256CBC), ("aes128-gcm", .aes128GCM), ("aes256-gcm", .aes256GCM),
    ]

    static func run(_ bytes: [UInt8]) -> CInt {
        guard bytes.count >= 2 else { return 0 }
        let rest = Array(bytes[2...])
        switch bytes[0] {
        case UInt8(ascii: "c"): decrypt(rest, by: ciphers[Int(bytes[1]) % 4].cipher)
        case UInt8(ascii: "p"): open(rest, by: ciphers[Int(bytes[1]) % 4].name, isSigned: bytes[1] & 4 != 0)
        case UInt8(ascii: "e"): read(Array(bytes[1...]))
        default: break
        }
        return 0
    }

    private static func decrypt(_ bytes: [UInt8], by cipher: ContentCipher) {
        let plaintext = cipher.decrypt(bytes, key: [UInt8](repeating: 1, count: cipher.keyLength))
        guard let plaintext else { return }
        Fuzzing.accepted()
        require(!cipher.isAuthenticated, "what is authenticated cannot be made up")
        require(plaintext.count <= bytes.count - 17, "the IV and at least one byte of padding are gone")
    }

    private static func open(_ plaintext: [UInt8], by cipher: String, isSigned: Bool) {
        guard let plaintext = String(validating: plaintext, as: UTF8.self) else { return }
        let response = KnownPerson.all[0].response.changed {
            $0.responseSignature = isSigned ? Scenario.signature : nil
            $0.encryption = EncryptionText(recipient: Scenario.recipient).changed {
                $0.cipher = cipher
                $0.editPlaintext = { _ in plaintext }
            }
        }
        guard let accepted = verified(response) else { return }
        guard isSigned else { return KnownPerson.requireKnown(accepted) }
        Fuzzing.accepted()
        // The prefixes of the ciphertext's surroundings are in scope of the plaintext; the reader must know them too.
        let holder =
            "<h xmlns:saml2='\(ResponseText.assertionNamespace)' xmlns:saml2p='\(ResponseText.protocolNamespace)'>"
            + plaintext + "</h>"
        guard let assertion = try? ReferenceElement.parse(Array(holder.utf8)).children.first else {
            return require(false, "what was accepted is XML")
        }
        require(
            AssertionReading(assertion).texts("Subject", "NameID") == [Array(accepted.nameID.value.utf8)],
            "the NameID is the one")
    }

    private static func read(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
            .replacing("KEY", with: goodValues.key).replacing("DATA", with: goodValues.data)
        let response = KnownPerson.all[0].response.changed {
            $0.responseSignature = Scenario.signature
            $0.encryption = EncryptionText(recipient: Scenario.recipient).changed { $0.edit = { _ in text } }
        }
        if let accepted = verified(response) { KnownPerson.requireKnown(accepted) }
    }

    private static func verified(_ response: ResponseText) -> VerifiedAssertion? {
        // Signing reads it with the tests' own reader, which may not like it.
        guard let xml = try? response.xml() else { return nil }
        return try? verifier.verify(xml, now: Scenario.now, random: Scenario.random)
    }

    /// The two CipherValues of a good EncryptedAssertion.
    private static let goodValues: (key: String, data: String) = Scenario.made {
        let assertion = KnownPerson.all[0].response.changed {
            $0.assertionSignature = Scenario.signature
            $0.encryption = EncryptionText(recipient: Scenario.recipient)
        }
        let values = try ReferenceElement.parse(assertion.xml()).all.filter { $0.local == "CipherValue" }
            .map { value in value.nodes.map { if case .text(let text) = $0 { text } else { "" } }.joined() }
        return values[0].utf8.count < values[1].utf8.count ? (values[0], values[1]) : (values[1], values[0])
    }
}
