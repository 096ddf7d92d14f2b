import Access
import HTTPTypes
import Identity
import OIDC
import StrictJSON

/// Sign-outs that the provider starts: `/logout/backchannel/{provider}`, `/logout/frontchannel/{provider}` and
/// `/logout/universal/{provider}`. Sessions that end here are over at the very next check.
struct ProviderLogoutRoutes: Sendable {
    /// What judging a token may take, with fetching new keys.
    private static let timeLimit = Duration.seconds(8)

    let services: GatewayServices

    /// OpenID Connect Back-Channel Logout 1.0 §2.5-2.8.
    func backchannel(_ request: IncomingRequest, provider: ProviderName) async throws -> Answer {
        let party = try party(provider)
        let fields = try await request.formFields()
        guard let text = try fields.single("logout_token") else {
            return await refuse(
                SignInError("logout_token_missing", "the form has no logout_token"), provider, request)
        }
        let token: VerifiedLogoutToken
        do throws(SignInError) {
            token = try await party.verifiedLogoutToken(text, deadline: .now + Self.timeLimit)
        } catch {
            return await refuse(error, provider, request)
        }
        let selection: SessionSelection
        switch (token.session, token.subject) {
        case (let session?, let subject):
            selection = .providerSession(provider, id: session, issuer: party.settings.issuer, subject: subject)
        case (nil, let subject?):
            selection = .subjectAt(provider, issuer: party.settings.issuer, subject: subject)
        // The verifier lets no such token through.
        case (nil, nil): throw RequestProblem(400, "subject_and_session_missing", "The token names nobody.")
        }
        do {
            try await services.sessions.end(
                selection, reason: .backchannelLogout, actor: provider.text, address: request.clientAddress,
                using: OneTimeToken(
                    issuer: token.issuer, id: token.tokenID, until: token.expiresAt))
        } catch is TokenReplayed {
            return await refuse(.tokenReplayed, provider, request)
        }
        return Answer(.ok, headers: [.cacheControl: "no-store"])
    }

    /// OpenID Connect Front-Channel Logout 1.0 §3. It comes in an iframe of the provider's, maybe without our cookies, so the
    /// provider's name of the session (`sid`), which nobody can guess, says what ends.
    func frontchannel(_ request: IncomingRequest, provider: ProviderName) async throws -> Answer {
        let party = try party(provider)
        let fields = try request.queryFields()
        guard let issuer = try fields.single("iss"), let session = try fields.single("sid") else {
            return await refuse(
                SignInError(
                    "logout_session_missing",
                    "the sign-out names no iss and sid; have the provider include session information"),
                provider, request)
        }
        guard issuer.isIdentical(to: party.settings.issuer) else {
            return await refuse(
                SignInError("issuer_mismatch", "the sign-out comes from '\(issuer.clipped(200))'"), provider, request)
        }
        // Which cookies are about to be worth nothing.
        let cookies = HeldSessions(services: services)
        let held = try await cookies.of(request)
        let ended = try await services.sessions.end(
            .providerSession(provider, id: session, issuer: issuer, subject: nil), reason: .frontchannelLogout,
            actor: provider.text,
            address: request.clientAddress)
        return Layout.framed(
            title: "Signed out", body: "<p>Signed out.</p>",
            by: WebAddress(party.settings.issuer)?.origin ?? party.settings.issuer
        ).adding(cookies.removals(of: ended, among: held))
    }

    /// Okta's Universal Logout (global token revocation).
    func universal(_ request: IncomingRequest, provider: ProviderName) async throws -> Answer {
        let party = try party(provider)
        guard let bearer = BearerToken.read(request) else {
            return await refuse(
                SignInError("token_missing", "there is no bearer token"), provider, request, status: 401)
        }
        let oneTime: OneTimeToken
        do throws(SignInError) {
            let token = try await party.verifiedGlobalRevocation(
                bearer, endpoint: "\(services.rules.origin)/logout/universal/\(provider)",
                deadline: .now + Self.timeLimit)
            oneTime = OneTimeToken(issuer: token.issuer, id: token.tokenID, until: token.expiresAt)
        } catch {
            return await refuse(error, provider, request, status: error.reason == "client_mismatch" ? 403 : 401)
        }
        let body = try await request.readBody(65536)
        let subject: RevocationSubject
        do throws(SignInError) {
            subject = try RevocationSubject(body)
        } catch {
            return await refuse(
                error, provider, request, status: error.reason == "subject_format_unsupported" ? 422 : 400)
        }
        let issuer = party.settings.issuer
        let selection: SessionSelection
        let isKnown: Bool
        switch subject {
        case .email(let email):
            selection = .emailAt(issuer: issuer, email: email)
            isKnown = try await services.sessions.knows(issuer: issuer, email: email)
        case .issuerAndSubject(let named, let name):
            // Okta names the organisation, also where people sign in at another of its authorization servers.
            let isOurs = named.isIdentical(to: issuer) || named.isIdentical(to: party.settings.organization)
            selection = isOurs ? .subject(issuer: issuer, subject: name) : .nobody
            isKnown = isOurs ? try await services.sessions.knows(issuer: issuer, subject: name) : false
        }
        do {
            try await services.sessions.end(
                selection, reason: .universalLogout, actor: provider.text, address: request.clientAddress,
                using: oneTime)
        } catch is TokenReplayed {
            return await refuse(.tokenReplayed, provider, request, status: 401)
        }
        guard isKnown else {
            return await refuse(
                SignInError("subject_unknown", "nobody of that name has signed in through \(provider)"), provider,
                request, status: 404)
        }
        return Answer(.noContent, headers: [.cacheControl: "no-store"])
    }

    private func party(_ name: ProviderName) throws(RequestProblem) -> RelyingParty {
        guard let party = services.live.relyingParty(name) else {
            throw RequestProblem(404, "provider_unknown", "There is no identity provider of that name here.")
        }
        return party
    }

    /// A token that is bad is refused; one that cannot be judged may be sent again (503).
    private func refuse(
        _ error: SignInError, _ provider: ProviderName, _ request: IncomingRequest, status: Int = 400
    ) async -> Answer {
        do {
            // Before it is written down, or it would be the trail that somebody fills.
            try services.frontDoor.admit(.refusedLogoutsPerAddress, address: request.clientAddress)
        } catch {
            return .problem(error)
        }
        let reference = await LoginFailure(services: services).record(
            error, request: request, provider: provider, kind: .logoutRefused)
        let isJudged = error.fault == .answer
        let code = isJudged ? (status == 401 ? "invalid_token" : "invalid_request") : "temporarily_unavailable"
        var answer = Answer.json(
            HTTPResponse.Status(code: isJudged ? status : 503),
            ["error": .string(code), "error_description": .string("\(error.reason); reference \(reference)")])
        if isJudged, status == 401 { answer.headers[.wwwAuthenticate] = "Bearer error=\"invalid_token\"" }
        return answer
    }
}

extension SignInError {
    fileprivate static let tokenReplayed = SignInError("token_replayed", "a token of this id was used before")
}

/// Whose sessions a global token revocation is about (RFC 9493 §3).
private enum RevocationSubject {
    case email(String)
    case issuerAndSubject(String, String)

    /// - Throws: `SignInError`: `revocation_malformed`, `subject_format_unsupported`.
    init(_ body: [UInt8]) throws(SignInError) {
        func malformed(_ detail: String) -> SignInError { SignInError("revocation_malformed", detail) }
        guard let members = (try? JSON.parse(body))?.object else { throw malformed("the body is not a JSON object") }
        guard let identifier = members["sub_id"]?.object, let format = identifier["format"]?.string else {
            throw malformed("the body has no sub_id with a format")
        }
        func text(_ name: String) throws(SignInError) -> String {
            guard let value = identifier[name]?.string, !value.isEmpty, value.utf8.count <= 512 else {
                throw malformed("sub_id has no \(name)")
            }
            return value
        }
        switch format {
        case "email": self = .email(try text("email"))
        case "iss_sub": self = .issuerAndSubject(try text("iss"), try text("sub"))
        default:
            throw SignInError("subject_format_unsupported", "sub_id has the format '\(format.clipped(60))'")
        }
    }
}
