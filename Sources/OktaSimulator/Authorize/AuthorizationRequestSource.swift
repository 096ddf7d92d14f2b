/// Where an authorization request comes from: pushed beforehand, or in the parameters themselves (RFC 9126 §4).
extension Organization {
    func authorizationRequest(
        _ parameters: FormParameters, at server: AuthorizationServer
    ) throws(AuthorizationRefusal) -> AuthorizationRequest {
        guard let uri = parameters["request_uri"] else {
            let request = try AuthorizationRequest(parameters, server: server, clients: clients)
            let client = clients[request.clientID]
            guard !settings.requiresPushedAuthorization, client?.requiresPushedAuthorization != true else {
                throw .redirect(
                    request.target,
                    .invalidRequest("The client must push its authorization requests to the server's PAR endpoint."))
            }
            return request
        }
        guard let clientID = parameters["client_id"], clients[clientID] != nil else {
            throw .page(.invalidClient("Invalid value for 'client_id' parameter."))
        }
        // Whatever other parameters came along, only what was pushed counts. Without it no redirect URI is known.
        guard let request = pushedRequests.take(uri, clientID: clientID, server: server, now: clock.now) else {
            throw .page(.invalidRequest("The 'request_uri' parameter is invalid or has expired."))
        }
        return request
    }
}
