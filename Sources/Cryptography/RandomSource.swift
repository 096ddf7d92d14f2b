import CCrypto

/// Where random bytes come from. Passed in, so that tests can set them.
package struct RandomSource: Sendable {
    private let generate: @Sendable (Int) -> [UInt8]

    package init(_ generate: @escaping @Sendable (_ count: Int) -> [UInt8]) { self.generate = generate }

    package func bytes(_ count: Int) -> [UInt8] { generate(count) }

    /// 256 random bits as 43 characters of base64url: a token nobody guesses.
    package func token() -> String { Base64URL.encode(generate(32)) }

    /// A short name for people to read out: `count` characters of Crockford's base 32 (no I, L, O, U).
    package func readable(_ count: Int) -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        // 32 symbols, so a byte's low five bits choose without bias.
        return String(decoding: generate(count).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
    }

    /// OpenSSL's generator, seeded by the operating system.
    package static let system = RandomSource { count in
        var bytes = [UInt8](repeating: 0, count: count)
        // A process without randomness must not go on: it would hand out guessable sessions.
        precondition(RAND_bytes(&bytes, Int32(count)) == 1, "the system gives no random bytes")
        return bytes
    }
}
