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

    /// Judges a response.
    ///
    /// - Parameter answers: the request that must be answered; nothing else counts as one.
    /// - Throws: `SAMLFailure`.
    func redeem(
        _ xml: [UInt8], answering answers: ResponseExpectation.Answers, maximumAge: Duration? = nil,
        contextClasses: [String] = [], deadline: ContinuousClock.Instant
    ) async throws(SAMLFailure) -> Redeemed {
        let now = clock.now
        return try await judge(deadline: deadline) { [self] (provider) throws(SAMLRejection) in
            let expectation = expectation(
                provider, answering: answers, maximumAge: maximumAge, contextClasses: contextClasses)
            let assertion = try ResponseVerifier(expectation).verify(xml, now: now, random: random)
            return Redeemed(
                identity: try settings.attributes.identity(of: assertion, provider: settings.name),
                logoutSubject: LogoutSubject(nameID: assertion.nameID, sessionIndex: assertion.sessionIndex),
                assertion: OneTimeToken(
                    issuer: "saml \(settings.name) \(assertion.issuer)", id: assertion.id, until: assertion.expiresAt)
            )
        }
    }

    /// What an administrator sees of a response that was refused.
    func trace(
        of xml: [UInt8], _ failure: SAMLFailure, answering answers: ResponseExpectation.Answers,
        maximumAge: Duration? = nil, contextClasses: [String] = []
    ) -> String? {
        guard case .rejected(let rejection, let provider) = failure else { return nil }
        let expectation = expectation(
            provider, answering: answers, maximumAge: maximumAge, contextClasses: contextClasses)
        return ResponseTrace(xml: xml, rejection: rejection, expectation: expectation, now: clock.now).json.text
    }

    private func expectation(
        _ provider: IdentityProviderMetadata, answering answers: ResponseExpectation.Answers, maximumAge: Duration?,
        contextClasses: [String]
    ) -> ResponseExpectation {
        ResponseExpectation(
            issuer: provider.entityID, certificates: provider.certificates, entityID: endpoints.entityID,
            acsURL: endpoints.assertionConsumer, answers: answers,
            decryptionKeys: [settings.decryptionKey].compactMap(\.self), allowsSHA1: settings.insecureAllowsSHA1,
            clockSkew: settings.clockSkew, maximumAge: maximumAge, contextClasses: contextClasses)
    }
}
