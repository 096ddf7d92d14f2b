import FoundationEssentials

/// Makes the tokens of a successful token request (RFC 6749 §5.1, OIDC Core §3.1.3.3 and §12.2).
struct TokenIssuer {
    let organization: Organization
    let grant: Grant
    let client: Client
    let person: Person
    let now: Date

    /// - Parameters:
    ///   - scopes: Those of the grant, or fewer when the client asked for fewer.
    ///   - isRefresh: A refreshed ID token has no nonce.
    func response(scopes: [String], refreshToken: String?, isRefresh: Bool) throws -> JSONValue {
        let occasion = Tampering.Occasion(
            grantType: isRefresh ? "refresh_token" : "authorization_code", clientID: client.id)
        let accessToken = try issueAccessToken(scopes: scopes, occasion)
        var members: [String: JSONValue] = [
            "token_type": grant.keyThumbprint == nil ? "Bearer" : "DPoP",
            "expires_in": .integer(client.accessTokenLifetime),
            "access_token": .string(accessToken), "scope": .string(scopes.joined(separator: " ")),
        ]
        if scopes.contains("openid"), !isRefresh || client.refreshesIDTokens {
            members["id_token"] = .string(
                try idToken(scopes: scopes, accessToken: accessToken, isRefresh: isRefresh, occasion))
        }
        if let refreshToken { members["refresh_token"] = .string(refreshToken) }
        return organization.tampering.apply(to: .tokenResponse, .object(members), on: occasion)
    }

    private var issuer: String { organization.issuer(grant.server) }
    private var key: SigningKey { organization.keys(grant.server).current }

    /// Access tokens of the org server are opaque to everyone but Okta; those of a custom server are JWTs.
    private func issueAccessToken(scopes: [String], _ occasion: Tampering.Occasion) throws -> String {
        let id = "AT." + RandomIdentifiers.token(43)
        let expires = now.addingTimeInterval(TimeInterval(client.accessTokenLifetime))
        let token: String
        switch grant.server {
        case .org:
            token = RandomIdentifiers.token(80)
        case .custom:
            var claims: JSONValue = [
                "ver": 1, "jti": .string(id), "iss": .string(issuer), "aud": "api://default",
                "iat": .integer(now.numericDate), "exp": .integer(expires.numericDate),
                "cid": .string(client.id), "uid": .string(person.id), "scp": .strings(scopes),
                "auth_time": .integer(grant.authenticated.numericDate), "sub": .string(person.email),
            ]
            if let thumbprint = grant.keyThumbprint {
                // RFC 9449 §6.1.
                claims = claims.merging(["cnf": ["jkt": .string(thumbprint)]])
            }
            token = try organization.tampering.sign(claims, as: .accessToken, with: key, on: occasion)
        }
        organization.tokens.add(
            token, .init(grant: grant, scopes: scopes, id: id, issued: now, expires: expires))
        return token
    }

    private func idToken(
        scopes: [String], accessToken: String, isRefresh: Bool, _ occasion: Tampering.Occasion
    ) throws -> String {
        let key = key
        var claims: [String: JSONValue] = [
            "ver": 1, "jti": .string("ID." + RandomIdentifiers.token(43)), "iss": .string(issuer),
            "aud": .string(client.id), "sub": .string(person.id), "iat": .integer(now.numericDate),
            "exp": .integer(now.numericDate + client.idTokenLifetime), "amr": .strings(grant.assurance.amr),
            "idp": .string(RandomIdentifiers.objectID(prefix: "00o", seed: "organization")),
            "auth_time": .integer(grant.authenticated.numericDate), "sid": .string(grant.sessionID),
            "at_hash": .string(TokenIssuer.accessTokenHash(accessToken, algorithm: key.algorithm)),
        ]
        claims["acr"] = organization.settings.acrClaim.value(for: grant.satisfiedAssurance).map(JSONValue.string)
        if let nonce = grant.nonce, !isRefresh { claims["nonce"] = .string(nonce) }
        claims.merge(PersonClaims.idToken(person, scopes: scopes, client: client)) { first, _ in first }
        return try organization.tampering.sign(.object(claims), as: .idToken, with: key, on: occasion)
    }

    /// The left half of the hash (OIDC Core §3.1.3.6).
    static func accessTokenHash(_ token: String, algorithm: SigningAlgorithm) -> String {
        let hash = algorithm.accessTokenHashDigest.hash(token.utf8)
        return Base64URL.encode(hash.prefix(hash.count / 2))
    }
}
