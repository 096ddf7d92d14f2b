import FoundationEssentials

/// What an authorization request leads to, given the browser's session (OIDC Core §3.1.2.3).
enum SignInDecision {
    case proceed(SSOSession)
    case ask
    case refuse(OAuthError)

    init(_ request: AuthorizationRequest, session: SSOSession?, now: Date) {
        let sufficient = session.flatMap { session -> SSOSession? in
            if request.prompt.contains(.login) || request.prompt.contains(.selectAccount) { return nil }
            if let maxAge = request.maxAge, now.timeIntervalSince(session.authenticated) > TimeInterval(maxAge) {
                return nil
            }
            if let assurance = request.assurance, session.assurance < assurance { return nil }
            return session
        }
        if let sufficient {
            self = .proceed(sufficient)
        } else {
            self = request.prompt.contains(.none) ? .refuse(.loginRequired) : .ask
        }
    }
}

extension Person {
    /// Whether this person may have a code for the application, or what Okta answers.
    func admission() throws(OAuthError) {
        guard status == .active else {
            throw .accessDenied("User status is \(status.rawValue); the user cannot sign in.")
        }
        guard isAssigned else { throw .accessDenied("User is not assigned to the client application.") }
    }
}
