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
        // RFC 9126 §2: at the PAR endpoint the issuer will do as well.
        let isPush = request.uri.path == server.path("par")
        return try ClientAuthentication(
            authorization: request.headers[.authorization], parameters: parameters,
            audiences: [endpoint(server, "token"), url + request.uri.path] + (isPush ? [issuer(server)] : []),
            organization: self, notes: notes
        ).client
    }
}
