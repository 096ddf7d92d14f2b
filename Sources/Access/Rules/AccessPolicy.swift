import Identity

/// What a proxy asks about a request.
package struct AccessQuestion: Sendable, Equatable {
    package let realm: RealmName
    /// Every list must be met, each by any one of its members.
    package let roles: [[RoleName]]
    package let groups: [[GroupName]]
    /// The person must have authenticated at the provider within this time.
    package let maximumAge: Duration?
    /// Every list must be met: the person authenticated in one of these ways (`acr` values), compared byte by byte.
    package let authenticationContexts: [[String]]

    package init(
        realm: RealmName, roles: [[RoleName]] = [], groups: [[GroupName]] = [], maximumAge: Duration? = nil,
        authenticationContexts: [[String]] = []
    ) {
        self.realm = realm
        self.roles = roles
        self.groups = groups
        self.maximumAge = maximumAge
        self.authenticationContexts = authenticationContexts
    }
}

/// The answer to an `AccessQuestion`.
package enum Decision: Sendable, Equatable {
    case allow
    /// Nobody is signed in, or not recently or strongly enough.
    case signIn(SignInReason)
    case deny(DenyReason)

    package enum SignInReason: String, Sendable {
        case noSession = "no_session"
        case authenticationTooOld = "authentication_too_old"
        case authenticationTooWeak = "authentication_too_weak"
    }

    package enum DenyReason: String, Sendable {
        case noRole = "no_role"
        case roleMissing = "role_missing"
        case groupMissing = "group_missing"
    }
}

/// The whole policy, pure: a session that is known to be live, a question and the time in; a decision out.
package enum AccessPolicy {
    package static func decide(_ question: AccessQuestion, session: HotSession?, now: UnixTime) -> Decision {
        guard let session, session.realm == question.realm else { return .signIn(.noSession) }
        guard !session.roles.isEmpty else { return .deny(.noRole) }
        for alternatives in question.roles where !alternatives.contains(where: session.roles.contains) {
            return .deny(.roleMissing)
        }
        for alternatives in question.groups where !alternatives.contains(where: session.groups.contains) {
            return .deny(.groupMissing)
        }
        // These last, so that somebody who would be refused anyway is not sent to authenticate first.
        for alternatives in question.authenticationContexts {
            guard let context = session.authenticationContext,
                alternatives.contains(where: { $0.isIdentical(to: context) })
            else { return .signIn(.authenticationTooWeak) }
        }
        if let maximumAge = question.maximumAge {
            guard let authenticatedAt = session.authenticatedAt, now - authenticatedAt <= maximumAge else {
                return .signIn(.authenticationTooOld)
            }
        }
        return .allow
    }
}
