/// A key of an authorization server, with the name and algorithm it is published under (RFC 7517 §4).
struct SigningKey: Sendable {
    let id: String
    let algorithm: SigningAlgorithm
    let pair: KeyPair

    static func generate(for algorithm: SigningAlgorithm) throws -> SigningKey {
        SigningKey(id: RandomIdentifiers.token(43), algorithm: algorithm, pair: try .generate(for: algorithm))
    }

    /// The public half as a JSON Web Key (RFC 7518 §6, RFC 8037 §2).
    func jwk() throws -> JSONValue {
        var members: [String: JSONValue] = [
            "kid": .string(id), "use": "sig", "alg": .string(algorithm.rawValue),
        ]
        switch algorithm {
        case .rs256, .ps256:
            members["kty"] = "RSA"
            members["n"] = .string(Base64URL.encode(try pair.number("n")))
            members["e"] = .string(Base64URL.encode(try pair.number("e")))
        case .es256:
            members["kty"] = "EC"
            members["crv"] = "P-256"
            members["x"] = .string(Base64URL.encode(try pair.number("qx", width: 32)))
            members["y"] = .string(Base64URL.encode(try pair.number("qy", width: 32)))
        case .edDSA:
            members["kty"] = "OKP"
            members["crv"] = "Ed25519"
            members["x"] = .string(Base64URL.encode(try pair.rawPublicKey()))
        }
        return .object(members)
    }
}
