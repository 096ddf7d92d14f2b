import Cryptography

/// Which of the pinned certificates may have made a signature (rules 8 and 9).
enum PinnedKeys {
    /// Those whose keys are of the algorithm's kind and long enough; never none.
    static func candidates(
        for algorithm: XMLSignatureAlgorithm, among certificates: [Certificate]
    ) throws(SAMLRejection) -> [Certificate] {
        guard !certificates.isEmpty else {
            throw SAMLRejection(
                .keyNotPinned,
                "no certificate of the identity provider is configured; take it from \(OktaSetting.certificates)")
        }
        let fitting = certificates.filter { algorithm.fits($0.publicKey.kind) }
        guard !fitting.isEmpty else {
            throw SAMLRejection(
                .keyAlgorithmMismatch, "none of the pinned certificates has a key for the signature's algorithm",
                expected: certificates.prefix(4).map { $0.publicKey.kind.shown }.joined(separator: ", "),
                found: algorithm.rawValue)
        }
        let candidates = fitting.filter { $0.publicKey.kind.isLongEnough }
        guard !candidates.isEmpty else {
            throw SAMLRejection(
                .keyTooShort,
                "the pinned certificate's RSA key is too short to trust a signature by; make a new certificate in \(OktaSetting.certificates)",
                expected: "2048 bits", found: fitting.prefix(4).map { $0.publicKey.kind.shown }.joined(separator: ", "))
        }
        return candidates
    }
}

extension PublicKey.Kind {
    /// Certificates with shorter keys can be read, so that this can be said.
    fileprivate var isLongEnough: Bool {
        if case .rsa(let bits) = self { bits >= 2048 } else { true }
    }

    var shown: String {
        switch self {
        case .rsa(let bits): "RSA with \(bits) bits"
        case .elliptic(let curve): "EC on \(curve.rawValue)"
        case .ed25519: "Ed25519"
        }
    }
}
