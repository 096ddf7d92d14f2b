import CCrypto

/// The hash functions of RFC 7518, fetched from OpenSSL once.
package enum HashFunction: Sendable, CaseIterable {
    case sha256, sha384, sha512

    package var byteCount: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    package func hash(_ message: some Sequence<UInt8>) -> [UInt8] {
        digest(of: Array(message), with: handle, byteCount: byteCount)
    }

    var handle: OpaquePointer {
        switch self {
        case .sha256: FetchedDigests.shared.sha256
        case .sha384: FetchedDigests.shared.sha384
        case .sha512: FetchedDigests.shared.sha512
        }
    }
}

/// SHA-1, for what an old tenant still signs with and for RSA-OAEP, where its weakness does not matter (RFC 8017 §B.1).
/// Not among `HashFunction`, so that nothing takes it by accident.
enum InsecureSHA1 {
    static let byteCount = 20

    static func hash(_ message: [UInt8]) -> [UInt8] { digest(of: message, with: handle, byteCount: byteCount) }

    static var handle: OpaquePointer { FetchedDigests.shared.insecureSHA1 }
}

private func digest(of message: [UInt8], with handle: OpaquePointer, byteCount: Int) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    var length: UInt32 = 0
    let result = EVP_Digest(message, message.count, &digest, &length, handle, nil)
    precondition(result == 1 && Int(length) == byteCount, "OpenSSL cannot hash")
    return digest
}

/// A SHA-256 digest as a key of a hash table: four words, no allocation.
package struct SHA256Digest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of a text's UTF-8 bytes. The text must be contiguous UTF-8 for this not to allocate.
    package init(of text: String) {
        var text = text
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var length: UInt32 = 0
        let result = text.withUTF8 { input in
            withUnsafeMutableBytes(of: &words) { output in
                EVP_Digest(
                    input.baseAddress, input.count, output.bindMemory(to: UInt8.self).baseAddress, &length,
                    FetchedDigests.shared.sha256, nil)
            }
        }
        precondition(result == 1 && length == 32, "OpenSSL cannot hash")
        self.words = words
    }

    /// Reads what `base64URL` gave; nil for anything else.
    package init?(base64URL text: String) {
        guard let bytes = Base64URL.decode(text), bytes.count == 32 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = words
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    package var base64URL: String { Base64URL.encode(bytes) }

    package static func == (left: Self, right: Self) -> Bool {
        // No early exit: the digests of secrets are compared here.
        (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
            | (left.words.3 ^ right.words.3) == 0
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// HMAC with SHA-256 (RFC 2104).
package func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    let result = HMAC(FetchedDigests.shared.sha256, key, Int32(key.count), message, message.count, &code, &length)
    precondition(result != nil && length == 32, "OpenSSL cannot compute an HMAC")
    return code
}

// EVP_sha256() makes OpenSSL 3 look the algorithm up at each use; a fetched EVP_MD does not.
// Sendable: EVP_MD is immutable and reference-counted with atomics; these are never freed.
private struct FetchedDigests: @unchecked Sendable {
    static let shared = FetchedDigests()

    let sha256: OpaquePointer
    let sha384: OpaquePointer
    let sha512: OpaquePointer
    let insecureSHA1: OpaquePointer

    private init() {
        guard let sha256 = EVP_MD_fetch(nil, "SHA256", nil), let sha384 = EVP_MD_fetch(nil, "SHA384", nil),
            let sha512 = EVP_MD_fetch(nil, "SHA512", nil), let sha1 = EVP_MD_fetch(nil, "SHA1", nil)
        else { preconditionFailure("OpenSSL offers no SHA-2 or SHA-1") }
        (self.sha256, self.sha384, self.sha512, insecureSHA1) = (sha256, sha384, sha512, sha1)
    }
}
