import HTTPTypes
import Hummingbird

extension Organization {
    /// Client authentication for the endpoints that a client calls itself, noted for the log.
    func authenticate(
        _ request: Request, _ parameters: FormParameters, at server: AuthorizationServer, _ notes: RequestNotes
    ) throws(OAuthError) -> Client {
        if let repeated = parameters.repeated {
            throw .invalidRequest("The '\(repeated)' parameter must not be repeated.")
        }
        return try ClientAuthentication(
            authorization: request.headers[.authorization], parameters: parameters,
            audiences: [endpoint(server, "token"), url + request.uri.path], organization: self, notes: notes
        ).client
    }
}
