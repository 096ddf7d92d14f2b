import Cryptography
import StrictJSON

/// Signs tokens of our own: session tokens for applications and client assertions for providers.
package struct JWTSigner: Sendable {
    package let key: PrivateKey
    package let keyID: String?

    package init(key: PrivateKey, keyID: String?) {
        self.key = key
        self.keyID = keyID
    }

    /// A compact token (RFC 7515 §7.1).
    ///
    /// - Parameter type: the header's `typ`.
    /// - Throws: `CryptographyError` with `.cannotSign`.
    package func sign(_ claims: JSON, type: String = "JWT") throws(CryptographyError) -> String {
        var header = JSONObject([("alg", .string(key.algorithm.rawValue)), ("typ", .string(type))])
        if let keyID { header.set("kid", .string(keyID)) }
        let input = Base64URL.encode(JSON.object(header).serialized()) + "." + Base64URL.encode(claims.serialized())
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    /// The public half as a JWK for our own key set (RFC 7517 §4); nil for keys that are not elliptic.
    package var publicJWK: JSON? {
        guard case .ecdsa(let curve) = key.algorithm.family, let point = key.publicPoint else { return nil }
        var members: [(String, JSON)] = [
            ("kty", "EC"), ("crv", .string(curve.rawValue)), ("x", .string(Base64URL.encode(point.x))),
            ("y", .string(Base64URL.encode(point.y))), ("use", "sig"), ("alg", .string(key.algorithm.rawValue)),
        ]
        if let keyID { members.append(("kid", .string(keyID))) }
        return .object(JSONObject(members))
    }
}
