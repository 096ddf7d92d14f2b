import Access
import HTTPTypes
import Identity
import Logging

/// Answers a proxy: reads the question, asks for the decision, writes the one answer.
struct CheckResponder: Sendable {
    let services: GatewayServices

    /// Never throws: whatever goes wrong denies.
    func answer(_ request: IncomingRequest, face: CheckFace) async -> Answer {
        do {
            return try await decide(request, face: face)
        } catch let problem as RequestProblem {
            services.logger.notice(
                "session check refused",
                metadata: [
                    "request_id": "\(request.id)", "reason": "\(problem.code)", "detail": "\(problem.detail)",
                    "peer": "\(request.peer?.description ?? "")",
                ])
            return .problem(problem)
        } catch {
            services.logger.error(
                "session check failed", metadata: ["request_id": "\(request.id)", "error": "\(error)"])
            return .problem(
                RequestProblem(503, "temporarily_unavailable", "The session cannot be looked up now; try again."))
        }
    }

    /// The allowing answer, when it needs nothing but memory; nil means only that `answer` must be asked.
    func hotAllowance(_ request: IncomingRequest, face: CheckFace) -> Answer? {
        guard let inquiry = try? CheckInquiry(request, face: face, services: services) else { return nil }
        for token in inquiry.tokens {
            // A token that is not in memory may still be good, and then it counts before the next one.
            guard let session = services.check.hotSession(token: token) else { return nil }
            guard session.realm == inquiry.realm.name else { continue }
            let decision = AccessPolicy.decide(
                inquiry.parameters.question, session: session, now: services.clock.now)
            guard decision == .allow else { return nil }
            return try? allow(session, inquiry)
        }
        return nil
    }

    private func decide(_ request: IncomingRequest, face: CheckFace) async throws -> Answer {
        let inquiry = try CheckInquiry(request, face: face, services: services)
        let session = try await session(inquiry)
        let refusal = CheckRefusal(
            rules: inquiry.rules, realm: inquiry.realm, original: inquiry.original, request: request)
        switch AccessPolicy.decide(inquiry.parameters.question, session: session, now: services.clock.now) {
        case .allow:
            guard let session else { throw RequestProblem.realmGone }
            return try allow(session, inquiry)
        case .signIn(let reason):
            return refusal.signIn(
                reason, face: face, question: inquiry.parameters.question, hadSession: inquiry.hasCookie)
        case .deny(let reason): return refusal.deny(reason, face: face, session: session)
        }
    }

    private func session(_ inquiry: CheckInquiry) async throws -> HotSession? {
        for token in inquiry.tokens {
            if let hot = services.check.hotSession(token: token) {
                services.metrics.recordCacheHit()
                if hot.realm == inquiry.realm.name { return hot }
                continue
            }
            services.metrics.recordCacheMiss()
            if let session = try await services.check.session(token: token), session.realm == inquiry.realm.name {
                return session
            }
        }
        return nil
    }

    /// The one place that allows.
    private func allow(_ session: HotSession, _ inquiry: CheckInquiry) throws -> Answer {
        let rules = inquiry.rules
        let audience = inquiry.original.address?.authority ?? WebAddress(rules.origin)?.authority ?? rules.origin
        guard
            let token = try services.applicationTokens.token(for: session, audience: audience, issuer: rules.origin)
        else { throw RequestProblem(503, "signing_key_missing", "There is no key to sign X-Auth-Token with yet.") }
        var headers = HTTPFields()
        headers.reserveCapacity(10)
        // Every field always, empty when there is no value: a client's own header never survives a copy (GHSA-7r4p-vjf4-gxv4).
        switch inquiry.parameters.headerSet {
        case .gatehouse:
            headers.append(HTTPField(name: .xAuthUser, value: session.userID))
            headers.append(HTTPField(name: .xAuthEmail, value: session.headerEmail))
            headers.append(HTTPField(name: .xAuthName, value: session.headerName))
            headers.append(HTTPField(name: .xAuthRealm, value: session.realm.text))
            headers.append(HTTPField(name: .xAuthRoles, value: session.headerRoles))
            headers.append(HTTPField(name: .xAuthGroups, value: session.headerGroups))
            headers.append(HTTPField(name: .xAuthProvider, value: session.provider.text))
        case .remote:
            headers.append(HTTPField(name: .remoteUser, value: session.headerEmail))
            headers.append(HTTPField(name: .remoteName, value: session.headerName))
            headers.append(HTTPField(name: .remoteEmail, value: session.headerEmail))
            headers.append(HTTPField(name: .remoteGroups, value: session.headerGroups))
        case .authRequest:
            headers.append(HTTPField(name: .xAuthRequestUser, value: session.userID))
            headers.append(HTTPField(name: .xAuthRequestEmail, value: session.headerEmail))
            headers.append(HTTPField(name: .xAuthRequestGroups, value: session.headerGroups))
            headers.append(
                HTTPField(name: .xAuthRequestPreferredUsername, value: session.headerPreferredUsername))
        }
        headers.append(HTTPField(name: .xAuthToken, value: token))
        headers.append(HTTPField(name: .cacheControl, value: "no-store"))
        return Answer(.ok, headers: headers)
    }
}

/// A request that was read: who asks what, with which tokens, about which original request.
struct CheckInquiry {
    let rules: AccessRules
    let parameters: CheckParameters
    let original: OriginalRequest
    let realm: RealmRules
    /// The cookie counts before a bearer token: an application's own bearer token must not sign its user out.
    let tokens: [String]
    /// Whether the browser carries a session token of this realm, live or not.
    let hasCookie: Bool

    /// - Throws: `RequestProblem` (400).
    init(_ request: IncomingRequest, face: CheckFace, services: GatewayServices) throws(RequestProblem) {
        rules = services.rules
        var readsQuery = true
        if case .envoy = face { readsQuery = false }
        parameters = try CheckParameters(
            request, readsQuery: readsQuery, rules: rules, known: services.checkWordings)
        original = try OriginalRequest(request, face: face)
        guard let realm = rules.realms[parameters.question.realm] else { throw .realmGone }
        self.realm = realm
        let cookie = SessionCookie(realm: realm, rules: rules)
        let cookieToken = cookie.token(in: request.head.headerFields)
        hasCookie = cookieToken != nil
        tokens = [cookieToken, BearerToken.read(request)].compactMap(\.self).filter { SessionCheck.isToken($0) }
    }
}

extension RequestProblem {
    /// Between reading the question and answering it the configuration was replaced.
    static let realmGone = RequestProblem(400, "realm_unknown", "The realm is no longer configured.")
}

/// `Authorization: Bearer TOKEN` (RFC 6750 §2.1).
enum BearerToken {
    static func read(_ request: IncomingRequest) -> String? {
        guard let value = request.header(.authorization), value.utf8.count > 7,
            value.prefix(7).lowercased() == "bearer "
        else { return nil }
        return value.dropFirst(7).trimmingSpaces
    }
}
