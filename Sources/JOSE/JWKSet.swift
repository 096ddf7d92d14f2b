import Cryptography
import Identity
import StrictJSON

/// A set of verification keys (RFC 7517 §5).
package struct JWKSet: Sendable {
    private struct Entry: Sendable {
        let keyID: String?
        /// When the key says so, the only algorithm it is for.
        let algorithm: SignatureAlgorithm?
        let key: PublicKey
    }

    private let entries: [Entry]

    package var count: Int { entries.count }

    /// Reads a key set. Keys of unknown types, for encryption, symmetric, too short or malformed are left out, as RFC 7517
    /// §5 asks; what is left out verifies nothing.
    ///
    /// - Throws: `JOSEError` with `.keySetMalformed` when the document is no key set at all.
    package init(_ document: [UInt8]) throws(JOSEError) {
        let json: JSON
        do {
            json = try JSON.parse(document)
        } catch {
            throw JOSEError(.keySetMalformed, "the key set is not strict JSON: \(error)")
        }
        guard let keys = json["keys"]?.array else {
            throw JOSEError(.keySetMalformed, "the key set has no array named keys")
        }
        guard keys.count <= 100 else { throw JOSEError(.keySetMalformed, "the key set has more than 100 keys") }
        entries = keys.compactMap(Self.entry)
    }

    /// The one key that may verify a token with this header.
    ///
    /// The algorithm is pinned by the key: its type and curve, and its `alg` when it has one. Without a `kid` in the
    /// header exactly one key must fit (OpenID Connect Core §10.1).
    func key(forID keyID: String?, algorithm: SignatureAlgorithm) throws(JOSEError) -> PublicKey {
        var candidates = entries
        if let keyID {
            candidates = candidates.filter { $0.keyID?.isIdentical(to: keyID) ?? false }
            guard !candidates.isEmpty else {
                throw JOSEError(.keyUnknown, "the key set has no usable key '\(keyID.clipped(80))'")
            }
        }
        let fitting = candidates.filter { $0.key.fits(algorithm) && ($0.algorithm == nil || $0.algorithm == algorithm) }
        switch fitting.count {
        case 1: return fitting[0].key
        case 0 where keyID != nil:
            throw JOSEError(.keyMismatch, "the key that the token names is not for \(algorithm.rawValue)")
        case 0: throw JOSEError(.keyUnknown, "no key of the set is for \(algorithm.rawValue)")
        default:
            throw JOSEError(
                .keyAmbiguous, "\(fitting.count) keys of the set fit, and the token does not say which is meant")
        }
    }

    private static func entry(_ json: JSON) -> Entry? {
        guard let members = json.object else { return nil }
        if let use = members["use"], use.string != "sig" { return nil }
        if let operations = members["key_ops"] {
            guard let names = operations.strings, names.contains("verify") else { return nil }
        }
        var algorithm: SignatureAlgorithm?
        if let value = members["alg"] {
            // A key for an algorithm we do not know, RSA-OAEP say, is no key for us.
            guard let name = value.string, let known = SignatureAlgorithm(rawValue: name) else { return nil }
            algorithm = known
        }
        let keyID = members["kid"]
        if let keyID, keyID.string == nil { return nil }
        guard let key = publicKey(members) else { return nil }
        return Entry(keyID: keyID?.string, algorithm: algorithm, key: key)
    }

    private static func publicKey(_ members: JSONObject) -> PublicKey? {
        func bytes(_ name: String) -> [UInt8]? { members[name]?.string.flatMap { Base64URL.decode($0) } }
        switch members["kty"]?.string {
        case "RSA":
            guard let n = bytes("n"), let e = bytes("e") else { return nil }
            return try? PublicKey.rsa(modulus: n, exponent: e)
        case "EC":
            guard let curve = members["crv"]?.string.flatMap(Curve.init), let x = bytes("x"), let y = bytes("y")
            else { return nil }
            return try? PublicKey.elliptic(curve, x: x, y: y)
        case "OKP":
            guard members["crv"]?.string == "Ed25519", let x = bytes("x") else { return nil }
            return try? PublicKey.ed25519(x)
        default: return nil
        }
    }
}
