import FoundationEssentials

/// A proof that the client holds a key, checked for one request (RFC 9449 §4.3).
struct DPoPProof: Sendable {
    static let algorithms: [SigningAlgorithm] = [.es256, .rs256]
    /// How old, and how far ahead, `iat` may be, in seconds.
    static let longestAge = 300
    static let longestLead = 60

    /// What the request is that the proof must be about.
    struct Occasion {
        let method: String
        let url: String
        /// The access token that goes along, at a resource.
        var accessToken: String?
        let isNonceNeeded: Bool
        let now: Date
    }

    /// Of the key that signed the proof.
    let thumbprint: String

    /// The numbers are those of §4.3. A proof that ran into the nonce challenge counts as used.
    init(
        _ text: String, for occasion: Occasion, nonces: DPoPNonces, used: UsedAssertions
    ) throws(OAuthError) {
        guard let proof = JSONWebToken.Unverified(text) else { throw .invalidProof("is not a JWT") }  // 2
        let claims = proof.claims
        thumbprint = try Self.signer(of: proof)
        guard claims["htm"]?.string == occasion.method else { throw .invalidProof("has another 'htm'") }  // 8
        guard let address = claims["htu"]?.string.flatMap(Self.target), address == Self.target(occasion.url) else {
            throw .invalidProof("has another 'htu'")  // 9
        }
        let now = occasion.now.numericDate
        guard let issued = claims["iat"]?.integer, issued >= now - Self.longestAge, issued <= now + Self.longestLead
        else { throw .invalidProof("has no 'iat' or one that is not now") }  // 11
        if let id = claims["jti"]?.string {
            let expiry = Date(timeIntervalSince1970: TimeInterval(issued + Self.longestAge + 1))
            guard used.use(id, clientID: thumbprint, expires: expiry, now: occasion.now) else {
                throw .invalidProof("has been used before")  // §11.1
            }
        }
        if occasion.isNonceNeeded || claims["nonce"] != nil {  // 10
            guard let nonce = claims["nonce"]?.string, nonces.isGood(nonce, now: occasion.now) else {
                throw .useNonce
            }
        }
        guard claims["jti"]?.string?.isEmpty == false else { throw .invalidProof("has no 'jti'") }  // 3
        if let token = occasion.accessToken {  // 12
            guard claims["ath"]?.string == Base64URL.encode(Digest.sha256.hash(token.utf8)) else {
                throw .invalidProof("has no 'ath' of this access token")
            }
        }
    }

    /// Items 4 to 7: `typ`, an asymmetric `alg`, the public key in `jwk`, and its signature.
    private static func signer(of proof: JSONWebToken.Unverified) throws(OAuthError) -> String {
        guard proof.header["typ"]?.string == "dpop+jwt" else { throw .invalidProof("has another 'typ'") }
        guard let algorithm = proof.header["alg"]?.string.flatMap(SigningAlgorithm.init),
            algorithms.contains(algorithm)
        else { throw .invalidProof("is not signed with ES256 or RS256") }
        guard let jwk = proof.header["jwk"], let members = jwk.object else { throw .invalidProof("has no 'jwk'") }
        guard members.keys.allSatisfy({ !["d", "p", "q", "dp", "dq", "qi", "oth", "k"].contains($0) }) else {
            throw .invalidProof("holds a private key")
        }
        guard let key = try? KeyPair.publicKey(jwk: jwk), let thumbprint = KeyThumbprint.sha256(of: jwk),
            key.isValid(proof.signature, of: proof.signingInput, with: algorithm)
        else { throw .invalidProof("has a wrong signature") }
        return thumbprint
    }

    /// Scheme, host, port and path; query and fragment do not count (§4.3).
    private static func target(_ text: String) -> String? {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
            scheme == "http" || scheme == "https"
        else { return nil }
        let port = url.port ?? (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(host.lowercased()):\(port)\(url.percentEncodedPath)"
    }
}

extension OAuthError {
    static func invalidProof(_ fault: String) -> OAuthError {
        OAuthError(code: "invalid_dpop_proof", description: "The DPoP proof JWT \(fault).")
    }

    static let missingProof = OAuthError(
        code: "invalid_dpop_proof", description: "The DPoP proof JWT header is missing.")

    /// Goes with a DPoP-Nonce header (RFC 9449 §8).
    static let useNonce = OAuthError(
        code: "use_dpop_nonce", description: "Authorization server requires nonce in DPoP proof.")
}
