import Hummingbird

/// Token introspection (RFC 7662). A client sees its own tokens only.
struct IntrospectionEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            router.post(RouterPath(server.path("introspect"))) { request, context in
                let parameters = try await request.formParameters()
                let answer: JSONValue
                do throws(OAuthError) {
                    let client = try organization.authenticate(request, parameters, at: server, context.notes)
                    guard let token = parameters["token"] else { throw .invalidRequest("The 'token' is missing.") }
                    answer = describe(token, for: client, at: server)
                } catch {
                    return try Response.oauthError(error, notes: context.notes)
                }
                return try Response.json(answer)
            }
        }
    }

    private func describe(_ text: String, for client: Client, at server: AuthorizationServer) -> JSONValue {
        let now = organization.clock.now
        if let token = organization.tokens.accessToken(text, now: now), token.grant.clientID == client.id,
            let person = activePerson(token.grant, at: server)
        {
            let thumbprint = token.grant.keyThumbprint
            return members(token.grant, person, scopes: token.scopes).merging([
                "token_type": thumbprint == nil ? "Bearer" : "DPoP",
                "cnf": thumbprint.map { ["jkt": .string($0)] } ?? .null, "jti": .string(token.id),
                "iat": .integer(token.issued.numericDate),
                "exp": .integer(token.expires.numericDate),
            ])
        }
        let idle = client.refreshTokenIdleLifetime
        if let token = organization.tokens.refreshToken(text, idleLifetime: idle, now: now),
            token.grant.clientID == client.id, let person = activePerson(token.grant, at: server),
            token.replaced == nil
        {
            return members(token.grant, person, scopes: token.grant.scopes).merging([
                "token_type": "refresh_token", "iat": .integer(token.issued.numericDate),
                "exp": .integer(now.numericDate + idle),
            ])
        }
        return ["active": false]
    }

    private func activePerson(_ grant: Grant, at server: AuthorizationServer) -> Person? {
        guard grant.server == server else { return nil }
        return organization.people.person(grant.personID).flatMap { $0.status == .active ? $0 : nil }
    }

    private func members(_ grant: Grant, _ person: Person, scopes: [String]) -> JSONValue {
        [
            "active": true, "scope": .string(scopes.joined(separator: " ")), "client_id": .string(grant.clientID),
            "username": .string(person.email), "sub": .string(person.email), "uid": .string(person.id),
            "iss": .string(organization.issuer(grant.server)),
            "aud": .string(grant.server == .org ? organization.url : "api://default"),
        ]
    }
}
