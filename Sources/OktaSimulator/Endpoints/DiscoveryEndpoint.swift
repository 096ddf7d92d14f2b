import Hummingbird

/// The metadata of the authorization servers (OIDC Discovery §4, RFC 8414 §3).
struct DiscoveryEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            for name in ["openid-configuration", "oauth-authorization-server"] {
                router.get(RouterPath("\(server.issuerPath)/.well-known/\(name)")) { _, _ in
                    let document = organization.tampering.apply(to: .discovery, document(for: server))
                    return try Response.json(document, cacheControl: "max-age=86400, must-revalidate")
                }
            }
        }
    }

    private func document(for server: AuthorizationServer) -> JSONValue {
        func endpoint(_ name: String) -> JSONValue { .string(organization.endpoint(server, name)) }
        let methods = JSONValue.strings(Client.AuthenticationMethod.allCases.map(\.rawValue))
        return [
            "issuer": .string(organization.issuer(server)),
            "authorization_endpoint": endpoint("authorize"),
            "token_endpoint": endpoint("token"),
            "userinfo_endpoint": endpoint("userinfo"),
            "jwks_uri": endpoint("keys"),
            "revocation_endpoint": endpoint("revoke"),
            "introspection_endpoint": endpoint("introspect"),
            "end_session_endpoint": endpoint("logout"),
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "frontchannel_logout_supported": true,
            "frontchannel_logout_session_supported": true,
            "response_types_supported": ["code"],
            "response_modes_supported": .strings(AuthorizationRequest.ResponseMode.allCases.map(\.rawValue)),
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [
                .string(organization.keys(server).current.algorithm.rawValue)
            ],
            "scopes_supported": .strings(AuthorizationRequest.supportedScopes),
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
            "claims_supported": [
                "iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "acr", "idp", "nonce", "name",
                "nickname", "preferred_username", "given_name", "middle_name", "family_name", "email",
                "email_verified", "profile", "zoneinfo", "locale", "address", "phone_number", "picture", "website",
                "gender", "birthdate", "updated_at", "at_hash", "c_hash", "sid", "groups",
            ],
            "pushed_authorization_request_endpoint": endpoint("par"),
            "require_pushed_authorization_requests": .bool(organization.settings.requiresPushedAuthorization),
            "dpop_signing_alg_values_supported": .strings(DPoPProof.algorithms.map(\.rawValue)),
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": .strings(AssuranceLevel.allCases.map(\.rawValue)),
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "authorization_response_iss_parameter_supported": true,
        ]
    }
}
