import FoundationEssentials

/// A sign-on at an app, begun by its request or by a tile.
struct SAMLSignOn: Sendable {
    let appID: String
    /// nil when the organisation begins.
    let request: SAMLAuthnRequest?
    let relayState: String?

    /// What the sign-on leads to, given the browser's session.
    enum Decision {
        case proceed(SSOSession, Person)
        case ask
        case refuse(SAMLStatus)
    }

    func decision(_ session: SSOSession?, _ person: Person?, _ app: SAMLApp) -> Decision {
        if let format = request?.nameIDFormat, format != app.nameIDFormat.identifier,
            format != SAMLApp.NameIDFormat.unspecified.identifier
        {
            return .refuse(.invalidNameIDPolicy)
        }
        guard hasOfferedContext else { return .refuse(.noContext) }
        let isForced = request?.isForced == true && app.honorsForceAuthn
        if let session, let person, !isForced, isAssured(session, person) { return .proceed(session, person) }
        return request?.isPassive == true ? .refuse(.noPassive) : .ask
    }

    // MARK: The requested context (SAML Core §3.3.2.2.1)

    /// The levels that the sign-in page shows and that a sign-in must reach one of.
    var assurance: [AssuranceLevel] {
        guard let request else { return [] }
        let levels = request.contextClasses.compactMap(SAMLContextClass.level)
        switch request.comparison {
        // What every sign-in gives needs no asking.
        case .exact, .minimum: return levels.contains(.oneFactor) ? [] : levels
        case .better: return levels.min().map { least in AssuranceLevel.allCases.filter { $0 > least } } ?? []
        case .maximum: return []
        }
    }

    /// The class that the assertion names: the first requested one that holds, or the better one that was reached.
    func contextClass(_ session: SSOSession, _ person: Person, _ app: SAMLApp) -> String {
        if let request, !request.contextClasses.isEmpty, request.comparison == .better {
            return session.assurance.rawValue
        }
        let holding = request?.contextClasses.first { name in
            SAMLContextClass.level(name).map {
                $0.isSatisfied(by: session.assurance, highest: person.highestAssurance)
            } ?? false
        }
        return holding ?? app.contextClass
    }

    private var hasOfferedContext: Bool {
        guard let request, !request.contextClasses.isEmpty else { return true }
        return request.contextClasses.contains { SAMLContextClass.level($0) != nil }
    }

    private func isAssured(_ session: SSOSession, _ person: Person) -> Bool {
        assurance.isEmpty
            || assurance.contains { $0.isSatisfied(by: session.assurance, highest: person.highestAssurance) }
    }

    /// What authenticating on the sign-in page gives; nil when that is not enough.
    func assuranceReached(by person: Person) -> AssuranceLevel? {
        assurance.isEmpty
            ? .oneFactor : assurance.lazy.compactMap { $0.reached(by: person.highestAssurance) }.first
    }
}

extension SAMLResponse {
    /// The good answer for this person.
    init(
        to signOn: SAMLSignOn, app: SAMLApp, person: Person, contextClass: String, authenticated: Date,
        sessionIndex: String, now: Date
    ) {
        let recipient = signOn.request?.acsURL ?? app.acsURL
        let until = now.addingTimeInterval(Self.tolerance)
        self.init(
            issuer: app.issuer, destination: app.destination ?? recipient, inResponseTo: signOn.request?.id,
            issued: now)
        assertion = SAMLAssertion(
            issuer: app.issuer, issued: now, nameID: app.nameID(of: person),
            nameIDFormat: app.nameIDFormat.identifier, recipient: app.recipient ?? recipient,
            inResponseTo: signOn.request?.id, notBefore: now.addingTimeInterval(-Self.tolerance), notOnOrAfter: until,
            confirmedUntil: until, audiences: [app.audience],
            authenticated: app.authnInstant == .issue ? now : authenticated, sessionIndex: sessionIndex,
            sessionEnds: app.sessionLifetime.map { now.addingTimeInterval(TimeInterval($0)) },
            contextClass: contextClass, attributes: app.attributes(of: person))
    }

    /// The answer that says why not.
    init(to signOn: SAMLSignOn, app: SAMLApp, status: SAMLStatus, now: Date) {
        self.init(
            issuer: app.issuer, destination: app.destination ?? signOn.request?.acsURL ?? app.acsURL,
            inResponseTo: signOn.request?.id, issued: now, status: status)
    }

    /// Okta's assertions hold five minutes before and after.
    static let tolerance: TimeInterval = 300
}

extension SAMLApp {
    func nameID(of person: Person) -> String {
        switch nameIDFormat {
        case .transient: "_" + RandomIdentifiers.token(32)
        case .emailAddress: person.email
        default: nameID.values(of: person).first ?? person.email
        }
    }

    /// In alphabetical order; an attribute without a value is left out.
    fileprivate func attributes(of person: Person) -> [(name: String, values: [String])] {
        attributes.sorted { $0.key < $1.key }.compactMap { name, source in
            var values = source.values(of: person)
            if source == .groups, groupsForm == .joined { values = [values.joined(separator: ",")] }
            values.removeAll { $0.isEmpty }
            return values.isEmpty ? nil : (name, values)
        }
    }
}

extension SAMLApp.AttributeSource {
    fileprivate func values(of person: Person) -> [String] {
        switch self {
        case .email, .login: [person.email]
        case .firstName: [person.nameParts.given]
        case .lastName: [person.nameParts.family]
        case .displayName: [person.name]
        case .title: person.title.map { [$0] } ?? []
        case .id: [person.id]
        case .groups: person.groups
        }
    }
}
