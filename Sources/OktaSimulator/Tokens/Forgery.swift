/// How the signature of a token goes wrong, when a test orders so.
package enum Forgery: String, Sendable, CaseIterable {
    /// One bit of the signature is wrong.
    case flipped
    /// The signature is empty, and the header says nothing of it.
    case stripped
    /// Signed with a key that is published nowhere, under the name of one that is.
    case unpublishedKey = "unpublished-key"
    /// `alg` is none and the signature empty (RFC 7518 §3.6).
    case none
    /// `alg` is HS256. Without a secret the key is the public key's PEM text, which everybody has.
    case hmac = "HS256"
}

extension JSONWebToken {
    /// - Parameter secret: For HS256.
    static func sign(
        _ claims: JSONValue, with key: SigningKey, header: [String: JSONValue], forgery: Forgery?,
        secret: String? = nil
    ) throws -> String {
        func input(algorithm: String? = nil) throws -> String {
            let forged = algorithm.map { ["alg": JSONValue.string($0)] } ?? [:]
            return try signingInput(claims, key: key, header: forged.merging(header) { $1 })
        }
        switch forgery {
        case nil:
            return try sign(claims, with: key, header: header)
        case .stripped:
            return try input() + "."
        case .some(.none):
            return try input(algorithm: "none") + "."
        case .flipped:
            let input = try input()
            var signature = try key.pair.signature(of: Array(input.utf8), with: key.algorithm)
            signature[signature.count / 2] ^= 1
            return "\(input).\(Base64URL.encode(signature))"
        case .unpublishedKey:
            let stranger = SigningKey(id: key.id, algorithm: key.algorithm, pair: try .generate(for: key.algorithm))
            return try sign(claims, with: stranger, header: header)
        case .hmac:
            let input = try input(algorithm: "HS256")
            let secret = try secret ?? key.pair.publicKeyPEM()
            let code = MessageAuthentication.hmacSHA256(Array(input.utf8), key: Array(secret.utf8))
            return "\(input).\(Base64URL.encode(code))"
        }
    }
}
