import Cryptography
import Identity

/// The command line's own PKCE pair (RFC 7636): who completes a login must be who began it.
///
/// It is between this program and the gateway; the gateway has another one with the provider.
package struct ProofKey: Sendable {
    package let verifier: Secret
    /// S256, 43 characters.
    package let challenge: String

    package init(random: RandomSource) {
        let verifier = random.token()
        self.verifier = Secret(verifier)
        challenge = SHA256Digest(of: verifier).base64URL
    }
}
