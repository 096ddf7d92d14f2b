import FoundationEssentials

/// Establishes which client is calling, at the endpoints that clients call themselves (RFC 6749 §2.3, OIDC Core §9).
struct ClientAuthentication {
    let client: Client

    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    /// - Parameter audiences: What the `aud` of a client assertion may be: the endpoint's URL and the token endpoint's.
    init(
        authorization: String?, parameters: FormParameters, audiences: [String], organization: Organization,
        notes: RequestNotes
    ) throws(OAuthError) {
        let credentials = try Self.credentials(authorization, parameters)
        notes.note {
            $0.clientAuthentication = credentials.method.rawValue
            $0.clientID = credentials.clientID
        }
        guard let client = credentials.clientID.flatMap({ organization.clients[$0] }) else {
            throw .invalidClient("Invalid value for 'client_id' parameter.")
        }
        guard client.authenticationMethods.contains(credentials.method) else {
            throw .invalidClient("The client is not registered for '\(credentials.method.rawValue)'.")
        }
        switch credentials.method {
        case .basic, .post:
            guard let secret = credentials.secret, client.secret?.matches(secret) == true else {
                throw .invalidClient("The client secret supplied for a confidential client is invalid.")
            }
        case .privateKeyJWT:
            guard let assertion = credentials.assertion else {
                throw .invalidClient("The client_assertion is missing.")
            }
            try ClientAssertion(client: client, audiences: audiences, now: organization.clock.now)
                .verify(assertion, used: organization.usedAssertions)
        case .none:
            break
        }
        self.client = client
    }

    private struct Credentials {
        let method: Client.AuthenticationMethod
        let clientID: String?
        var secret: String?
        var assertion: JSONWebToken.Unverified?
    }

    private static func credentials(
        _ authorization: String?, _ parameters: FormParameters
    ) throws(OAuthError) -> Credentials {
        let hasAssertion = parameters["client_assertion"] != nil
        let methods = [authorization != nil, parameters["client_secret"] != nil, hasAssertion].count { $0 }
        guard methods <= 1 else {
            // RFC 6749 §2.3: one method in each request.
            throw .invalidRequest("Cannot supply multiple client credentials.")
        }
        if let authorization { return try basic(authorization, parameters) }
        if hasAssertion {
            guard parameters["client_assertion_type"] == assertionType,
                let assertion = parameters["client_assertion"].flatMap(JSONWebToken.Unverified.init)
            else { throw .invalidClient("The client_assertion is not a signed JWT of type jwt-bearer.") }
            return Credentials(
                method: .privateKeyJWT, clientID: parameters["client_id"] ?? assertion.claims["sub"]?.string,
                assertion: assertion)
        }
        if let secret = parameters["client_secret"] {
            return Credentials(method: .post, clientID: parameters["client_id"], secret: secret)
        }
        return Credentials(method: .none, clientID: parameters["client_id"])
    }

    /// User name and password are form-encoded before they are put together (RFC 6749 §2.3.1).
    private static func basic(
        _ authorization: String, _ parameters: FormParameters
    ) throws(OAuthError) -> Credentials {
        guard authorization.lowercased().hasPrefix("basic "),
            let decoded = Data(base64Encoded: String(authorization.dropFirst(6)))
        else { throw .invalidClient("The Authorization header is not of the Basic scheme.") }
        let parts = decoded.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .invalidClient("The Authorization header has no colon.") }
        let clientID = FormParameters.decode(parts[0])
        guard parameters["client_id"] == nil || parameters["client_id"] == clientID else {
            throw .invalidRequest("The 'client_id' differs from the one in the Authorization header.")
        }
        return Credentials(method: .basic, clientID: clientID, secret: FormParameters.decode(parts[1]))
    }
}
