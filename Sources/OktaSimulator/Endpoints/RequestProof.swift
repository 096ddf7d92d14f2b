import HTTPTypes
import Hummingbird

extension Organization {
    /// The proof that comes with a request, checked; nil when there is none.
    func proof(
        of request: Request, accessToken: String? = nil, isNonceNeeded: Bool = true, _ notes: RequestNotes
    ) throws(OAuthError) -> DPoPProof? {
        let fields = HTTPField.Name("DPoP").map { request.headers[values: $0] } ?? []
        guard let text = fields.first else { return nil }
        guard fields.count == 1 else { throw .invalidProof("must come once") }
        let proof = try DPoPProof(
            text,
            for: .init(
                method: request.method.rawValue, url: url + request.uri.path, accessToken: accessToken,
                isNonceNeeded: isNonceNeeded, now: clock.now),
            nonces: dpopNonces, used: usedProofs)
        notes.note { $0.keyThumbprint = proof.thumbprint }
        return proof
    }

    /// An error of an endpoint that takes proofs: the nonce that is asked for comes along (RFC 9449 §8).
    func answer(_ error: OAuthError, _ notes: RequestNotes) throws -> Response {
        var response = try Response.oauthError(error, notes: notes)
        if error.code == OAuthError.useNonce.code {
            response.headers.set("DPoP-Nonce", dpopNonces.issue(now: clock.now))
        }
        return response
    }
}
