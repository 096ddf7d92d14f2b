/// Something that happened to somebody's access, written before or together with its effect.
///
/// Never holds a token, an assertion, a code or a secret.
package struct AuditEvent: Sendable {
    /// What kind of thing happened. The raw values are stable: scripts filter by them.
    package enum Kind: String, Sendable, CaseIterable {
        case signedIn = "login.succeeded"
        case signInFailed = "login.failed"
        case signInRefused = "login.refused"
        case sessionCreated = "session.created"
        case sessionEnded = "session.ended"
        case sessionRevalidated = "session.revalidated"
        case logoutRefused = "logout.refused"
        case deviceRequested = "device.requested"
        case deviceApproved = "device.approved"
        case deviceRefused = "device.refused"
        case providerAdded = "provider.added"
        case providerRemoved = "provider.removed"
        case administration = "administration.request"
        case administratorTokenIssued = "administration.token_issued"
    }

    package let kind: Kind
    package let at: UnixTime
    /// Eight characters that a person can read to an administrator; also in the log.
    package let reference: String?
    /// Why, as a stable code, e.g. `nonce_mismatch`.
    package let reason: String?
    /// Why, as a sentence for the administrator.
    package let detail: String?
    package let realm: RealmName?
    package let provider: ProviderName?
    /// The local user id.
    package let user: String?
    /// The public id of the session.
    package let session: String?
    /// The client's address.
    package let address: String?
    /// Who acted, when it was not the person themselves.
    package let actor: String?
    /// What exactly was looked at, as a JSON object, for an administrator. No values of attributes.
    package let trace: String?

    package init(
        _ kind: Kind, at: UnixTime, reference: String? = nil, reason: String? = nil, detail: String? = nil,
        realm: RealmName? = nil, provider: ProviderName? = nil, user: String? = nil, session: String? = nil,
        address: String? = nil, actor: String? = nil, trace: String? = nil
    ) {
        self.kind = kind
        self.at = at
        self.reference = reference
        self.reason = reason
        self.detail = detail
        self.realm = realm
        self.provider = provider
        self.user = user
        self.session = session
        self.address = address
        self.actor = actor
        self.trace = trace
    }
}
