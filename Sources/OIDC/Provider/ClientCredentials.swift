import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON

/// Proves to a provider's endpoint that this gateway is the client (RFC 6749 §2.3, OpenID Connect Core §9).
struct ClientCredentials: Sendable {
    let settings: RelyingPartySettings
    let random: RandomSource
    let clock: WallClock

    /// What a provider that repeats our request must not get into our log.
    var secrets: [String] {
        if case .secret(let secret) = settings.clientAuthentication { [secret.reveal()] } else { [] }
    }

    /// Puts the proof into the fields of a form or into the header fields of its request.
    ///
    /// - Parameters:
    ///   - methods: what the endpoint accepts.
    ///   - endpoint: its URL, the audience of an assertion.
    /// - Throws: `SignInError`: `client_authentication_unsupported`, `client_assertion_failed`.
    func authenticate(
        _ fields: inout [(String, String)], _ headers: inout [(name: String, value: String)], methods: [String],
        endpoint: String
    ) throws(SignInError) {
        switch settings.clientAuthentication {
        case .secret(let secret) where methods.contains("client_secret_basic"):
            // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
            let pair = FormEncoding.encode(settings.clientID) + ":" + FormEncoding.encode(secret.reveal())
            headers.append((name: "Authorization", value: "Basic " + Base64.encode(Array(pair.utf8))))
        case .secret(let secret) where methods.contains("client_secret_post"):
            setClientID(&fields)
            fields.append(("client_secret", secret.reveal()))
        case .secret:
            throw SignInError(
                "client_authentication_unsupported",
                "the provider accepts \(methods.joined(separator: ", ")) at \(endpoint), and a client_secret is configured",
                fault: .provider)
        case .privateKey(let key, let keyID):
            let assertion = try assertion(key: key, keyID: keyID, audience: endpoint)
            setClientID(&fields)
            fields += [
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion),
            ]
        }
    }

    /// A pushed authorization request names the client already, and no parameter may come twice (RFC 6749 §3.1).
    private func setClientID(_ fields: inout [(String, String)]) {
        if !fields.contains(where: { $0.0 == "client_id" }) { fields.append(("client_id", settings.clientID)) }
    }

    /// RFC 7523 §3; Okta wants the endpoint's URL as the audience and at most an hour of life.
    private func assertion(key: PrivateKey, keyID: String?, audience: String) throws(SignInError) -> String {
        let now = clock.now.seconds
        let claims: JSON = [
            "iss": .string(settings.clientID), "sub": .string(settings.clientID), "aud": .string(audience),
            "iat": .integer(now), "exp": .integer(now + 300), "jti": .string(random.token()),
        ]
        do {
            return try JWTSigner(key: key, keyID: keyID).sign(claims)
        } catch {
            throw SignInError(
                "client_assertion_failed", "the client key of \(settings.name) cannot sign: \(error)", fault: .gateway)
        }
    }
}
