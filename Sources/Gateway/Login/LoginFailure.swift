import Access
import Identity
import Logging
import OIDC

/// A sign-in or a sign-out that failed: a page with a reference for the person; the precise reason under that reference in log and
/// audit.
struct LoginFailure: Sendable {
    let services: GatewayServices

    func answer(
        _ error: SignInError, request: IncomingRequest, realm: RealmRules? = nil, provider: ProviderName? = nil,
        trace: String? = nil
    ) async -> Answer {
        let (status, title, sentence, advice) = Self.words(error)
        let reference = await record(error, request: request, realm: realm, provider: provider, trace: trace)
        return MessagePage(
            status: status, title: title, sentence: sentence, advice: advice, reference: reference,
            retry: realm.map { "/login?" + FormEncoding.encode([("realm", $0.name.text)]) } ?? "/login"
        ).answer
    }

    /// A request that cannot begin or finish a sign-in, e.g. with a return address that is not allowed.
    func answer(_ problem: RequestProblem, request: IncomingRequest, kind: AuditEvent.Kind) async -> Answer {
        let reference = await record(SignInError(problem.code, problem.detail), request: request, kind: kind)
        var page = MessagePage(problem: problem)
        page.reference = reference
        return page.answer.adding(problem.headers)
    }

    /// - Parameter trace: what was looked at, for the trail only.
    /// - Returns: the reference under which log and audit have it.
    func record(
        _ error: SignInError, request: IncomingRequest, realm: RealmRules? = nil, provider: ProviderName? = nil,
        kind: AuditEvent.Kind = .signInFailed, trace: String? = nil
    ) async -> String {
        let reference = services.random.readable(8)
        if kind == .signInFailed { services.metrics.recordLogin(provider: provider, outcome: error.reason) }
        services.logger.notice(
            kind == .signInFailed ? "sign-in failed" : "sign-out refused",
            metadata: [
                "request_id": "\(request.id)", "reference": "\(reference)", "reason": "\(error.reason)",
                "detail": "\(error.detail)", "realm": "\(realm?.name.text ?? "")",
                "provider": "\(provider?.text ?? "")", "client": "\(request.clientAddress ?? "")",
            ])
        do {
            try await services.audit.record(
                AuditEvent(
                    kind, at: services.clock.now, reference: reference, reason: error.reason,
                    detail: error.detail, realm: realm?.name, provider: provider, address: request.clientAddress,
                    trace: trace))
        } catch {
            // Nobody is let in here, so a page without an audit event does no harm; the log has the reason.
            services.logger.error(
                "audit failed",
                metadata: ["request_id": "\(request.id)", "reference": "\(reference)", "error": "\(error)"])
        }
        return reference
    }

    /// Our own words: what the provider wrote is for the log.
    static func words(_ error: SignInError) -> (status: Int, title: String, sentence: String, advice: String) {
        switch error.fault {
        case .providerTimedOut:
            return (
                504, "The identity provider does not answer", "It did not answer in time, so you are not signed in.",
                "Try again in a minute. If it stays, tell your administrator the reference below."
            )
        case .provider:
            return (
                502, "The identity provider does not work",
                "It gave an answer that cannot be used, so you are not signed in.",
                "Try again in a minute. If it stays, tell your administrator the reference below: the precise reason is in the log under it."
            )
        case .gateway:
            return (
                503, "The gateway cannot finish this sign-in",
                "Something on our side does not work, so you are not signed in.",
                "Try again in a minute. If it stays, tell your administrator the reference below."
            )
        case .refusedByProvider(let code):
            return refusalWords(code)
        case .answer: break
        }
        switch error.reason {
        case "browser_mismatch":
            return (
                400, "This sign-in belongs to another browser",
                "It was started somewhere else, or this browser keeps no cookies.",
                "Start again here, and allow cookies for this site."
            )
        case "attempt_unknown":
            return (
                400, "This sign-in is over",
                "It was finished already, or it took too long.", "Start again."
            )
        case "acr_missing", "acr_mismatch", "context_class_mismatch":
            return (
                403, "You must authenticate in a stronger way",
                "This application asks for another way of authenticating than the identity provider reports.",
                "Set up what your organisation asks for (a second factor, say) at the identity provider, and start again."
            )
        case "unsolicited_response":
            return (
                400, "This sign-in was not begun here",
                "Your identity provider sent an answer that nobody here asked for, so you are not signed in.",
                "Open the application itself, and sign in from there."
            )
        case "session_of_another_person":
            return (
                409, "Somebody else is signed in here",
                "This browser holds another person's session, so nothing was changed.",
                "Sign out on the start page first, then open the application from your dashboard again."
            )
        case "device_code_unknown":
            return (
                400, "This device code is over", "It was answered already, or it took longer than 10 minutes.",
                "Start again on the machine that asked, and enter its new code."
            )
        case "state_missing", "state_malformed", "callback_malformed":
            return (
                400, "This is not an answer to a sign-in", "The address was incomplete or changed on its way.",
                "Start again from the application that you want to open."
            )
        default:
            return (
                400, "The sign-in was not accepted",
                "What the identity provider said did not pass a check, so you are not signed in.",
                "Start again. If it stays, tell your administrator the reference below: the precise reason is in the log under it."
            )
        }
    }

    private static func refusalWords(_ code: String) -> (Int, String, String, String) {
        switch code {
        case "access_denied":
            return (
                403, "The identity provider did not let you in",
                "You cancelled, or your account is not assigned to this application.",
                "Ask your administrator to assign the application to you, and start again."
            )
        case "login_required", "interaction_required", "consent_required", "account_selection_required":
            return (
                401, "The identity provider wants to ask you something", "It could not sign you in silently.",
                "Start again, and answer what it asks."
            )
        case "temporarily_unavailable", "server_error":
            return (
                502, "The identity provider does not work", "It says that it cannot sign anybody in at the moment.",
                "Try again in a minute."
            )
        default:
            return (
                400, "The identity provider refused the sign-in", "It did not accept the request for a sign-in.",
                "Tell your administrator the reference below: the precise reason is in the log under it."
            )
        }
    }
}
