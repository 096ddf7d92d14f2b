import Access
import Cryptography
import HTTPTypes
import Identity
import OIDC
import StrictJSON

/// `/api/v1/cli/logins`: sign-ins of the command line through its loopback address (RFC 8252 §7.3).
///
/// The command line proves that it is the one which began by the verifier of its own PKCE pair; the gateway knows only the
/// challenge. The gateway's PKCE pair with the provider is another one, which never leaves it.
struct CommandLineAPI: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        switch path {
        case ["logins"]:
            try request.allow("POST")
            return try await begin(request)
        case _ where path.count == 3 && path[0] == "logins" && path[2] == "complete":
            try request.allow("POST")
            return try await complete(request, id: path[1])
        default: throw APIRoutes.notFound
        }
    }

    private func begin(_ request: IncomingRequest) async throws -> Answer {
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        let members = try await request.jsonMembers()
        try members.allowOnly(["realm", "provider", "code_challenge", "host"])
        guard let challenge = try members.text("code_challenge"), Base64URL.decode(challenge)?.count == 32 else {
            throw RequestProblem(
                400, "code_challenge_malformed",
                "code_challenge must be the base64url SHA-256 of the code verifier, 43 characters (RFC 7636 §4.2).")
        }
        let realm = try services.rules.realm(named: try members.text("realm"))
        let live = try provider(named: try members.text("provider"), realm: realm)
        do {
            let begun = try await LoginStart(services: services).begin(
                LoginStart.Wish(
                    returnTo: services.rules.home(of: realm),
                    purpose: .commandLine(host: try members.text("host", most: 100)), bindingHash: challenge),
                realm: realm, provider: live)
            // A form is for browsers; a command line's attempt always leads to an address.
            guard let location = begun.destination.url else { throw SignInError.configurationChanged }
            return .json(
                .created,
                [
                    "login_id": .string(begun.ticket.id), "state": .string(begun.ticket.state),
                    "authorize_url": .string(location),
                    "expires_in": .integer(LoginAttempts.commandLineLifetime.components.seconds),
                ])
        } catch let error as SignInError {
            throw await problem(error, request, realm: realm, provider: live.name)
        }
    }

    private func complete(_ request: IncomingRequest, id: String) async throws -> Answer {
        let deadline = ContinuousClock.now + LoginCompletion.timeLimit
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        let members = try await request.jsonMembers()
        try members.allowOnly(["code", "error", "error_description", "state", "iss", "code_verifier"])
        let names = ["code", "error", "error_description", "state", "iss"]
        let fields = try names.compactMap { name throws(RequestProblem) in
            try members.text(name, most: 4096).map { (name: name, value: $0) }
        }
        guard let verifier = try members.text("code_verifier", most: 128) else {
            throw RequestProblem(400, "code_verifier_missing", "code_verifier must come along (RFC 7636 §4.5).")
        }
        let completion = LoginCompletion(services: services)
        let response: AuthorizationResponse
        let attempt: LoginAttempt
        do {
            response = try AuthorizationResponse(fields: fields)
            guard AttemptTicket.id(ofState: response.state)?.isIdentical(to: id) ?? false else {
                throw SignInError("attempt_unknown", "the state belongs to another sign-in")
            }
            attempt = try await completion.consume(state: response.state, binding: verifier)
        } catch let error as SignInError {
            let problem = await problem(error, request)
            // Whoever has another verifier learns no more than whoever made the state up; log and audit know.
            guard ["browser_mismatch", "state_malformed"].contains(problem.code) else { throw problem }
            throw RequestProblem(
                400, "attempt_unknown", "This sign-in is over, or another command line began it. Start again.",
                reference: problem.reference)
        }
        do {
            guard case .commandLine(let host) = attempt.purpose, let realm = services.rules.realms[attempt.realm],
                realm.providers.contains(attempt.provider)
            else { throw SignInError.configurationChanged }
            if services.live.samlParty(attempt.provider) != nil {
                return try await collect(response, loginID: id, realm: realm)
            }
            let arrival = Arrival(
                address: request.clientAddress, userAgent: request.header(.userAgent), previousToken: nil,
                kind: .commandLine, host: host)
            let outcome = try await completion.finish(
                attempt, response, realm: realm, arrival: arrival, request, deadline: deadline)
            switch outcome {
            case .admitted(let session, let identity):
                return .json(.ok, Self.json(session, identity, realm: realm, provider: attempt.provider))
            case .refused(let reference, _):
                throw RequestProblem(
                    403, "no_role",
                    "Signing in worked, but none of your groups gives you a role in \(realm.title). Ask the administrators of \(realm.title), and give them the reference \(reference).",
                    reference: reference)
            }
        } catch let error as SignInError {
            throw await problem(error, request, realm: services.rules.realms[attempt.realm], provider: attempt.provider)
        }
    }

    /// The provider answered to the gateway, and the browser carried a code here: the session is there already.
    private func collect(
        _ response: AuthorizationResponse, loginID: String, realm: RealmRules
    ) async throws -> Answer {
        switch response.outcome {
        case .error(let code, let description):
            // It has a reference of its own, which log and audit know.
            throw RequestProblem(
                403, code == "access_denied" ? "login_failed" : "login_malformed",
                description?.clipped(500) ?? "The sign-in in the browser did not succeed.")
        case .code(let code):
            guard let (token, session) = try await services.handovers.collect(loginID: loginID, code: code.reveal())
            else {
                throw SignInError(
                    "code_unknown", "the code is of another sign-in, was used, or is older than a minute")
            }
            return .json(
                .ok,
                [
                    "token": .string(token.reveal()), "expires_at": .string(session.endsAt.description),
                    "session_id": .string(session.id), "realm": .string(session.realm.text),
                    "provider": .string(session.provider.text),
                    "roles": JSON(realm.roles.roles(for: session.groups).map(\.text)),
                    "user": [
                        "id": .string(session.userID), "email": JSON(session.email), "name": JSON(session.name),
                    ],
                ])
        }
    }

    private static func json(
        _ session: AdmittedSession, _ identity: VerifiedIdentity, realm: RealmRules, provider: ProviderName
    ) -> JSON {
        [
            "token": .string(session.token.reveal()), "expires_at": .string(session.endsAt.description),
            "session_id": .string(session.id), "realm": .string(realm.name.text), "provider": .string(provider.text),
            "roles": JSON(session.roles.map(\.text)),
            "user": [
                "id": .string(session.userID), "email": JSON(identity.email), "name": JSON(identity.name),
            ],
        ]
    }

    private func provider(named name: String?, realm: RealmRules) throws(RequestProblem) -> LiveProvider {
        let known = realm.providers.map(\.text).joined(separator: ", ")
        guard
            let provider = name.map({ ProviderName($0) }) ?? (realm.providers.count == 1 ? realm.providers.first : nil)
        else {
            throw RequestProblem(
                400, "provider_missing", "\(realm.title) has several identity providers; say which: \(known).")
        }
        guard realm.providers.contains(provider), let live = services.live.provider(provider) else {
            throw RequestProblem(400, "provider_unknown", "\(realm.title) has the identity providers: \(known).")
        }
        return live
    }

    /// The words of the page, with the reference under which log and audit have the precise reason.
    private func problem(
        _ error: SignInError, _ request: IncomingRequest, realm: RealmRules? = nil, provider: ProviderName? = nil
    ) async -> RequestProblem {
        let failure = LoginFailure(services: services)
        let reference = await failure.record(error, request: request, realm: realm, provider: provider)
        let (status, _, sentence, advice) = LoginFailure.words(error)
        return RequestProblem(status, error.reason, "\(sentence) \(advice)", reference: reference)
    }
}

extension AccessRules {
    /// The realm that a program means; the only one when it names none.
    ///
    /// - Throws: `RequestProblem`: `realm_missing`, `realm_unknown`.
    func realm(named name: String?) throws(RequestProblem) -> RealmRules {
        let known = realms.keys.sorted().map(\.text).joined(separator: ", ")
        guard let name else {
            guard realms.count == 1, let only = realms.values.first else {
                throw RequestProblem(400, "realm_missing", "There are several realms; say which: \(known).")
            }
            return only
        }
        guard let realm = realms[RealmName(name)] else {
            throw RequestProblem(400, "realm_unknown", "There is no realm of that name; there are: \(known).")
        }
        return realm
    }
}
