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
        guard let (scheme, text) = request.accessToken else {
            return refuse(nil, as: .bearer, context, at: server)
        }
        let token: TokenRegister.AccessToken
        let person: Person
        do throws(OAuthError) {
            (token, person) = try authorize(request, text, scheme, context, at: server)
        } catch {
            return refuse(error, as: scheme, context, at: server)
        }
        context.notes.note { $0.clientID = token.grant.clientID }
        let claims = PersonClaims.userInfo(person, scopes: token.scopes, updated: token.issued.numericDate)
        return try .json(
            organization.tampering.apply(
                to: .userInfo, .object(claims), on: .init(clientID: token.grant.clientID)))
    }

    /// A token that is bound to a key is good with a proof of that key only, and another has no proof (RFC 9449 §7).
    private func authorize(
        _ request: Request, _ text: String, _ scheme: AccessTokenScheme, _ context: SimulatorRequestContext,
        at server: AuthorizationServer
    ) throws(OAuthError) -> (TokenRegister.AccessToken, Person) {
        guard let token = organization.tokens.accessToken(text, now: organization.clock.now),
            token.grant.server == server, let person = organization.people.person(token.grant.personID),
            person.status == .active, (token.grant.keyThumbprint != nil) == (scheme == .dpop)
        else { throw .invalidToken }
        guard let bound = token.grant.keyThumbprint else { return (token, person) }
        let proof = try organization.proof(
            of: request, accessToken: text, isNonceNeeded: organization.settings.asksNonceAtUserInfo, context.notes)
        guard let proof else { throw .missingProof }
        guard proof.thumbprint == bound else { throw .invalidProof("is not signed with the access token's key") }
        return (token, person)
    }

    /// RFC 6750 §3: the error is named only when a token was sent. RFC 9449 §7.1: the DPoP challenge has the algorithms.
    private func refuse(
        _ error: OAuthError?, as scheme: AccessTokenScheme, _ context: SimulatorRequestContext,
        at server: AuthorizationServer
    ) -> Response {
        var challenge =
            switch scheme {
            case .bearer:
                "Bearer authorization_uri=\"\(organization.endpoint(server, "authorize"))\", "
                    + "realm=\"\(organization.url)\", scope=\"openid\""
            case .dpop:
                "DPoP algs=\"\(DPoPProof.algorithms.map(\.rawValue).joined(separator: " "))\""
            }
        if let error { challenge += ", error=\"\(error.code)\", error_description=\"\(error.description)\"" }
        context.notes.note { $0.error = error?.code ?? "invalid_token" }
        var response = Response(
            status: .unauthorized, headers: [.wwwAuthenticate: challenge, .cacheControl: "no-cache, no-store"])
        if error?.code == OAuthError.useNonce.code {
            response.headers.set("DPoP-Nonce", organization.dpopNonces.issue(now: organization.clock.now))
        }
        return response
    }
}

extension OAuthError {
    fileprivate static let invalidToken = OAuthError(
        code: "invalid_token", description: "The access token is invalid.", status: 401)
}
