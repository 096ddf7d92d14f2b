import Cryptography
import Identity

/// What an administrator configured about one SAML identity provider, and about this gateway as its service provider.
package struct ServiceProviderSettings: Sendable {
    /// Where sign-ins that the identity provider starts lead to.
    package enum Initiation: Sendable, Equatable {
        /// They are refused.
        case refused
        /// To the one realm that has this provider.
        case onlyRealm
        case realm(RealmName)
    }

    /// How the browser carries a message to the identity provider (SAML Bindings §3.4, §3.5).
    package enum Binding: String, Sendable, CaseIterable { case redirect, post }

    package var name: ProviderName
    package var description: IdentityProviderDescription
    package var attributes = AttributeMapping()
    package var initiation = Initiation.refused
    /// Signs requests and logout messages; without it requests go unsigned, and signing out stays here.
    package var signer: MessageSigner?
    /// Published in the metadata, for what the gateway signs.
    package var signingCertificate: Certificate?
    /// Opens encrypted assertions.
    package var decryptionKey: PrivateKey?
    /// Published in the metadata, for what the identity provider encrypts.
    package var encryptionCertificate: Certificate?
    package var requestBinding = Binding.redirect
    /// Asked for in requests (NameIDPolicy); nil leaves it to the provider's setting, as Okta wants it.
    package var nameIDFormat: String?
    /// Accepts signatures with SHA-1. Safe only for the days until an old Okta app is set to SHA-256: whoever can make
    /// SHA-1 collide can sign in as anybody.
    package var insecureAllowsSHA1 = false
    /// Signing out here signs out at the provider too, when both sides can.
    package var signsOutAtProvider = true
    /// How long an answer of the provider's time may be off.
    package var clockSkew = Duration.seconds(60)

    package init(name: ProviderName, description: IdentityProviderDescription) {
        self.name = name
        self.description = description
    }
}

/// The identity provider as far as the configuration describes it: by metadata, by single keys, or by both.
package struct IdentityProviderDescription: Sendable, Equatable {
    /// The metadata document of the configuration.
    package var metadata: IdentityProviderMetadata?
    /// Where metadata is fetched from.
    package var metadataURL: String?
    /// The entity ID.
    package var issuer: String?
    package var ssoURL: String?
    package var sloURL: String?
    /// Pinned beside those of the metadata.
    package var certificates: [Certificate] = []

    package init() {}

    /// The entity ID as far as the configuration tells it.
    package var knownIssuer: String? { issuer ?? metadata?.entityID ?? ssoURL.flatMap(OktaAddress.issuer) }

    /// The identity provider; nil while something is missing that only metadata can say.
    ///
    /// - Parameter fetched: what `metadataURL` gave last. The configuration's own words win over it, and its certificates
    ///   are added to it.
    package func identityProvider(fetched: IdentityProviderMetadata? = nil) -> IdentityProviderMetadata? {
        let metadata = fetched ?? metadata
        guard let issuer = issuer ?? metadata?.entityID ?? ssoURL.flatMap(OktaAddress.issuer) else { return nil }
        let added = certificates.filter { !(metadata?.certificates.contains($0) ?? false) }
        let provider = IdentityProviderMetadata(
            entityID: metadata?.entityID ?? issuer, certificates: (metadata?.certificates ?? []) + added,
            signOn: ssoURL.map { ($0, $0) } ?? (metadata?.ssoRedirect, metadata?.ssoPost),
            logout: sloURL.map { ($0, $0) } ?? (metadata?.sloRedirect, metadata?.sloPost),
            logoutResponse: sloURL == nil ? (metadata?.sloResponseRedirect, metadata?.sloResponsePost) : (nil, nil),
            wantsSignedRequests: metadata?.wantsSignedRequests ?? false, validUntil: metadata?.validUntil)
        guard provider.entityID.isIdentical(to: issuer), !provider.certificates.isEmpty,
            provider.ssoRedirect != nil || provider.ssoPost != nil
        else { return nil }
        return provider
    }
}

extension IdentityProviderMetadata {
    /// An address by redirect and one by post.
    fileprivate typealias Addresses = (redirect: String?, post: String?)

    fileprivate init(
        entityID: String, certificates: [Certificate], signOn: Addresses, logout: Addresses, logoutResponse: Addresses,
        wantsSignedRequests: Bool, validUntil: UnixTime?
    ) {
        self.entityID = entityID
        self.certificates = certificates
        (ssoRedirect, ssoPost) = signOn
        (sloRedirect, sloPost) = logout
        (sloResponseRedirect, sloResponsePost) = logoutResponse
        self.wantsSignedRequests = wantsSignedRequests
        self.validUntil = validUntil
    }
}
