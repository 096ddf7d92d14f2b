import Cryptography
import Identity
import Outbound
import StrictJSON

/// Makes the browser's address of an authorization request; where requests are pushed (RFC 9126) the browser carries but a
/// reference, and nobody on its way reads or changes the request.
struct PushedAuthorization: Sendable {
    let channel: BackChannel
    let metadata: ProviderMetadata

    var isPushed: Bool { metadata.requiresPushedAuthorization || channel.settings.usesPushedAuthorization }

    /// - Throws: `SignInError`: `pushed_authorization_unsupported`, `pushed_authorization_refused`,
    ///   `pushed_authorization_failed`, `pushed_authorization_malformed`, or one of client authentication.
    func url(
        for fields: [(String, String)], deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> String {
        guard isPushed else { return address(fields) }
        let response = try await push(fields, deadline: deadline)
        // §2.2: the answer to a request that was taken is 201.
        guard response.status == 201 else {
            throw refusal(response, fields).error(
                "pushed-authorization endpoint", refused: "pushed_authorization_refused",
                failed: "pushed_authorization_failed")
        }
        return try address(forAnswer: response)
    }

    /// §4: the client and the reference are all that the browser carries.
    func address(forAnswer response: OutboundResponse) throws(SignInError) -> String {
        address([
            ("client_id", channel.settings.clientID), ("request_uri", try Self.requestURI(in: response.body)),
        ])
    }

    func refusal(_ response: OutboundResponse, _ fields: [(String, String)]) -> OAuthRefusal {
        let secret = fields.filter { ["state", "nonce", "code_challenge"].contains($0.0) }.map(\.1)
        return OAuthRefusal(response, hiding: secret + channel.credentials.secrets, now: channel.clock.now)
    }

    func push(
        _ fields: [(String, String)], deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> OutboundResponse {
        guard let endpoint = metadata.pushedAuthorizationEndpoint else {
            throw SignInError(
                "pushed_authorization_unsupported",
                "authorization requests are to be pushed, and \(metadata.issuer) names no pushed_authorization_request_endpoint",
                fault: .provider)
        }
        return try await channel.post(
            // §2: the client authenticates as it does at the token endpoint.
            BackChannel.Form(
                purpose: "pushed_authorization", endpoint: endpoint, fields: fields,
                authenticationMethods: metadata.tokenEndpointAuthMethods, isProven: true), deadline: deadline)
    }

    func address(_ fields: [(String, String)]) -> String {
        let endpoint = metadata.authorizationEndpoint
        return endpoint + (endpoint.contains("?") ? "&" : "?") + FormEncoding.encode(fields)
    }

    private static func requestURI(in document: [UInt8]) throws(SignInError) -> String {
        let members = (try? JSON.parse(document))?.object
        guard let requestURI = members?["request_uri"]?.string, (1...2048).contains(requestURI.utf8.count),
            requestURI.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let lifetime = members?["expires_in"]?.number,
            lifetime > 0
        else {
            throw SignInError(
                "pushed_authorization_malformed",
                "the pushed-authorization endpoint's answer has no request_uri with a positive expires_in",
                fault: .provider)
        }
        return requestURI
    }
}
