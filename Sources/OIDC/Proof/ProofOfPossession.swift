import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON

/// Makes DPoP proofs (RFC 9449 §4): a token that is stolen is worth nothing to one who does not hold the key.
struct ProofOfPossession: Sendable {
    let key: PrivateKey
    let random: RandomSource
    let clock: WallClock

    /// A proof for one request. A server accepts each once, so every attempt gets its own.
    ///
    /// - Parameters:
    ///   - nonce: what the server asked to see in its next proof (§8).
    ///   - accessToken: the token that the request carries (`ath`), at the provider's resources (§7).
    /// - Throws: `SignInError` with `proof_failed`.
    func proof(
        _ method: OutboundRequest.Method, _ url: String, nonce: String?, accessToken: Secret? = nil
    ) throws(SignInError) -> String {
        var claims = JSONObject([
            ("jti", .string(random.token())), ("htm", .string(method.rawValue)), ("htu", .string(Self.target(url))),
            ("iat", .integer(clock.now.seconds)),
        ])
        if let accessToken {
            let hash = HashFunction.sha256.hash(accessToken.reveal().utf8)
            claims.set("ath", .string(Base64URL.encode(hash)))
        }
        if let nonce { claims.set("nonce", .string(nonce)) }
        guard let jwk = key.publicMembers else { throw Self.unusable("it is not elliptic") }
        do {
            return try JWTSigner(key: key, keyID: nil).sign(
                .object(claims), type: "dpop+jwt", parameters: [("jwk", .object(jwk))])
        } catch {
            throw Self.unusable("\(error)")
        }
    }

    /// The key's name in an authorization request (§10).
    static func thumbprint(of key: PrivateKey) throws(SignInError) -> String {
        guard let thumbprint = key.thumbprint else { throw unusable("it is not elliptic") }
        return thumbprint
    }

    /// §4.2: without query and fragment.
    private static func target(_ url: String) -> String { String(url.prefix { $0 != "?" && $0 != "#" }) }

    private static func unusable(_ detail: String) -> SignInError {
        SignInError("proof_failed", "the DPoP key cannot sign a proof: \(detail)", fault: .gateway)
    }
}
