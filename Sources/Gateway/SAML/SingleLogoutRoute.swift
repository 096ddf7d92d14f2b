import Access
import HTTPTypes
import Identity
import Logging
import OIDC
import SAML

/// `/logout/saml/{provider}`: single logout (SAML Profiles §4.4), begun by the identity provider or answered by it.
struct SingleLogoutRoute: Sendable {
    private static let timeLimit = Duration.seconds(8)
    private static let mostBytes = 256 << 10

    let services: GatewayServices

    func answer(_ request: IncomingRequest, provider: ProviderName) async throws -> Answer {
        let party = try services.live.requireSAMLParty(provider)
        // Judging costs more than asking, and whoever was refused too often need not be judged.
        do {
            try services.frontDoor.requireOpen(.refusedLogoutsPerAddress, address: request.clientAddress)
        } catch {
            return MessagePage(problem: error).answer.adding(error.headers)
        }
        let message: Message
        do throws(SAMLRejection) {
            message = try await read(request)
        } catch {
            return await refuse(SignInError(error.code, error.detail), provider, request)
        }
        switch message.content {
        case .request: return try await endSessions(message, party, request)
        case .response: return try await finishVisit(message, party, request)
        }
    }

    // MARK: The message

    /// As it came, and not believed yet.
    fileprivate struct Message: Sendable {
        enum Content: Sendable { case request, response }
        enum Carrier: Sendable {
            case redirect(RedirectMessage)
            /// `isRepeated`: see `RepeatedForm`.
            case post(xml: [UInt8], form: String, isRepeated: Bool)
        }

        let content: Content
        let carrier: Carrier
        let relayState: String?
    }

    private func read(_ request: IncomingRequest) async throws(SAMLRejection) -> Message {
        if request.method == "GET" {
            let message = try RedirectBinding.read(rawQuery: request.query)
            return Message(
                content: message.kind == .request ? .request : .response, carrier: .redirect(message),
                relayState: message.relayState)
        }
        let (asked, answered, relayState): (String?, String?, String?)
        let isRepeated: Bool
        do {
            let fields = try await request.formFields(limit: Self.mostBytes)
            (asked, answered) = (try fields.single("SAMLRequest"), try fields.single("SAMLResponse"))
            relayState = try fields.single("RelayState")
            isRepeated = try RepeatedForm.isOne(fields)
        } catch {
            throw SAMLRejection(
                MessageReason.logoutMessageMalformed, "the form of the logout message cannot be read: \(error)")
        }
        switch (asked, answered) {
        case (let text?, nil), (nil, let text?):
            return Message(
                content: asked == nil ? .response : .request,
                carrier: .post(xml: try EncodedMessage.decode(form: text), form: text, isRepeated: isRepeated),
                relayState: relayState)
        default:
            throw SAMLRejection(
                MessageReason.logoutMessageUnexpected,
                "the form has neither SAMLRequest nor SAMLResponse, or both of them")
        }
    }

    // MARK: The identity provider asks

    private func endSessions(_ message: Message, _ party: SAMLParty, _ request: IncomingRequest) async throws -> Answer
    {
        let provider = party.settings.name
        let deadline = ContinuousClock.now + Self.timeLimit
        let now = services.clock.now
        let asked: VerifiedLogoutRequest
        do throws(SAMLFailure) {
            asked = try await party.judge(deadline: deadline) { identityProvider throws(SAMLRejection) in
                let verifier = LogoutVerifier(party.logoutExpectation(identityProvider))
                switch message.carrier {
                case .redirect(let message): return try verifier.request(message, now: now)
                case .post(let xml, _, _): return try verifier.request(post: xml, now: now)
                }
            }
        } catch {
            return await refuse(error.signInError, provider, request)
        }
        let removals = HeldSessions(services: services)
        let held = try await removals.of(request)
        let ended: [String]
        do {
            // It comes in a hidden frame, without our cookies: what it names is what ends (SAML Core §3.7.3.2).
            ended = try await services.sessions.end(
                asked.selection(provider), reason: .samlLogout, actor: provider.text, address: request.clientAddress,
                using: OneTimeToken(
                    issuer: "saml-logout \(provider) \(asked.issuer)", id: asked.id, until: asked.expiresAt))
        } catch is TokenReplayed {
            return await refuse(
                SignInError("logout_replayed", "a logout request of this ID was used before"), provider, request)
        }
        services.logger.info(
            "signed out by the identity provider",
            metadata: [
                "request_id": "\(request.id)", "provider": "\(provider)", "sessions": "\(ended.count)",
            ])
        let answer: Answer
        do throws(SignInError) {
            answer = try await party.logoutAnswer(
                to: asked, relayState: message.relayState, by: message.binding, deadline: deadline)
        } catch {
            // Nothing is taken back: the provider will say that it heard no answer.
            let reference = await LoginFailure(services: services).record(
                error, request: request, provider: provider, kind: .logoutRefused)
            answer =
                MessagePage(
                    status: 503, title: "Your sessions here are over",
                    sentence:
                        "The identity provider could not be told so; it may show that signing out did not succeed.",
                    advice: "Tell your administrator the reference below.", reference: reference
                ).answer
        }
        return answer.adding(removals.removals(of: ended, among: held))
    }

    // MARK: The identity provider answers

    private func finishVisit(_ message: Message, _ party: SAMLParty, _ request: IncomingRequest) async throws -> Answer
    {
        let provider = party.settings.name
        let rules = services.rules
        guard let state = message.relayState, let id = AttemptTicket.id(ofState: state) else {
            return await refuse(
                SignInError("logout_state_unknown", "the answer's RelayState is of no sign-out of this gateway"),
                provider, request)
        }
        let cookie = AttemptCookie(.logout, id: id, rules: rules)
        if case .post(_, let form, false) = message.carrier,
            cookie.value(in: request.head.headerFields) == nil
        {
            return RepeatedForm.page(
                to: party.endpoints.logout, [("SAMLResponse", form), ("RelayState", state)], title: "Signing you out")
        }
        let visit: LogoutVisit
        do {
            visit = try await services.logouts.consume(
                state: state, binding: cookie.value(in: request.head.headerFields))
        } catch let error as LogoutAttemptError {
            return await refuse(
                SignInError(error.rawValue, "the answer is of no sign-out that was begun in this browser"), provider,
                request)
        }
        var visits = ProviderVisits(services: services, request: request, unconfirmed: visit.unconfirmed)
        if visit.provider == provider {
            // The sessions here are over already; only the provider's word may be missing.
            if let error = await refusal(of: message, state: state, party) {
                await visits.leaveUnconfirmed(provider, error)
            }
        } else {
            await visits.leaveUnconfirmed(
                visit.provider,
                SignInError(
                    "provider_mismatch",
                    "the browser was sent to \(visit.provider), and the answer came to the address of \(provider)"))
        }
        var answer = await visits.goOn(visit.rest, rules: rules)
        answer.headers.append(cookie.removal)
        return answer
    }

    /// Why the answer does not say that the provider's own sign-out is done; nil when it does.
    private func refusal(of message: Message, state: String, _ party: SAMLParty) async -> SignInError? {
        let now = services.clock.now
        do throws(SAMLFailure) {
            let answered = try await party.judge(deadline: .now + Self.timeLimit) {
                identityProvider throws(SAMLRejection) -> VerifiedLogoutResponse in
                let verifier = LogoutVerifier(party.logoutExpectation(identityProvider))
                let requestID = SAMLParty.logoutRequestID(state: state)
                switch message.carrier {
                case .redirect(let message): return try verifier.response(message, to: requestID, now: now)
                case .post(let xml, _, _): return try verifier.response(post: xml, to: requestID, now: now)
                }
            }
            guard answered.isComplete else {
                return SignInError(
                    "logout_incomplete", "the identity provider did not end all its sessions: \(answered.status)")
            }
            return nil
        } catch {
            return error.signInError
        }
    }

    // MARK: Refusals

    private func refuse(_ error: SignInError, _ provider: ProviderName, _ request: IncomingRequest) async -> Answer {
        do {
            // Before it is written down, or it would be the trail that somebody fills.
            try services.frontDoor.admit(.refusedLogoutsPerAddress, address: request.clientAddress)
        } catch {
            return MessagePage(problem: error).answer.adding(error.headers)
        }
        let reference = await LoginFailure(services: services).record(
            error, request: request, provider: provider, kind: .logoutRefused)
        let isJudged = error.fault == .answer
        return MessagePage(
            status: isJudged ? 400 : 503, title: "This sign-out was not accepted",
            sentence: isJudged
                ? "What the identity provider said did not pass a check, so your sessions are as they were."
                : "The identity provider's keys are not to be had, so its message could not be checked.",
            advice: "The start page shows your sessions; sign out there.", reference: reference
        ).answer
    }
}

extension SingleLogoutRoute.Message {
    fileprivate var binding: ServiceProviderSettings.Binding {
        if case .redirect = carrier { .redirect } else { .post }
    }
}

extension VerifiedLogoutRequest {
    /// Whose sessions end: of the person, and where the request names sessions of the provider's, of those only.
    fileprivate func selection(_ provider: ProviderName) -> SessionSelection {
        sessionIndexes.isEmpty
            ? .subjectAt(provider, issuer: issuer, subject: nameID.value)
            : .providerSessions(provider, ids: sessionIndexes, issuer: issuer, subject: nameID.value)
    }
}
