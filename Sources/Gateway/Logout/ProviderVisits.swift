import Access
import HTTPTypes
import Identity
import OIDC

/// Sends a browser, whose sessions here are over, to sign out at its providers too, and takes it back
/// (OpenID Connect RP-Initiated Logout 1.0, SAML Profiles §4.4). That somebody is signed out there is said only when every
/// provider said so.
struct ProviderVisits: Sendable {
    /// Nobody waits longer for a provider just to leave.
    private static let timeLimit = Duration.seconds(3)

    let services: GatewayServices
    let request: IncomingRequest
    /// The provider that the page names: the last that failed, or else the first that could not be asked.
    var unconfirmed: UnconfirmedLogout?

    /// To the first provider that takes part. When none does, to the start page, or to a page with the reference where one
    /// failed.
    func begin(_ logouts: [ProviderLogout], rules: AccessRules) async -> Answer {
        var visits = self
        if let answer = await visits.visit(logouts, rules: rules) { return answer }
        // Without a reference nothing failed: nobody could be asked, and the start page claims nothing about providers.
        return visits.unconfirmed?.reference == nil ? .redirect(to: "/") : visits.signedOut
    }

    /// `GET /logout/callback?state=`: where the provider sends the browser back.
    func returned() async throws -> Answer {
        let rules = services.rules
        guard let state = try request.queryFields().single("state") else {
            throw RequestProblem(400, "logout_state_missing", Self.notOurs)
        }
        let cookie = AttemptTicket.id(ofState: state).map { AttemptCookie(.logout, id: $0, rules: rules) }
        let visit: LogoutVisit
        do {
            visit = try await services.logouts.consume(
                state: state, binding: cookie?.value(in: request.head.headerFields))
        } catch let error as LogoutAttemptError {
            throw RequestProblem(400, error.rawValue, Self.notOurs)
        }
        var visits = self
        visits.unconfirmed = visit.unconfirmed
        if services.live.relyingParty(visit.provider) == nil {
            await visits.leaveUnconfirmed(
                visit.provider,
                SignInError(
                    "provider_mismatch",
                    "the browser was sent to \(visit.provider), which is not, or no longer, an OpenID Connect provider here; only those answer at this address"
                ))
        }
        var answer = await visits.goOn(visit.rest, rules: rules)
        if let cookie { answer.headers.append(cookie.removal) }
        return answer
    }

    /// To the next provider, or to the page that ends it.
    func goOn(_ rest: [ProviderLogout], rules: AccessRules) async -> Answer {
        var visits = self
        return await visits.visit(rest, rules: rules) ?? visits.signedOut
    }

    /// Notes that a provider did not say that its sign-out is done, and why.
    mutating func leaveUnconfirmed(_ provider: ProviderName, _ error: SignInError) async {
        let reference = await LoginFailure(services: services).record(
            error, request: request, provider: provider, kind: .logoutRefused)
        unconfirmed = UnconfirmedLogout(provider: provider, reference: reference)
    }

    private static let notOurs =
        "This is not the end of a sign-out that was started in this browser. Your sessions are as they were; the start page shows them."

    private mutating func visit(_ logouts: [ProviderLogout], rules: AccessRules) async -> Answer? {
        unconfirmed = unconfirmed ?? logouts.first { $0.hint == nil }.map { UnconfirmedLogout(provider: $0.provider) }
        let deadline = ContinuousClock.now + Self.timeLimit
        for (index, logout) in logouts.enumerated() {
            guard let hint = logout.hint else { continue }
            let ticket = services.logouts.makeTicket()
            do throws(SignInError) {
                let destination = try await destination(
                    logout.provider, hint, state: ticket.state, rules, deadline)
                guard let destination else {
                    unconfirmed = unconfirmed ?? UnconfirmedLogout(provider: logout.provider)
                    continue
                }
                try await save(ticket, visiting: Array(logouts[index...]))
                var answer = destination.answer(
                    title: "On to your identity provider",
                    sentence: "Your sessions here are over; you are being signed out there too.")
                answer.headers.append(AttemptCookie(.logout, id: ticket.id, rules: rules).setting(ticket.binding))
                return answer
            } catch {
                // Nobody is kept here because a provider, a key or the store does not work.
                await leaveUnconfirmed(logout.provider, error)
            }
        }
        return nil
    }

    private func save(_ ticket: AttemptTicket, visiting logouts: [ProviderLogout]) async throws(SignInError) {
        do {
            try await services.logouts.save(ticket, visiting: logouts, unconfirmed: unconfirmed)
        } catch {
            throw SignInError("store_failed", "the sign-out could not be noted: \(error)", fault: .gateway)
        }
    }

    /// Nil when the provider is gone or takes no part in sign-outs.
    private func destination(
        _ provider: ProviderName, _ hint: Secret, state: String, _ rules: AccessRules,
        _ deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> BrowserDestination? {
        switch services.live.provider(provider)?.party {
        case nil: nil
        case .openID(let party):
            try await party.logoutURL(
                idTokenHint: hint, postLogoutRedirectURI: rules.postLogoutRedirectURI, state: state,
                deadline: deadline
            ).map { .url($0) }
        case .saml(let party): try await party.logoutRequest(hint: hint, state: state, deadline: deadline)
        }
    }

    private var signedOut: Answer {
        if let unconfirmed {
            var page = MessagePage(
                status: 200, title: "You are signed out here",
                sentence:
                    "Your session here is over. The identity provider (\(unconfirmed.provider)) did not confirm that you are signed out there and everywhere else.",
                advice: "Close the browser, or sign out at the identity provider itself.",
                reference: unconfirmed.reference)
            page.retry = "/"
            page.showsStartLink = false
            return page.answer
        }
        var page = MessagePage(
            status: 200, title: "You are signed out",
            sentence: "Your session here is over, and so is the one at your identity provider.", advice: "")
        page.retry = "/"
        page.retryLabel = "Sign in again"
        page.showsStartLink = false
        return page.answer
    }
}

extension AccessRules {
    /// Registered at the provider as a sign-out redirect URI.
    var postLogoutRedirectURI: String { origin + "/logout/callback" }
}

extension GatewayServices {
    /// The origins that a form of ours may lead to by redirects, as far as they are known: browsers hold form-action against
    /// every step.
    func providerOrigins() async -> [String] {
        var origins: Set<String> = []
        for party in live.relyingParties { origins.formUnion(await party.knownOrigins()) }
        for party in live.samlParties { origins.formUnion(await party.knownOrigins()) }
        return origins.sorted()
    }
}
