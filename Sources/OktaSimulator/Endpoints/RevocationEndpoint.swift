import Hummingbird

/// Token revocation (RFC 7009).
struct RevocationEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            router.post(RouterPath(server.path("revoke"))) { request, context in
                let parameters = try await request.formParameters()
                do throws(OAuthError) {
                    let client = try organization.authenticate(request, parameters, at: server, context.notes)
                    guard let token = parameters["token"] else { throw .invalidRequest("The 'token' is missing.") }
                    // §2.2: 200 whether or not there was such a token.
                    organization.tokens.revoke(token, clientID: client.id)
                    return Response(status: .ok, headers: [.cacheControl: "no-cache, no-store"])
                } catch {
                    return try Response.oauthError(error, notes: context.notes)
                }
            }
        }
    }
}
