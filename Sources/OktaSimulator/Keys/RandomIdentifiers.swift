/// Names of the shapes that Okta gives its objects: a short prefix and letters and digits.
enum RandomIdentifiers {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

    /// `count` letters and digits from the system's random source.
    static func token(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }

    /// An Okta object id such as `00u…`: the same for the same seed, so that people keep their ids over restarts.
    static func objectID(prefix: String, seed: String) -> String {
        let digest = Digest.sha256.hash(seed.utf8)
        return prefix + String(digest.prefix(20 - prefix.count).map { alphabet[Int($0) % alphabet.count] })
    }
}
