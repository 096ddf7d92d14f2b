import Access
import HTTPTypes
import Identity
import Logging
import OIDC

/// Sends a browser, whose sessions here are over, to sign out at its providers too, and takes it back
/// (OpenID Connect RP-Initiated Logout 1.0).
struct ProviderVisits: Sendable {
    /// Nobody waits longer for a provider just to leave.
    private static let timeLimit = Duration.seconds(3)

    let services: GatewayServices
    /// A provider that did not say that its own sign-out is done.
    var unconfirmed: UnconfirmedLogout?

    /// To the first provider that takes part; to the start page when none does.
    func begin(_ logouts: [ProviderLogout], rules: AccessRules) async throws -> Answer {
        try await visit(logouts, rules: rules) ?? .redirect(to: "/")
    }

    /// `GET /logout/callback?state=`: where the provider sends the browser back.
    func returned(_ request: IncomingRequest) async throws -> Answer {
        let rules = services.rules
        guard let state = try request.queryFields().single("state") else {
            throw RequestProblem(400, "logout_state_missing", Self.notOurs)
        }
        let cookie = AttemptTicket.id(ofState: state).map { AttemptCookie(.logout, id: $0, rules: rules) }
        let consumed: (rest: [ProviderLogout], unconfirmed: UnconfirmedLogout?)
        do {
            consumed = try await services.logouts.consume(
                state: state, binding: cookie?.value(in: request.head.headerFields))
        } catch let error as LogoutAttemptError {
            throw RequestProblem(400, error.rawValue, Self.notOurs)
        }
        var visits = self
        visits.unconfirmed = consumed.unconfirmed
        var answer = try await visits.goOn(consumed.rest, rules: rules)
        if let cookie { answer.headers.append(cookie.removal) }
        return answer
    }

    /// To the next provider, or to the page that ends it.
    func goOn(_ rest: [ProviderLogout], rules: AccessRules) async throws -> Answer {
        try await visit(rest, rules: rules) ?? signedOut
    }

    private static let notOurs =
        "This is not the end of a sign-out that was started in this browser. Your sessions are as they were; the start page shows them."

    private func visit(_ logouts: [ProviderLogout], rules: AccessRules) async throws -> Answer? {
        let deadline = ContinuousClock.now + Self.timeLimit
        for (index, logout) in logouts.enumerated() {
            guard let provider = services.live.provider(logout.provider) else { continue }
            let ticket = services.logouts.makeTicket()
            guard let destination = await destination(provider, logout, state: ticket.state, rules, deadline) else {
                continue
            }
            do {
                try await services.logouts.save(ticket, visiting: Array(logouts[index...]), unconfirmed: unconfirmed)
            } catch {
                services.logger.error("a sign-out at a provider could not be begun", metadata: ["error": "\(error)"])
                return nil
            }
            var answer: Answer
            switch destination {
            case .url(let url): answer = .redirect(to: url)
            case .form(let form):
                answer =
                    PostPage(
                        form: form, title: "On to your identity provider",
                        sentence: "Your sessions here are over; you are being signed out there too."
                    ).answer
            }
            answer.headers.append(AttemptCookie(.logout, id: ticket.id, rules: rules).setting(ticket.binding))
            return answer
        }
        return nil
    }

    private func destination(
        _ provider: LiveProvider, _ logout: ProviderLogout, state: String, _ rules: AccessRules,
        _ deadline: ContinuousClock.Instant
    ) async -> LoginStart.Begun.Destination? {
        switch provider.party {
        case .openID(let party):
            await party.logoutURL(
                idTokenHint: logout.hint, postLogoutRedirectURI: rules.postLogoutRedirectURI, state: state,
                deadline: deadline
            ).map { .url($0) }
        case .saml(let party): await party.logoutRequest(hint: logout.hint, state: state)
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
