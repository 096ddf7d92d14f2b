import HTTPTypes
import Hummingbird

/// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0), which all applications of the session are told of.
struct LogoutEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            let path = RouterPath(server.path("logout"))
            router.get(path) { request, context in try await logout(request, context, at: server) }
            router.post(path) { request, context in try await logout(request, context, at: server) }
        }
    }

    private func logout(
        _ request: Request, _ context: SimulatorRequestContext, at server: AuthorizationServer
    ) async throws -> Response {
        let parameters = try await request.parameters()
        let target: String?
        let sessionID: String?
        do throws(OAuthError) {
            let hint = try verifiedHint(parameters["id_token_hint"], at: server)
            sessionID = hint.claims["sid"]?.string
            target = try redirectTarget(parameters, client: try client(of: hint, parameters))
        } catch {
            context.notes.note { $0.error = error.code }
            return .html(MessagePages.badRequest(error), status: .badRequest)
        }
        let cookie = request.cookie(SSOSessions.cookieName)
        let ending = [sessionID, cookie.flatMap(organization.sessions.id(cookie:))].compactMap(\.self)
        let outcome = try await SignOut(organization: organization).end(cookie: cookie) { id, _ in
            ending.contains(id)
        }
        // The frames come before the way back to the client, which a page can only load.
        var response =
            if let target, outcome.frames.isEmpty {
                Response.seeOther(target, after: request.method)
            } else {
                outcome.farewell(target: target)
            }
        response.headers[values: .setCookie] = [SSOSessions.removeCookie]
        return response
    }

    /// §2: the token must be ours; that it has expired does not matter.
    private func verifiedHint(
        _ text: String?, at server: AuthorizationServer
    ) throws(OAuthError) -> JSONWebToken.Unverified {
        guard let text else { throw .invalidRequest("The 'id_token_hint' parameter is missing.") }
        guard let token = JSONWebToken.Unverified(text),
            let key = token.header["kid"]?.string.flatMap(organization.keys(server).key(id:)),
            token.header["alg"]?.string == key.algorithm.rawValue,
            key.pair.isValid(token.signature, of: token.signingInput, with: key.algorithm),
            token.claims["iss"]?.string == organization.issuer(server)
        else { throw .invalidRequest("The 'id_token_hint' parameter is not an ID token of this server.") }
        return token
    }

    private func client(
        of hint: JSONWebToken.Unverified, _ parameters: FormParameters
    ) throws(OAuthError) -> Client {
        guard let client = hint.claims["aud"]?.string.flatMap({ organization.clients[$0] }),
            parameters["client_id"] == nil || parameters["client_id"] == client.id
        else { throw .invalidClient("The 'id_token_hint' was issued to another client.") }
        return client
    }

    /// §3: registered and compared exactly; `state` goes along unchanged.
    private func redirectTarget(_ parameters: FormParameters, client: Client) throws(OAuthError) -> String? {
        guard let uri = parameters["post_logout_redirect_uri"] else { return nil }
        guard client.postLogoutRedirectURIs.contains(uri) else {
            throw .invalidRequest(
                "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.")
        }
        guard let state = parameters["state"] else { return uri }
        return uri + (uri.contains("?") ? "&" : "?") + formEncoded([("state", state)])
    }
}
