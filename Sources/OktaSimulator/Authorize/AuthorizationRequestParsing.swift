/// Checks an authorization request as a strictly configured Okta application does.
extension AuthorizationRequest {
    static let supportedScopes = ["openid", "profile", "email", "address", "phone", "offline_access", "groups"]

    init(
        _ parameters: FormParameters, server: AuthorizationServer, clients: ClientDirectory
    ) throws(AuthorizationRefusal) {
        let (client, redirectURI) = try Self.client(parameters, clients)
        let mode = parameters["response_mode"].flatMap(ResponseMode.init)
        let target = ResponseTarget(redirectURI: redirectURI, mode: mode ?? .query, state: parameters["state"])
        do throws(OAuthError) {
            if let repeated = parameters.repeated {
                throw .invalidRequest("The '\(repeated)' parameter must not be repeated.")
            }
            guard mode != nil || parameters["response_mode"] == nil else {
                throw OAuthError(
                    code: "unsupported_response_mode",
                    description: "The response mode is not supported by the authorization server.")
            }
            guard target.state != nil else {
                throw .invalidRequest("The authentication request has an invalid 'state' parameter.")
            }
            try Self.checkResponseType(parameters["response_type"])
            self.init(
                server: server, clientID: client.id, target: target, scopes: try Self.scopes(parameters),
                nonce: parameters["nonce"], codeChallenge: try Self.codeChallenge(parameters, client),
                prompt: try Self.prompt(parameters), maxAge: try Self.maxAge(parameters),
                loginHint: parameters["login_hint"], assurance: try Self.assurance(parameters),
                keyThumbprint: try Self.keyThumbprint(parameters))
        } catch {
            throw .redirect(target, error)
        }
    }

    private static func client(
        _ parameters: FormParameters, _ clients: ClientDirectory
    ) throws(AuthorizationRefusal) -> (Client, redirectURI: String) {
        guard let client = parameters["client_id"].flatMap({ clients[$0] }) else {
            throw .page(.invalidClient("Invalid value for 'client_id' parameter."))
        }
        // RFC 9700 §4.1.3: compared as exact strings.
        guard let redirectURI = parameters["redirect_uri"], client.redirectURIs.contains(redirectURI) else {
            throw .page(
                .invalidRequest(
                    "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings."))
        }
        return (client, redirectURI)
    }

    private static func checkResponseType(_ type: String?) throws(OAuthError) {
        guard let type else {
            throw .invalidRequest("The authentication request has an invalid 'response_type' parameter.")
        }
        guard type == "code" else {
            throw OAuthError(
                code: "unsupported_response_type",
                description: "The response type is not supported by the authorization server. "
                    + "Configured response types: [code]")
        }
    }

    private static func scopes(_ parameters: FormParameters) throws(OAuthError) -> [String] {
        var scopes: [String] = []
        for scope in parameters.list("scope") where !scopes.contains(scope) {
            guard supportedScopes.contains(scope) else { throw .invalidScope }
            scopes.append(scope)
        }
        guard scopes.contains("openid") else {
            throw OAuthError(code: "invalid_scope", description: "The 'scope' parameter must contain 'openid'.")
        }
        return scopes
    }

    /// RFC 7636 §4.3. `plain` is not allowed.
    private static func codeChallenge(
        _ parameters: FormParameters, _ client: Client
    ) throws(OAuthError) -> String? {
        guard let challenge = parameters["code_challenge"] else {
            if client.isPKCERequired || client.authenticationMethods.contains(.none) {
                throw .invalidRequest("PKCE code challenge is required by the application.")
            }
            return nil
        }
        guard parameters["code_challenge_method"] == "S256" else {
            throw .invalidRequest("The 'code_challenge_method' must be S256.")
        }
        guard Base64URL.decode(challenge)?.count == 32 else {
            throw .invalidRequest("The 'code_challenge' is not the base64url form of a SHA-256 hash.")
        }
        return challenge
    }

    /// OIDC Core §3.1.2.1: `none` stands alone.
    private static func prompt(_ parameters: FormParameters) throws(OAuthError) -> Set<Prompt> {
        var prompt: Set<Prompt> = []
        for name in parameters.list("prompt") {
            guard let value = Prompt(rawValue: name) else {
                throw .invalidRequest("The authentication request has an invalid 'prompt' parameter.")
            }
            prompt.insert(value)
        }
        guard !prompt.contains(.none) || prompt.count == 1 else {
            throw .invalidRequest("The 'prompt' parameter must not combine 'none' with other values.")
        }
        return prompt
    }

    private static func maxAge(_ parameters: FormParameters) throws(OAuthError) -> Int? {
        guard let text = parameters["max_age"] else { return nil }
        guard let seconds = Int(text), seconds >= 0 else {
            throw .invalidRequest("The authentication request has an invalid 'max_age' parameter.")
        }
        return seconds
    }

    private static func keyThumbprint(_ parameters: FormParameters) throws(OAuthError) -> String? {
        guard let thumbprint = parameters["dpop_jkt"] else { return nil }
        guard KeyThumbprint.isWellFormed(thumbprint) else {
            throw .invalidRequest("The 'dpop_jkt' is not the base64url form of a SHA-256 hash.")
        }
        return thumbprint
    }

    /// OIDC Core §3.1.2.1.
    private static func assurance(_ parameters: FormParameters) throws(OAuthError) -> [AssuranceLevel] {
        let values = parameters.list("acr_values")
        let levels = values.compactMap(AssuranceLevel.init)
        guard values.isEmpty || !levels.isEmpty else {
            throw .invalidRequest("The authentication request has an invalid 'acr_values' parameter.")
        }
        return levels
    }
}
