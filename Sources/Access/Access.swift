// Access: who may come in, as what, and for how long.
//
// Owns: login attempts, users, role mapping, admission, sessions and their revalidation, the session check with its cache,
// sign-outs under way, device codes, the tokens that applications verify, the audit trail, and the tables of all of these.
// Does not own: protocols (OIDC, SAML), pages and headers (Gateway), configuration files.
// Flow: a login: `LoginAttempts.consume` → (a protocol verifies) → `Admission.admit` writes user, session and audit in one
// transaction. A check: `AccessQuestion` → `SessionCheck.session` (cache, else row) → `AccessPolicy.decide` → `Decision`.

import Identity

/// The rules in force: everything that the configuration says about access. Replaced as a whole when it is read again.
package struct AccessRules: Sendable {
    /// The gateway's own origin, without a slash at the end: `https://sso.example.com`.
    package let origin: String
    package let realms: [RealmName: RealmRules]
    /// Who may administer the gateway; nobody but holders of an administrator token when it is nil.
    package let administrators: (realm: RealmName, role: RoleName)?
    /// Who each provider is: a session that came through the same name from another issuer is worth nothing.
    package let issuers: [ProviderName: String]

    package init(
        origin: String, realms: [RealmName: RealmRules], administrators: (realm: RealmName, role: RoleName)?,
        issuers: [ProviderName: String] = [:]
    ) {
        self.issuers = issuers
        self.origin = origin
        self.realms = realms
        self.administrators = administrators
    }

    /// The same, where a provider turned out to be this issuer.
    func with(issuer: String, of provider: ProviderName) -> AccessRules {
        AccessRules(
            origin: origin, realms: realms, administrators: administrators,
            issuers: issuers.merging([provider: issuer]) { $1 })
    }
}

/// One population: who vouches for it, what its members may be, how long a session lasts.
package struct RealmRules: Sendable {
    package let name: RealmName
    package let title: String
    package let providers: [ProviderName]
    /// Where a login without a return address ends; the gateway's own start page when it is nil.
    package let home: String?
    package let returnHosts: [ReturnHost]
    package let cookieDomain: String?
    package let session: SessionLifetime
    /// The lifetime of sessions of the command line.
    package let commandLineSession: SessionLifetime
    /// Nil: a session is believed until its end.
    package let revalidation: RevalidationRules?
    package let roles: RoleMapping
    /// Whom a person without a role may ask.
    package let contact: String?

    package init(
        name: RealmName, title: String, providers: [ProviderName], home: String?, returnHosts: [ReturnHost],
        cookieDomain: String?, session: SessionLifetime, commandLineSession: SessionLifetime? = nil,
        revalidation: RevalidationRules? = nil, roles: RoleMapping, contact: String?
    ) {
        self.name = name
        self.title = title
        self.providers = providers
        self.home = home
        self.returnHosts = returnHosts
        self.cookieDomain = cookieDomain
        self.session = session
        self.commandLineSession = commandLineSession ?? session
        self.revalidation = revalidation
        self.roles = roles
        self.contact = contact
    }
}

/// Where a session lives.
package enum SessionKind: String, Sendable, CaseIterable {
    case browser
    /// The command line, signed in through the loopback address or by a device code.
    case commandLine = "cli"
}

extension RealmRules {
    package func lifetime(of kind: SessionKind) -> SessionLifetime {
        kind == .browser ? session : commandLineSession
    }

    /// The same realm with further providers.
    package func adding(_ more: [ProviderName]) -> RealmRules {
        RealmRules(
            name: name, title: title, providers: providers + more.filter { !providers.contains($0) }, home: home,
            returnHosts: returnHosts, cookieDomain: cookieDomain, session: session,
            commandLineSession: commandLineSession, revalidation: revalidation, roles: roles, contact: contact)
    }
}

/// How often the provider is asked whether it still vouches for somebody. Only sessions with a refresh token can be asked
/// for.
package struct RevalidationRules: Sendable, Equatable {
    /// From one answer to the next question.
    package let interval: Duration
    /// For how long after its last answer a provider that cannot be asked is covered for.
    package let grace: Duration

    package init(interval: Duration, grace: Duration) {
        self.interval = interval
        self.grace = grace
    }
}

/// How long a session lasts.
package struct SessionLifetime: Sendable, Equatable {
    /// It ends when nothing was asked with it for this long.
    package let idle: Duration
    /// It ends this long after its login, whatever happens.
    package let absolute: Duration

    package init(idle: Duration, absolute: Duration) {
        self.idle = idle
        self.absolute = absolute
    }
}
