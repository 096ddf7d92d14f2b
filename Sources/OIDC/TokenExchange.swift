import Cryptography
import Identity
import JOSE
import Outbound
import StrictJSON

/// A successful answer of the token endpoint (OpenID Connect Core §3.1.3.3).
struct TokenAnswer: Sendable {
    let idToken: Secret
    let accessToken: Secret?
    let refreshToken: Secret?

    /// - Throws: `SignInError` with `token_answer_malformed`.
    init(document: [UInt8]) throws(SignInError) {
        func malformed(_ detail: String) -> SignInError {
            SignInError("token_answer_malformed", detail, fault: .provider)
        }
        let json: JSON
        do {
            json = try JSON.parse(document)
        } catch {
            throw malformed("the token endpoint's answer is not strict JSON: \(error)")
        }
        guard let members = json.object else { throw malformed("the token endpoint's answer is not a JSON object") }
        guard let idToken = members["id_token"]?.string, !idToken.isEmpty else {
            throw malformed("the token endpoint's answer has no id_token; is the scope openid granted?")
        }
        self.idToken = Secret(idToken)
        func optional(_ name: String) throws(SignInError) -> Secret? {
            guard let value = members[name], value != .null else { return nil }
            guard let text = value.string, !text.isEmpty else { throw malformed("\(name) is not a string") }
            return Secret(text)
        }
        accessToken = try optional("access_token")
        refreshToken = try optional("refresh_token")
        if accessToken != nil {
            // Core §3.1.3.3: the type must be Bearer; anything else is a token we cannot use as one.
            guard let type = members["token_type"]?.string, type.lowercased() == "bearer" else {
                throw malformed("the access token's type is not Bearer")
            }
        }
    }
}

/// Authenticates the client at the token endpoint and redeems codes (RFC 6749 §4.1.3).
struct TokenExchange: Sendable {
    let settings: RelyingPartySettings
    let transport: any OutboundTransport
    let random: RandomSource
    let clock: WallClock

    func redeem(
        code: Secret, codeVerifier: String, redirectURI: String, metadata: ProviderMetadata,
        deadline: ContinuousClock.Instant, configuredHosts: Set<String>
    ) async throws(SignInError) -> TokenAnswer {
        let request = try tokenRequest(
            [
                ("grant_type", "authorization_code"), ("code", code.reveal()), ("redirect_uri", redirectURI),
                ("code_verifier", codeVerifier),
            ], metadata: metadata)
        let response: OutboundResponse
        do {
            response = try await transport.send(request, deadline: deadline, configuredHosts: configuredHosts)
        } catch {
            throw SignInError(error)
        }
        guard response.status == 200 else { throw refusal(response, secrets: [code.reveal(), codeVerifier]) }
        return try TokenAnswer(document: response.body)
    }

    private func tokenRequest(
        _ grant: [(String, String)], metadata: ProviderMetadata
    ) throws(SignInError) -> OutboundRequest {
        var fields = grant
        var headers = [
            (name: "Content-Type", value: "application/x-www-form-urlencoded"),
            (name: "Accept", value: "application/json"),
        ]
        let methods = metadata.tokenEndpointAuthMethods
        switch settings.clientAuthentication {
        case .secret(let secret) where methods.contains("client_secret_basic"):
            // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
            let pair = FormEncoding.encode(settings.clientID) + ":" + FormEncoding.encode(secret.reveal())
            headers.append((name: "Authorization", value: "Basic " + Base64.encode(Array(pair.utf8))))
        case .secret(let secret) where methods.contains("client_secret_post"):
            fields += [("client_id", settings.clientID), ("client_secret", secret.reveal())]
        case .secret:
            throw SignInError(
                "client_authentication_unsupported",
                "the provider accepts \(methods.joined(separator: ", ")) at its token endpoint, and a client_secret is configured",
                fault: .provider)
        case .privateKey(let key, let keyID):
            fields += [
                ("client_id", settings.clientID),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", try assertion(key: key, keyID: keyID, audience: metadata.tokenEndpoint)),
            ]
        }
        return OutboundRequest(
            .post, metadata.tokenEndpoint, purpose: "token", headers: headers,
            body: Array(FormEncoding.encode(fields).utf8))
    }

    /// RFC 7523 §3; Okta wants the token endpoint's URL as the audience and at most an hour of life.
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

    /// - Parameter secrets: what the request held; a provider that repeats its request must not get them into our log.
    private func refusal(_ response: OutboundResponse, secrets: [String]) -> SignInError {
        let members = (try? JSON.parse(response.body))?.object
        guard (400..<500).contains(response.status), response.status != 429, let error = members?["error"]?.string
        else {
            return SignInError(
                "token_endpoint_failed", "the token endpoint answers with status \(response.status)", fault: .provider)
        }
        var secrets = secrets
        if case .secret(let secret) = settings.clientAuthentication { secrets.append(secret.reveal()) }
        let description = (members?["error_description"]?.string ?? "").hiding(secrets)
        let detail = "the token endpoint answers \(error.hiding(secrets).clipped(100)): \(description.clipped(500))"
        switch error {
        case "invalid_grant": return SignInError("code_refused", detail)
        case "invalid_client":
            return SignInError(
                "client_refused", detail + " (compare client_id and client_secret with the app's General tab in Okta)",
                fault: .provider)
        default: return SignInError("token_request_refused", detail, fault: .provider)
        }
    }
}

extension SignInError {
    init(_ error: OutboundError) {
        self.init(
            error.reason.rawValue, error.detail, fault: error.reason == .timedOut ? .providerTimedOut : .provider)
    }
}

extension String {
    /// The text with these values, also form-encoded, replaced.
    fileprivate func hiding(_ secrets: [String]) -> String {
        var text = self
        for secret in secrets.flatMap({ [$0, FormEncoding.encode($0)] }) where !secret.isEmpty {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "[redacted]")
        }
        return text
    }
}
