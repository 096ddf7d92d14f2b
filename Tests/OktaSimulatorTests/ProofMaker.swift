import Testing

@testable import OktaSimulator

/// A client's DPoP key and the proofs it makes.
struct ProofMaker {
    let key: SigningKey

    init(_ algorithm: SigningAlgorithm = .es256) throws {
        key = try .generate(for: algorithm)
    }

    func thumbprint() throws -> String {
        try #require(KeyThumbprint.sha256(of: key.jwk()))
    }

    /// A good proof; null takes a member out.
    func proof(
        _ path: String = "/oauth2/v1/token", method: String = "POST", nonce: String? = nil, accessToken: String? = nil,
        claims changes: [String: JSONValue] = [:], header headerChanges: [String: JSONValue] = [:]
    ) throws -> String {
        var claims: JSONValue = [
            "htm": .string(method), "htu": .string("http://localhost:8302" + path), "iat": 1_800_000_000,
            "jti": .string(RandomIdentifiers.token(20)),
        ]
        if let nonce { claims = claims.merging(["nonce": .string(nonce)]) }
        if let accessToken {
            claims = claims.merging(["ath": .string(Base64URL.encode(Digest.sha256.hash(accessToken.utf8)))])
        }
        let header: [String: JSONValue] = ["typ": "dpop+jwt", "jwk": try key.jwk(), "kid": .null]
        return try JSONWebToken.sign(
            claims.merging(changes), with: key, header: header.merging(headerChanges) { $1 })
    }
}
