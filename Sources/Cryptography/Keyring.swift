import Identity

/// The master keys: the first seals, all of them open. Putting a new key first and keeping the old one rotates.
///
/// A sealed value reads `1.{key id}.{base64url of nonce, ciphertext and tag}` and is bound to its place: what was sealed
/// for one column and row does not open in another.
package struct Keyring: Sendable, RedactedWhenPrinted {
    private struct Key: Sendable {
        let id: String
        let sealing: [UInt8]
        let signing: [UInt8]
    }

    private let keys: [Key]

    /// - Parameter masterKeys: 32 bytes each, the current one first; at least one.
    /// - Throws: `CryptographyError` when there is none or one has another length.
    package init(masterKeys: [[UInt8]]) throws(CryptographyError) {
        guard !masterKeys.isEmpty, masterKeys.allSatisfy({ $0.count == 32 }) else {
            throw CryptographyError(.unusableKey, "a master key is 32 bytes")
        }
        // One key for one purpose (NIST SP 800-57 part 1 §5.2): the configured key only ever derives others.
        keys = masterKeys.map { master in
            Key(
                id: Base64URL.encode(hmacSHA256(key: master, message: Array("gatehouse key id".utf8)).prefix(6)),
                sealing: hmacSHA256(key: master, message: Array("gatehouse seal".utf8)),
                signing: hmacSHA256(key: master, message: Array("gatehouse administrator token".utf8)))
        }
    }

    /// Encrypts a value for one place.
    ///
    /// - Parameter place: where the value is kept, e.g. `sessions/{id}/refresh_token`.
    package func seal(_ plaintext: String, for place: String, random: RandomSource) -> String {
        let key = keys[0]
        let sealed = AES256GCM.seal(
            Array(plaintext.utf8), key: key.sealing, nonce: random.bytes(AES256GCM.nonceLength),
            additionalData: additionalData(place))
        return "1.\(key.id).\(Base64URL.encode(sealed))"
    }

    /// Decrypts what was sealed for the same place under any key of the ring.
    ///
    /// - Throws: `CryptographyError` with `.cannotDecrypt`.
    package func open(_ sealed: String, for place: String) throws(CryptographyError) -> String {
        let parts = sealed.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "1", let bytes = Base64URL.decode(parts[2]) else {
            throw CryptographyError(.cannotDecrypt, "a sealed value at \(place) is malformed")
        }
        guard let key = keys.first(where: { $0.id == parts[1] }) else {
            throw CryptographyError(
                .cannotDecrypt, "a value at \(place) was sealed under master key \(parts[1]), which is not configured")
        }
        guard let plaintext = AES256GCM.open(bytes, key: key.sealing, additionalData: additionalData(place)),
            let text = String(validating: plaintext, as: UTF8.self)
        else { throw CryptographyError(.cannotDecrypt, "a sealed value at \(place) was changed or belongs elsewhere") }
        return text
    }

    package var hasOlderKeys: Bool { keys.count > 1 }

    /// What every value begins with that is sealed now.
    package var currentPrefix: String { "1.\(keys[0].id)." }

    /// Whether a value was sealed under an older key and ought to be sealed again.
    package func isOutdated(_ sealed: String) -> Bool { !sealed.hasPrefix(currentPrefix) }

    /// A value sealed again under the current key, for the same place; nil when it is so already.
    ///
    /// - Throws: `CryptographyError` with `.cannotDecrypt`.
    package func resealed(
        _ sealed: String, for place: String, random: RandomSource
    ) throws(CryptographyError) -> String? {
        isOutdated(sealed) ? seal(try open(sealed, for: place), for: place, random: random) : nil
    }

    /// Authenticates a message under the current key.
    package func authenticationCode(for message: [UInt8]) -> [UInt8] {
        hmacSHA256(key: keys[0].signing, message: message)
    }

    /// Whether the code was made by `authenticationCode` under any key of the ring.
    package func isAuthentic(_ message: [UInt8], code: [UInt8]) -> Bool {
        keys.contains { equalInConstantTime(hmacSHA256(key: $0.signing, message: message), code) }
    }

    private func additionalData(_ place: String) -> [UInt8] { Array("gatehouse/1/\(place)".utf8) }
}
