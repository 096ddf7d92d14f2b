import Hummingbird

/// The pushed authorization request endpoint (RFC 9126 §2): what would have gone through the browser comes from the
/// client itself, authenticated.
struct PushedAuthorizationEndpoint {
    let organization: Organization

    func addRoutes(to router: Router<SimulatorRequestContext>) {
        for server in AuthorizationServer.allCases {
            router.post(RouterPath(server.path("par"))) { request, context in
                let parameters = try await request.formParameters()
                context.notes.note { $0.parameters = parameters.names }
                let uri: String
                do throws(OAuthError) {
                    uri = try push(request, parameters, context, at: server)
                } catch {
                    return try organization.answer(error, context.notes)
                }
                return try Response.json(
                    ["request_uri": .string(uri), "expires_in": .integer(PushedRequests.lifetime)], status: .created)
            }
        }
    }

    private func push(
        _ request: Request, _ parameters: FormParameters, _ context: SimulatorRequestContext,
        at server: AuthorizationServer
    ) throws(OAuthError) -> String {
        let client = try organization.authenticate(request, parameters, at: server, context.notes)
        guard parameters["request_uri"] == nil else {
            throw .invalidRequest("The 'request_uri' parameter must not be pushed.")  // §2.1
        }
        guard parameters["client_id"] == nil || parameters["client_id"] == client.id else {
            throw .invalidRequest("The 'client_id' is that of another client.")
        }
        let proof = try organization.proof(of: request, context.notes)
        var pushed: AuthorizationRequest
        do throws(AuthorizationRefusal) {
            pushed = try AuthorizationRequest(
                parameters.setting("client_id", to: client.id), server: server, clients: organization.clients)
        } catch {
            switch error {
            case .page(let error), .redirect(_, let error): throw error
            }
        }
        if let proof {
            // RFC 9449 §10.1: a proof does what dpop_jkt does.
            guard pushed.keyThumbprint == nil || pushed.keyThumbprint == proof.thumbprint else {
                throw .invalidProof("is not signed with the key of 'dpop_jkt'")
            }
            pushed.keyThumbprint = proof.thumbprint
        }
        return organization.pushedRequests.add(pushed, now: organization.clock.now)
    }
}
