import Identity
import StrictJSON

/// What a provider says about itself (OpenID Connect Discovery 1.0 §3), as far as it is used.
package struct ProviderMetadata: Sendable {
    package let issuer: String
    package let authorizationEndpoint: String
    package let tokenEndpoint: String
    package let userinfoEndpoint: String?
    package let jwksURI: String
    /// RP-Initiated Logout 1.0 §2.1.
    package let endSessionEndpoint: String?
    /// RFC 7009, named by RFC 8414 §2.
    package let revocationEndpoint: String?
    /// RFC 9126 §5.
    package let pushedAuthorizationEndpoint: String?
    package let requiresPushedAuthorization: Bool
    package let tokenEndpointAuthMethods: [String]
    package let revocationEndpointAuthMethods: [String]
    /// What the provider says it offers; nil when it does not say.
    package let scopes: [String]?
    package let claims: [String]?
    /// The provider promises `iss` in every authorization response (RFC 9207 §3).
    package let sendsIssuerInResponse: Bool

    /// Reads a discovery document.
    ///
    /// - Throws: `SignInError`: `discovery_malformed`, `discovery_issuer_mismatch`.
    package init(document: [UInt8], expectedIssuer: String) throws(SignInError) {
        func malformed(_ detail: String) -> SignInError {
            SignInError("discovery_malformed", detail, fault: .provider)
        }
        let json: JSON
        do {
            json = try JSON.parse(document)
        } catch {
            throw malformed("the discovery document of \(expectedIssuer) is not strict JSON: \(error)")
        }
        guard let members = json.object else { throw malformed("the discovery document is not a JSON object") }
        guard let issuer = members["issuer"]?.string else {
            throw malformed("the discovery document names no issuer")
        }
        // Discovery §4.3: the issuer must be identical, or one issuer could speak for another (mix-up).
        guard issuer.isIdentical(to: expectedIssuer) else {
            throw SignInError(
                "discovery_issuer_mismatch",
                "the provider calls itself '\(issuer.clipped(200))', the configuration says '\(expectedIssuer)'; set url to the Issuer URI that Okta shows (Security > API > Authorization Servers, or the org URL)",
                fault: .provider)
        }
        self.issuer = issuer

        func endpoint(_ name: String) throws(SignInError) -> String? {
            guard let value = members[name], value != .null else { return nil }
            guard let url = value.string, Self.isUsable(url) else {
                throw malformed("\(name) of \(expectedIssuer) is neither an https URL nor one on loopback")
            }
            return url
        }
        guard let authorizationEndpoint = try endpoint("authorization_endpoint"),
            let tokenEndpoint = try endpoint("token_endpoint"), let jwksURI = try endpoint("jwks_uri")
        else { throw malformed("the discovery document lacks authorization_endpoint, token_endpoint or jwks_uri") }
        self.authorizationEndpoint = authorizationEndpoint
        self.tokenEndpoint = tokenEndpoint
        self.jwksURI = jwksURI
        userinfoEndpoint = try endpoint("userinfo_endpoint")
        endSessionEndpoint = try endpoint("end_session_endpoint")
        revocationEndpoint = try endpoint("revocation_endpoint")
        pushedAuthorizationEndpoint = try endpoint("pushed_authorization_request_endpoint")
        requiresPushedAuthorization = members["require_pushed_authorization_requests"]?.bool ?? false
        // Discovery §3: left out means client_secret_basic.
        tokenEndpointAuthMethods =
            members["token_endpoint_auth_methods_supported"]?.strings ?? ["client_secret_basic"]
        // Providers that leave this out mean the same methods as at the token endpoint.
        revocationEndpointAuthMethods =
            members["revocation_endpoint_auth_methods_supported"]?.strings ?? tokenEndpointAuthMethods
        scopes = members["scopes_supported"]?.strings
        claims = members["claims_supported"]?.strings
        sendsIssuerInResponse = members["authorization_response_iss_parameter_supported"]?.bool ?? false
    }

    /// An https URL, or http on loopback, of plain characters and without a fragment.
    private static func isUsable(_ url: String) -> Bool {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }), !url.contains("#") else {
            return false
        }
        if url.hasPrefix("https://") { return url.utf8.count > 8 }
        guard url.hasPrefix("http://") else { return false }
        let authority = url.dropFirst(7).prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { return false }
        if authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }
        return host == "localhost" || (IPAddress(String(host))?.isLoopback ?? false)
    }
}
