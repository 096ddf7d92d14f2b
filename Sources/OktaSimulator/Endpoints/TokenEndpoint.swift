import Hummingbird

/// The token endpoint (RFC 6749 §3.2): authorization_code and refresh_token.
struct TokenEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            router.post(RouterPath(server.path("token"))) { request, context in
                let parameters = try await request.formParameters()
                let tokens: JSONValue
                do throws(OAuthError) {
                    let client = try organization.authenticate(request, parameters, at: server, context.notes)
                    context.notes.note { $0.grantType = parameters["grant_type"] }
                    let proof = try organization.proof(of: request, context.notes)
                    guard proof != nil || !client.requiresDPoP else { throw .missingProof }
                    tokens = try answer(parameters, client: client, proof, at: server)
                } catch {
                    return try organization.answer(error, context.notes)
                }
                return try Response.json(tokens)
            }
        }
    }

    private func answer(
        _ parameters: FormParameters, client: Client, _ proof: DPoPProof?, at server: AuthorizationServer
    ) throws(OAuthError) -> JSONValue {
        switch parameters["grant_type"] {
        case "authorization_code": try exchangeCode(parameters, client: client, proof, at: server)
        case "refresh_token": try refresh(parameters, client: client, proof, at: server)
        case nil: throw .invalidRequest("The token request must specify a 'grant_type'.")
        default:
            throw OAuthError(
                code: "unsupported_grant_type",
                description: "The authorization grant type is not supported by the authorization server. "
                    + "Configured grant types: [authorization_code, refresh_token].")
        }
    }

    /// RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9449 §10.
    private func exchangeCode(
        _ parameters: FormParameters, client: Client, _ proof: DPoPProof?, at server: AuthorizationServer
    ) throws(OAuthError) -> JSONValue {
        let invalid = OAuthError.invalidGrant("The authorization code is invalid or has expired.")
        guard let code = parameters["code"] else {
            throw .invalidRequest("The token request must specify a 'code'.")
        }
        let now = organization.clock.now
        let record: AuthorizationCodes.Record
        switch organization.codes.redeem(code, clientID: client.id, server: server, now: now) {
        case .fresh(let fresh): record = fresh
        case .unknown: throw invalid
        case .reused(let reused):
            organization.tokens.revoke(grant: reused.grant.id, .codeReused)
            throw invalid
        }
        guard parameters["redirect_uri"] == record.redirectURI else {
            throw .invalidGrant(
                "The 'redirect_uri' does not match the redirection URI used in the authorization request.")
        }
        guard PKCE.verify(parameters["code_verifier"], against: record.codeChallenge) else {
            throw .invalidGrant("PKCE verification failed.")
        }
        if let bound = record.keyThumbprint {
            guard let proof else { throw .missingProof }
            guard proof.thumbprint == bound else {
                throw .invalidGrant("The DPoP proof JWT is not signed with the key of 'dpop_jkt'.")
            }
        }
        var grant = record.grant
        grant.keyThumbprint = proof?.thumbprint
        organization.participants.note(grant)
        let isOffline = grant.scopes.contains("offline_access") && client.hasRefreshTokens
        let refreshToken = isOffline ? organization.tokens.issueRefreshToken(for: grant, now: now) : nil
        return try issue(grant, client, scopes: grant.scopes, refreshToken: refreshToken, isRefresh: false)
    }

    /// RFC 6749 §6. A refresh token that was given for a proof is good with the same key only: Okta binds those of
    /// confidential clients too, which RFC 9449 §5 leaves open.
    private func refresh(
        _ parameters: FormParameters, client: Client, _ proof: DPoPProof?, at server: AuthorizationServer
    ) throws(OAuthError) -> JSONValue {
        let invalid = OAuthError.invalidGrant("The refresh token is invalid or expired.")
        guard client.hasRefreshTokens else {
            throw OAuthError(
                code: "unauthorized_client",
                description: "The client is not authorized to use the provided grant type. "
                    + "Configured grant types: [authorization_code].")
        }
        guard let token = parameters["refresh_token"] else {
            throw .invalidRequest("The token request must specify a 'refresh_token'.")
        }
        let now = organization.clock.now
        let known = organization.tokens.refreshToken(token, idleLifetime: client.refreshTokenIdleLifetime, now: now)
        guard let known, known.grant.clientID == client.id, known.grant.server == server else { throw invalid }
        if let bound = known.grant.keyThumbprint {
            guard let proof else { throw .missingProof }
            guard proof.thumbprint == bound else { throw .invalidProof("is not signed with the refresh token's key") }
        }
        let asked = parameters.list("scope")
        guard asked.allSatisfy(known.grant.scopes.contains) else { throw .invalidScope }
        try checkPerson(known.grant, otherwise: invalid)
        switch organization.tokens.refresh(token, client: client, server: server, now: now) {
        case .granted(var grant, let refreshToken):
            grant.keyThumbprint = proof?.thumbprint
            let scopes = asked.isEmpty ? grant.scopes : asked
            return try issue(grant, client, scopes: scopes, refreshToken: refreshToken, isRefresh: true)
        case .refused, .reuseDetected:
            throw invalid
        }
    }

    /// A person who may no longer use the application gets no new tokens.
    @discardableResult
    private func checkPerson(_ grant: Grant, otherwise error: OAuthError) throws(OAuthError) -> Person {
        guard let person = organization.people.person(grant.personID), person.status == .active, person.isAssigned
        else { throw error }
        return person
    }

    private func issue(
        _ grant: Grant, _ client: Client, scopes: [String], refreshToken: String?, isRefresh: Bool
    ) throws(OAuthError) -> JSONValue {
        let person = try checkPerson(grant, otherwise: .invalidGrant("The user is not active or not assigned."))
        let issuer = TokenIssuer(
            organization: organization, grant: grant, client: client, person: person, now: organization.clock.now)
        do {
            return try issuer.response(scopes: scopes, refreshToken: refreshToken, isRefresh: isRefresh)
        } catch {
            throw OAuthError(code: "server_error", description: "\(error)", status: 500)
        }
    }
}
