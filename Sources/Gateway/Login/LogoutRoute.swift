import Access
import HTTPTypes
import Identity

/// `/logout`: ends the session of a realm in this browser, or, from the start page, another session of the same person.
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
            return ConfirmationPage(realm: realmName).answer
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
        var answer = Answer.redirect(to: "/")
        for realm in realms {
            let cookie = SessionCookie(realm: realm, rules: rules)
            if let token = cookie.token(in: request.head.headerFields) {
                try await services.sessions.end(
                    token: token, realm: realm.name, reason: "signed_out", address: request.clientAddress)
            }
            answer.headers.append(cookie.removal)
        }
        return answer
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
                .own(id: sessionID, userID: session.userID), reason: "signed_out_remotely",
                address: request.clientAddress)
        }
    }
}

/// Where a browser's request comes from, as far as the browser tells (Fetch Metadata; RFC 6454 §7).
struct RequestOrigin {
    private let request: IncomingRequest
    private let rules: AccessRules

    init(_ request: IncomingRequest, rules: AccessRules) {
        self.request = request
        self.rules = rules
    }

    /// A form may act when it is ours. Sec-Fetch-Site tells best: browsers send `Origin: null` even with our own forms when
    /// a page hides its address. Programs, which send neither field, hold their own cookies: nobody can make them send a
    /// request.
    var mayActByForm: Bool {
        let fields = request.head.headerFields
        if let site = fields[.secFetchSite] { return site == "same-origin" }
        guard let origin = fields[.origin] else { return true }
        return origin.isIdentical(to: rules.origin)
    }

    /// A link may act when it was typed or is ours, and the browser shows the answer. A browser too old to tell gets the
    /// confirmation page.
    var mayActByLink: Bool {
        let fields = request.head.headerFields
        if let site = fields[.secFetchSite] {
            let isOwn = site == "same-origin" || site == "none"
            return isOwn && (fields[.secFetchMode] ?? "navigate") == "navigate"
        }
        return !(fields[.userAgent] ?? "").hasPrefix("Mozilla/")
    }
}
