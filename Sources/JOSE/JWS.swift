import Cryptography
import Identity
import StrictJSON

/// A token in compact serialisation (RFC 7515 §7.1) that nobody has verified: it shows its header, never its payload.
package struct UnverifiedJWS: Sendable {
    /// Far above any ID token with 100 groups (about 12 KB), far below what would hurt.
    package static let maximumBytes = 256 * 1024

    package let algorithm: SignatureAlgorithm
    package let keyID: String?
    package let type: String?
    private let signingInput: [UInt8]
    private let payload: [UInt8]
    private let signature: [UInt8]

    /// Reads a token; refuses everything that two readers could take for two things.
    ///
    /// Keys inside of the header (`jwk`, `jku`, `x5c`, `x5u`) are never looked at: a token does not choose who vouches
    /// for it.
    package init(compact text: String) throws(JOSEError) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw JOSEError(.tokenEmpty, "there is no token") }
        guard bytes.count <= Self.maximumBytes else {
            throw JOSEError(.tokenTooLarge, "the token has \(bytes.count) bytes; \(Self.maximumBytes) are accepted")
        }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.count == 5 {
            throw JOSEError(.tokenEncrypted, "the token is encrypted; ask the provider for signed ID tokens")
        }
        guard parts.count == 3 else {
            throw JOSEError(.tokenMalformed, "a signed token has three parts, this has \(parts.count)")
        }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw JOSEError(.tokenMalformed, "a part of the token is not base64url without padding") }
        self.payload = payload
        self.signature = signature
        signingInput = Array(bytes[..<parts[1].endIndex])

        let document: JSON
        do {
            document = try JSON.parse(header)
        } catch {
            throw JOSEError(.headerMalformed, "the token's header is not strict JSON: \(error)")
        }
        guard let fields = document.object else {
            throw JOSEError(.headerMalformed, "the token's header is not a JSON object")
        }
        // RFC 7515 §4.1.11: whoever does not understand a critical extension must reject the token; we understand none.
        guard fields["crit"] == nil, fields["b64"] == nil else {
            throw JOSEError(.headerCritical, "the token's header asks for an extension that is not supported")
        }
        algorithm = try Self.algorithm(fields["alg"])
        keyID = try Self.text(fields, "kid")
        type = try Self.text(fields, "typ")
    }

    /// Verifies with the one key of the set that fits.
    ///
    /// - Throws: `JOSEError`; `.keyUnknown` means that a newer key set may help.
    package func verified(by keys: JWKSet) throws(JOSEError) -> VerifiedJWS {
        let key = try keys.key(forID: keyID, algorithm: algorithm)
        guard key.verifies(signature, over: signingInput, algorithm: algorithm) else {
            throw JOSEError(
                .signatureInvalid,
                "the signature is not by the key \(keyID.map { "'\($0)'" } ?? "of that algorithm") of the key set")
        }
        let claims: JSON
        do {
            claims = try JSON.parse(payload)
        } catch {
            throw JOSEError(.payloadMalformed, "the token's payload is not strict JSON: \(error)")
        }
        guard let object = claims.object else {
            throw JOSEError(.payloadMalformed, "the token's payload is not a JSON object")
        }
        return VerifiedJWS(claims: object, algorithm: algorithm, type: type)
    }

    private static func algorithm(_ value: JSON?) throws(JOSEError) -> SignatureAlgorithm {
        guard let value else { throw JOSEError(.algorithmMissing, "the token's header names no algorithm") }
        guard let name = value.string else { throw JOSEError(.headerMalformed, "the header's alg is not a string") }
        if let algorithm = SignatureAlgorithm(rawValue: name) { return algorithm }
        switch name.lowercased() {
        case "none":
            throw JOSEError(.algorithmNone, "the token is not signed (alg none)")
        case "hs256", "hs384", "hs512":
            throw JOSEError(
                .algorithmSymmetric, "the token is signed with a shared secret (\(name)); only key pairs are accepted")
        default:
            throw JOSEError(.algorithmUnsupported, "the token's algorithm '\(name.clipped(40))' is not accepted")
        }
    }

    private static func text(_ fields: JSONObject, _ name: String) throws(JOSEError) -> String? {
        guard let value = fields[name] else { return nil }
        guard let text = value.string, text.utf8.count <= 1024 else {
            throw JOSEError(.headerMalformed, "the header's \(name) is not a string of at most 1,024 bytes")
        }
        return text
    }
}

/// A token whose signature was verified. Only `UnverifiedJWS.verified(by:)` makes one.
package struct VerifiedJWS: Sendable {
    package let claims: JSONObject
    package let algorithm: SignatureAlgorithm
    package let type: String?

    fileprivate init(claims: JSONObject, algorithm: SignatureAlgorithm, type: String?) {
        self.claims = claims
        self.algorithm = algorithm
        self.type = type
    }
}
