/// An error of the OAuth protocol: code, Okta's sentence and the status for a direct answer (RFC 6749 §4.1.2.1, §5.2).
struct OAuthError: Error, Sendable, Equatable {
    let code: String
    let description: String
    var status = 400

    static func invalidRequest(_ description: String) -> OAuthError {
        OAuthError(code: "invalid_request", description: description)
    }

    static func invalidGrant(_ description: String) -> OAuthError {
        OAuthError(code: "invalid_grant", description: description)
    }

    static func invalidClient(_ description: String) -> OAuthError {
        OAuthError(code: "invalid_client", description: description, status: 401)
    }

    static func accessDenied(_ description: String) -> OAuthError {
        OAuthError(code: "access_denied", description: description)
    }

    static let invalidScope = OAuthError(
        code: "invalid_scope",
        description: "One or more scopes are not configured for the authorization server resource.")

    static let loginRequired = OAuthError(
        code: "login_required", description: "The client specified not to prompt, but the user is not logged in.")

    static let interactionRequired = OAuthError(
        code: "interaction_required",
        description: "The client specified not to prompt, but the requested authentication needs the user.")

    var json: JSONValue { ["error": .string(code), "error_description": .string(description)] }
}
