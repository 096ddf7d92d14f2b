import Access
import HTTPTypes
import Identity
import OIDC

/// The end of a sign-in in a browser, whatever protocol vouched: for whom the session is, and where the browser goes.
struct BrowserSignIn: Sendable {
    /// What the sign-in was for.
    enum Goal: Sendable {
        /// The browser, which goes on to this address.
        case browser(returnTo: String)
        case device(id: String)
        /// A command line on this browser's machine, which waits with this state.
        case commandLine(CommandLineLogin, state: String, code: Secret)
    }

    let services: GatewayServices
    let goal: Goal
    let realm: RealmRules
    let rules: AccessRules

    private var cookie: SessionCookie { SessionCookie(realm: realm, rules: rules) }

    func arrival(_ request: IncomingRequest) async throws -> Arrival {
        switch goal {
        case .browser:
            return Arrival(
                address: request.clientAddress, userAgent: request.header(.userAgent),
                previousToken: cookie.token(in: request.head.headerFields))
        case .device(let id):
            // The session belongs to the machine that asked, not to the browser in which it was approved.
            let device = try await services.devices.pending(id: id)
            return Arrival(
                address: device?.address, signInAddress: request.clientAddress, userAgent: nil, previousToken: nil,
                kind: .commandLine, host: device?.host, delivery: .device(id: id))
        case .commandLine(let login, _, let code):
            return Arrival(
                address: request.clientAddress, userAgent: nil, previousToken: nil, kind: .commandLine,
                host: login.host, delivery: .commandLine(loginID: login.id, code: code))
        }
    }

    func answer(_ outcome: LoginOutcome, _ arrival: Arrival) -> Answer {
        switch (outcome, goal) {
        case (.admitted(_, let identity), .device):
            return DevicePages.approved(host: arrival.host, as: identity.shownName)
        case (.admitted, .commandLine(_, let state, let code)):
            return Self.toCommandLine([("code", code.reveal()), ("state", state)])
        case (.admitted(let session, _), .browser(let returnTo)):
            // The rules may have changed since the attempt was saved.
            let returnTo = rules.returnAddress(returnTo, in: realm) ?? rules.home(of: realm)
            var answer = Answer.redirect(to: returnTo.url)
            answer.headers.append(cookie.setting(session.token))
            return answer
        case (.refused(let reference, _), .commandLine(_, let state, _)):
            return Self.toCommandLine([
                ("error", "access_denied"), ("state", state),
                (
                    "error_description",
                    "Signing in worked, but none of your groups gives you a role in \(realm.title); reference \(reference)"
                ),
            ])
        case (.refused(let reference, let identity), _):
            return MessagePage.refusal(
                title: "You have no access to \(realm.title)",
                sentence: "Signing in worked, but none of your groups gives you a role in \(realm.title).",
                realm: realm, signedInAs: identity.shownName, reference: reference, origin: rules.origin
            ).answer
        }
    }

    /// To the loopback address of the browser's own machine (RFC 8252 §7.3).
    static func toCommandLine(_ fields: [(String, String)]) -> Answer {
        .redirect(to: "\(CommandLine.redirectURI)/?\(FormEncoding.encode(fields))")
    }
}
