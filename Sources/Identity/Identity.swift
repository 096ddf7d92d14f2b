// Identity: the vocabulary that every other target speaks.
//
// Owns: names of realms, providers, groups and roles; a person whom a provider vouched for; time; audit events; secrets
// that redact themselves; byte-exact comparison of text.
// Does not own: any I/O, any protocol, any storage. It imports nothing of ours.
// Flow: OIDC and SAML make a `VerifiedIdentity`; Access turns it into a user, roles and a session.

/// A person as an identity provider vouched for them.
///
/// Only a verifier may build one: the protocol targets do so from their own verified types, and `make lint` refuses any
/// other use of the initialiser.
package struct VerifiedIdentity: Sendable {
    /// The provider, as it is named in the configuration.
    package let provider: ProviderName
    /// The `iss` of the ID token, or the entity ID of the SAML identity provider. Together with `subject` the only key of a person; e-mail is display data
    /// (OpenID Connect Core 1.0 §5.7).
    package let issuer: String
    /// The `sub` of the ID token, or the value of the assertion's NameID.
    package let subject: String
    package let email: String?
    package let name: String?
    package let preferredUsername: String?
    package let groups: [GroupName]
    /// When the person last proved who they are to the provider, when the provider said so.
    package let authenticatedAt: UnixTime?
    /// How strongly they proved it, in the provider's words (`acr`), when the provider said so.
    package let authenticationContext: String?
    /// The provider's own name of its session (`sid`, `SessionIndex`), for logout that the provider starts.
    package let providerSession: String?
    /// The provider wants no session to last longer (SAML Core §2.7.2, SessionNotOnOrAfter).
    package let sessionEndsBy: UnixTime?

    package init(
        provider: ProviderName, issuer: String, subject: String, email: String?, name: String?,
        preferredUsername: String?, groups: [GroupName], authenticatedAt: UnixTime?, authenticationContext: String?,
        providerSession: String?, sessionEndsBy: UnixTime? = nil
    ) {
        self.provider = provider
        self.issuer = issuer
        self.subject = subject
        self.email = email
        self.name = name
        self.preferredUsername = preferredUsername
        self.groups = groups
        self.authenticatedAt = authenticatedAt
        self.authenticationContext = authenticationContext
        self.providerSession = providerSession
        self.sessionEndsBy = sessionEndsBy
    }
}
