/// Proof Key for Code Exchange (RFC 7636).
enum PKCE {
    /// S256 (§4.6); the verifier has 43 to 128 unreserved characters (§4.1). Without a challenge there must be no
    /// verifier either (RFC 9700 §2.1.1).
    static func verify(_ verifier: String?, against challenge: String?) -> Bool {
        guard let challenge else { return verifier == nil }
        guard let verifier, (43...128).contains(verifier.utf8.count), verifier.utf8.allSatisfy(isUnreserved) else {
            return false
        }
        return equalInConstantTime(Base64URL.encode(Digest.sha256.hash(verifier.utf8)), challenge)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        percentEncoded(String(decoding: [byte], as: UTF8.self)).utf8.count == 1
    }
}
