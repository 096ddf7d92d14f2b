import FoundationEssentials

/// What an authorization request leads to, given the browser's session (OIDC Core §3.1.2.3).
enum SignInDecision {
    case proceed(SSOSession)
    /// Signed in well enough, but the client wants the person to agree.
    case consent(SSOSession)
    case ask
    case refuse(OAuthError)

    init(_ request: AuthorizationRequest, session: SSOSession?, person: Person?, now: Date) {
        guard let session, let person, request.isRecentEnough(session, now: now) else {
            self = request.prompt.contains(.none) ? .refuse(.loginRequired) : .ask
            return
        }
        guard request.isAssured(session, person) else {
            self = request.prompt.contains(.none) ? .refuse(.interactionRequired) : .ask
            return
        }
        if request.prompt.contains(.login) || request.prompt.contains(.selectAccount) {
            self = .ask
        } else {
            self = request.prompt.contains(.consent) ? .consent(session) : .proceed(session)
        }
    }
}

extension AuthorizationRequest {
    /// Whether whoever is signed in like this need not authenticate again when chosen on the sign-in page: that page was
    /// shown for the choice alone.
    func isServed(by session: SSOSession, _ person: Person, now: Date) -> Bool {
        prompt.contains(.selectAccount) && !prompt.contains(.login) && session.personID == person.id
            && isRecentEnough(session, now: now) && isAssured(session, person)
    }

    /// The first of the asked levels that the session satisfies; what the `acr` claim says.
    func satisfiedAssurance(_ session: SSOSession, _ person: Person) -> AssuranceLevel? {
        assurance.first { $0.isSatisfied(by: session.assurance, highest: person.highestAssurance) }
    }

    /// `max_age=0` wants a new authentication whatever the time (OIDC Core §3.1.2.1).
    fileprivate func isRecentEnough(_ session: SSOSession, now: Date) -> Bool {
        guard let maxAge else { return true }
        return maxAge > 0 && now.timeIntervalSince(session.authenticated) <= TimeInterval(maxAge)
    }

    fileprivate func isAssured(_ session: SSOSession, _ person: Person) -> Bool {
        assurance.isEmpty || satisfiedAssurance(session, person) != nil
    }

    /// What authenticating on the sign-in page gives.
    func assuranceReached(by person: Person) throws(OAuthError) -> AssuranceLevel {
        guard !assurance.isEmpty else { return .oneFactor }
        guard let level = assurance.lazy.compactMap({ $0.reached(by: person.highestAssurance) }).first else {
            throw .accessDenied("The user cannot satisfy the requested authentication context.")
        }
        return level
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
