import Access
import HTTPTypes
import Identity
import OIDC

/// `/logout`: ends the session of a realm in this browser, here and at its provider; or, from the start page, another session
/// of the same person.
struct LogoutRoute: Sendable {
    let services: GatewayServices

    func answer(_ request: IncomingRequest) async throws -> Answer {
        let fields = request.method == "POST" ? try await request.formFields() : RequestFields([])
        let query = try request.queryFields()
        let realmName = try fields.single("realm") ?? query.single("realm")
        let rules = services.rules
        var realms = rules.realms.values.sorted { $0.name < $1.name }
        if let realmName {
            guard let realm = rules.realms[RealmName(realmName)] else {
                throw RequestProblem(400, "realm_unknown", "There is no realm of that name.")
            }
            realms = [realm]
        }
        if request.method == "GET" || request.method == "HEAD", !RequestOrigin(request, rules: rules).mayActByLink {
            return ConfirmationPage(realm: realmName, formTargets: await services.providerOrigins()).answer
        }
        guard request.method != "POST" || RequestOrigin(request, rules: rules).mayActByForm else {
            throw RequestProblem(
                403, "cross_site_form",
                "Another site sent this form, so nothing was done. Open this page and sign out there.")
        }
        if let sessionID = try fields.single("session") {
            try await endOther(sessionID, realms: realms, request, rules: rules)
            return .redirect(to: "/")
        }
        return try await endHere(realms, request, rules: rules)
    }

    private func endHere(
        _ realms: [RealmRules], _ request: IncomingRequest, rules: AccessRules
    ) async throws -> Answer {
        var removals = HTTPFields()
        var logouts: [ProviderLogout] = []
        for realm in realms {
            let cookie = SessionCookie(realm: realm, rules: rules)
            if let token = cookie.token(in: request.head.headerFields) {
                let logout = try await services.sessions.end(
                    token: token, realm: realm.name, reason: .signedOut, address: request.clientAddress,
                    vault: services.vault, rules: rules)
                // One visit to a provider ends its session for every realm.
                if let logout {
                    if let known = logouts.firstIndex(where: { $0.provider == logout.provider }) {
                        if logouts[known].hint == nil { logouts[known] = logout }
                    } else {
                        logouts.append(logout)
                    }
                }
            }
            removals.append(cookie.removal)
        }
        // The sessions are over by now, whatever becomes of the rest.
        let visits = ProviderVisits(services: services, request: request)
        return await visits.begin(logouts, rules: rules).adding(removals)
    }

    /// Ends a session of the person who is signed in here; an id of somebody else's session does nothing.
    private func endOther(
        _ sessionID: String, realms: [RealmRules], _ request: IncomingRequest, rules: AccessRules
    ) async throws {
        for realm in realms {
            guard let token = SessionCookie(realm: realm, rules: rules).token(in: request.head.headerFields),
                let session = try await services.check.session(token: token), session.realm == realm.name
            else { continue }
            try await services.sessions.end(
                .own(id: sessionID, userID: session.userID), reason: .signedOutRemotely,
                address: request.clientAddress)
        }
    }
}
