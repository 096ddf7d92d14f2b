import Cryptography
import StrictJSON

extension PrivateKey {
    /// The members that make up the public half of an elliptic key (RFC 7518 §6.2), in the order of their names, as the
    /// thumbprint wants them; nil for other kinds.
    package var publicMembers: JSONObject? {
        guard case .ecdsa(let curve) = algorithm.family, let point = publicPoint else { return nil }
        return JSONObject([
            ("crv", .string(curve.rawValue)), ("kty", "EC"), ("x", .string(Base64URL.encode(point.x))),
            ("y", .string(Base64URL.encode(point.y))),
        ])
    }

    /// The key's name by its own content (RFC 7638 §3, with SHA-256); nil for keys that are not elliptic.
    package var thumbprint: String? {
        publicMembers.map { Base64URL.encode(HashFunction.sha256.hash(JSON.object($0).serialized())) }
    }
}
