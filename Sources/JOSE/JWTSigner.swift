import Cryptography
import StrictJSON

/// Signs tokens of our own: session tokens for applications, client assertions and proofs for providers.
package struct JWTSigner: Sendable {
    package let key: PrivateKey
    package let keyID: String?

    package init(key: PrivateKey, keyID: String?) {
        self.key = key
        self.keyID = keyID
    }

    /// A compact token (RFC 7515 §7.1).
    ///
    /// - Parameters:
    ///   - type: the header's `typ`.
    ///   - parameters: further members of the header.
    /// - Throws: `CryptographyError` with `.cannotSign`.
    package func sign(
        _ claims: JSON, type: String = "JWT", parameters: [(String, JSON)] = []
    ) throws(CryptographyError) -> String {
        var header = JSONObject([("alg", .string(key.algorithm.rawValue)), ("typ", .string(type))])
        if let keyID { header.set("kid", .string(keyID)) }
        for (name, value) in parameters { header.set(name, value) }
        let input = Base64URL.encode(JSON.object(header).serialized()) + "." + Base64URL.encode(claims.serialized())
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    /// The public half as a JWK for our own key set (RFC 7517 §4); nil for keys that are not elliptic.
    package var publicJWK: JSON? {
        guard var members = key.publicMembers else { return nil }
        members.set("use", "sig")
        members.set("alg", .string(key.algorithm.rawValue))
        if let keyID { members.set("kid", .string(keyID)) }
        return .object(members)
    }
}
