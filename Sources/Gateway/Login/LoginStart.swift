import Access
import Identity
import OIDC
import SAML

/// Begins a sign-in at a provider: saves an attempt and says where the browser goes.
struct LoginStart: Sendable {
    let services: GatewayServices

    /// What the provider is asked for, and for whom.
    struct Wish: Sendable {
        var returnTo: ReturnAddress
        var loginHint: String?
        var maximumAge: Duration?
        /// `login`, `select_account` or `none` (OpenID Connect Core §3.1.2.1).
        var prompt: String?
        var acrValues: [String] = []
        var purpose = LoginPurpose.browser
        /// Of a command line: its PKCE challenge, by which it is known again.
        var bindingHash: String?
        /// Of a command line's browser: the state that the command line waits for.
        var commandLineState: String?
    }

    struct Begun: Sendable {
        let destination: BrowserDestination
        let ticket: AttemptTicket
        /// The provider answers with a form post from its own site, and the attempt's cookie must come along.
        let isFormPost: Bool
    }

    /// - Throws: `SignInError` when the provider cannot be asked, `SQLError`.
    func begin(_ wish: Wish, realm: RealmRules, provider: LiveProvider) async throws -> Begun {
        switch provider.party {
        case .openID(let party): try await begin(wish, realm: realm, party: party)
        case .saml(let party): try await begin(wish, realm: realm, party: party)
        }
    }

    private func begin(_ wish: Wish, realm: RealmRules, party: RelyingParty) async throws -> Begun {
        let ticket = services.attempts.makeTicket()
        let secrets = AuthorizationSecrets(random: services.random)
        // The loopback address of a command line takes only a query.
        let responseMode = wish.bindingHash == nil ? party.settings.responseMode : .query
        let request = AuthorizationRequest(
            state: ticket.state, secrets: secrets, redirectURI: services.rules.redirectURI(for: wish.purpose),
            loginHint: wish.loginHint, maximumAge: wish.maximumAge, prompt: wish.prompt, acrValues: wish.acrValues,
            responseMode: responseMode)
        let location = try await party.authorizationURL(for: request, deadline: .now + .seconds(10))
        try await services.attempts.save(
            LoginAttempt(
                realm: realm.name, provider: party.settings.name, returnTo: wish.returnTo.url, nonce: secrets.nonce,
                codeVerifier: secrets.codeVerifier, maximumAge: wish.maximumAge, acrValues: wish.acrValues,
                isSilent: wish.prompt == "none", purpose: wish.purpose),
            as: ticket, bindingHash: wish.bindingHash)
        return Begun(destination: .url(location), ticket: ticket, isFormPost: responseMode == .formPost)
    }

    private func begin(_ wish: Wish, realm: RealmRules, party: SAMLParty) async throws -> Begun {
        let ticket = services.attempts.makeTicket()
        let requestID = MessageID.make(services.random)
        let destination: BrowserDestination
        if wish.bindingHash == nil {
            destination = try await party.authnRequest(
                id: requestID, relayState: ticket.state, wish, deadline: .now + .seconds(10))
        } else {
            // The provider answers to the gateway only, so the browser begins here: this attempt is the command line's,
            // the browser gets one of its own.
            let query = FormEncoding.encode([("state", ticket.state)])
            destination = .url("\(services.rules.origin)/login/cli?\(query)")
        }
        try await services.attempts.save(
            LoginAttempt(
                realm: realm.name, provider: party.settings.name, returnTo: wish.returnTo.url, nonce: requestID,
                codeVerifier: wish.commandLineState ?? "", maximumAge: wish.maximumAge, acrValues: wish.acrValues,
                isSilent: wish.prompt == "none",
                // ForceAuthn must be heeded (SAML Core §3.4.1), but only the AuthnInstant shows that it was.
                authenticatedAfter: wish.prompt == "login" ? services.clock.now : nil, purpose: wish.purpose),
            as: ticket, bindingHash: wish.bindingHash)
        return Begun(destination: destination, ticket: ticket, isFormPost: false)
    }
}

extension LoginStart.Begun {
    /// Sends a browser to the provider, with the cookie that it must bring back.
    func redirect(_ request: IncomingRequest, rules: AccessRules) -> Answer {
        let cookie = AttemptCookie(.login, id: ticket.id, rules: rules, isCrossSitePost: isFormPost)
        var answer = destination.answer(
            title: "On to your identity provider", sentence: "You are being taken to sign in.")
        answer.headers.append(cookie.setting(ticket.binding))
        for removal in cookie.removalsOfOldest(in: request.head.headerFields) { answer.headers.append(removal) }
        return answer
    }
}

extension AccessRules {
    /// Where the provider sends the browser (RFC 6749 §3.1.2): here, or to the command line's own machine (RFC 8252 §7.3).
    func redirectURI(for purpose: LoginPurpose) -> String {
        if case .commandLine = purpose { return CommandLine.redirectURI }
        return origin + "/login/callback"
    }
}

/// Facts about the command line that the provider must know too.
enum CommandLine {
    static let redirectURI = "http://localhost:8301"
}
