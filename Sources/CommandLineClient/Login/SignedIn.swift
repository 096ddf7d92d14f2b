import Identity
import StrictJSON

/// What a gateway gives to a command line that has signed in.
package struct SignedIn: Sendable {
    package let server: ServerAddress
    package let token: Secret
    package let realm: String?
    package let email: String?
    package let name: String?
    package let roles: [String]
    /// RFC 3339.
    package let expiresAt: String?
    package let sessionID: String?

    /// The answer of `/api/v1/cli/logins/{id}/complete`.
    ///
    /// - Throws: `ClientError.notAGateway` when there is no usable token in it.
    init(completed json: JSON, server: ServerAddress) throws(ClientError) {
        try self.init(json, token: json["token"], expiresAt: json["expires_at"]?.string, server: server)
    }

    /// The answer of `/api/v1/device/token` (RFC 6749 §5.1).
    init(device json: JSON, server: ServerAddress, now: UnixTime) throws(ClientError) {
        let lifetime = json["expires_in"]?.integer.map { Duration.seconds(min(max($0, 0), 10 * 365 * 86400)) }
        try self.init(
            json, token: json["access_token"],
            expiresAt: json["expires_at"]?.string ?? lifetime.map { (now + $0).description }, server: server)
    }

    private init(_ json: JSON, token: JSON?, expiresAt: String?, server: ServerAddress) throws(ClientError) {
        guard let token = token?.string, token.isSendableToken else {
            throw ClientError(
                .notAGateway, "\(server.origin) says that you are signed in, but gives no token; is it a gateway?")
        }
        self.server = server
        self.token = Secret(token)
        self.expiresAt = expiresAt
        realm = json["realm"]?.string
        email = json["user"]?["email"]?.string
        name = json["user"]?["name"]?.string
        roles = json["roles"]?.strings ?? []
        sessionID = json["session_id"]?.string
    }

    /// E-mail address, else name.
    package var person: String? { email ?? name }

    var entry: Credentials.Entry {
        Credentials.Entry(token: token, realm: realm, email: email, expiresAt: expiresAt, sessionID: sessionID)
    }
}

extension CredentialsFile {
    /// Keeps a new session; when that fails, ends it, because nobody could use or end it any more.
    ///
    /// - Throws: `ClientError` of the file.
    func keep(_ signedIn: SignedIn, api: GatewayAPI) async throws(ClientError) {
        do {
            try await update { $0.put(signedIn.entry, for: signedIn.server) }
        } catch {
            _ = try? await api.signedIn(signedIn.token).send(.delete, "/api/v1/session", within: .seconds(5))
            throw error
        }
    }
}
