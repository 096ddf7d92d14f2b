import Access
import Identity
import OIDC
import SAML

extension SAMLParty {
    /// A person signed in at the identity provider, as its response says.
    struct Redeemed: Sendable {
        let identity: VerifiedIdentity
        /// What a logout at the identity provider must name.
        let logoutSubject: LogoutSubject
        /// The assertion may be used once (rule 14 of docs/saml-profile.md).
        let assertion: OneTimeToken
    }

    /// What the identity provider was asked for.
    struct Asked: Sendable {
        /// The request that must be answered; nothing else counts as one.
        let answers: ResponseExpectation.Answers
        var maximumAge: Duration?
        /// The moment from which on the person must have authenticated; nil when none was asked for.
        var authenticatedAfter: UnixTime?
        var contextClasses: [String] = []
    }

    /// Judges a response.
    ///
    /// - Throws: `SAMLFailure`.
    func redeem(
        _ xml: [UInt8], for asked: Asked, deadline: ContinuousClock.Instant
    ) async throws(SAMLFailure) -> Redeemed {
        let now = clock.now
        return try await judge(deadline: deadline) { [self] (provider) throws(SAMLRejection) in
            let assertion = try ResponseVerifier(expectation(provider, asked)).verify(xml, now: now, random: random)
            return Redeemed(
                identity: try settings.attributes.identity(of: assertion, provider: settings.name),
                logoutSubject: LogoutSubject(nameID: assertion.nameID, sessionIndex: assertion.sessionIndex),
                assertion: OneTimeToken(
                    issuer: "saml \(settings.name) \(assertion.issuer)", id: assertion.id, until: assertion.expiresAt)
            )
        }
    }

    /// What an administrator sees of a response that was refused.
    func trace(of xml: [UInt8], _ failure: SAMLFailure, for asked: Asked) -> String? {
        guard case .rejected(let rejection, let provider) = failure else { return nil }
        return ResponseTrace(
            xml: xml, rejection: rejection, expectation: expectation(provider, asked), now: clock.now
        ).json.text
    }

    private func expectation(_ provider: IdentityProviderMetadata, _ asked: Asked) -> ResponseExpectation {
        ResponseExpectation(
            issuer: provider.entityID, certificates: provider.certificates, entityID: endpoints.entityID,
            acsURL: endpoints.assertionConsumer, answers: asked.answers,
            decryptionKeys: [settings.decryptionKey].compactMap(\.self),
            insecureAllowsSHA1: settings.insecureAllowsSHA1,
            clockSkew: settings.clockSkew, maximumAge: asked.maximumAge,
            authenticatedAfter: asked.authenticatedAfter, contextClasses: asked.contextClasses)
    }
}
