import HTTPTypes
import Hummingbird

/// The userinfo endpoint (OIDC Core §5.3).
struct UserInfoEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            let path = RouterPath(server.path("userinfo"))
            router.get(path) { request, context in try answer(request, context, at: server) }
            router.post(path) { request, context in try answer(request, context, at: server) }
        }
    }

    private func answer(
        _ request: Request, _ context: SimulatorRequestContext, at server: AuthorizationServer
    ) throws -> Response {
        let now = organization.clock.now
        guard let text = request.bearerToken else { return try refuse(nil, context, at: server) }
        guard let token = organization.tokens.accessToken(text, now: now), token.grant.server == server,
            let person = organization.people.person(token.grant.personID), person.status == .active
        else { return try refuse("The access token is invalid.", context, at: server) }
        context.notes.note { $0.clientID = token.grant.clientID }
        let claims = PersonClaims.userInfo(person, scopes: token.scopes, updated: token.issued.numericDate)
        return try .json(organization.tampering.apply(to: .userInfo, .object(claims)))
    }

    /// RFC 6750 §3: the error is named only when a token was sent.
    private func refuse(
        _ description: String?, _ context: SimulatorRequestContext, at server: AuthorizationServer
    ) throws -> Response {
        var challenge =
            "Bearer authorization_uri=\"\(organization.endpoint(server, "authorize"))\", "
            + "realm=\"\(organization.url)\", scope=\"openid\""
        if let description { challenge += ", error=\"invalid_token\", error_description=\"\(description)\"" }
        context.notes.note { $0.error = "invalid_token" }
        return Response(
            status: .unauthorized, headers: [.wwwAuthenticate: challenge, .cacheControl: "no-cache, no-store"])
    }
}
