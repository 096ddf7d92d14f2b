import Access
import Cryptography
import Identity
import OIDC
import SAML

extension SAMLParty {
    func logoutExpectation(_ provider: IdentityProviderMetadata) -> LogoutExpectation {
        LogoutExpectation(
            issuer: provider.entityID, certificates: provider.certificates, destination: endpoints.logout,
            clockSkew: settings.clockSkew, insecureAllowsSHA1: settings.insecureAllowsSHA1)
    }

    /// The ID of the logout request that goes out with a RelayState: whoever has the one can work out the other, so that it
    /// need not be kept.
    static func logoutRequestID(state: String) -> String {
        MessageID.of(SHA256Digest(of: "logout request \(state)"))
    }

    /// Where to send the browser to sign out at the identity provider too (SAML Profiles §4.4.4.1).
    ///
    /// - Parameters:
    ///   - hint: a `LogoutSubject` as text.
    ///   - state: the RelayState.
    /// - Returns: nil when the provider offers no single logout, there is no key to sign with, the settings say not to, or the
    ///   hint is none of SAML's.
    /// - Throws: `SignInError` when its metadata is not to be had, or the request cannot be signed.
    func logoutRequest(
        hint: Secret, state: String, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> BrowserDestination? {
        guard settings.signsOutAtProvider, let signer = settings.signer, let subject = LogoutSubject(hint.reveal())
        else { return nil }
        let provider = try await identityProvider(deadline: deadline).metadata
        let endpoint = MessageEndpoint(
            redirect: provider.sloRedirect, post: provider.sloPost, preferring: settings.requestBinding)
        guard let endpoint else { return nil }
        let (id, now) = (Self.logoutRequestID(state: state), clock.now)
        let request = LogoutRequest(
            id: id, issueInstant: now, destination: endpoint.url, issuer: endpoints.entityID,
            notOnOrAfter: now + .seconds(300), nameID: subject.nameID, sessionIndex: subject.sessionIndex)
        do {
            return try endpoint.destination(.request(request.xml), id: id, relayState: state, signer: signer)
        } catch {
            throw SignInError("request_not_signed", "the request could not be signed: \(error)", fault: .gateway)
        }
    }

    /// What the identity provider hears of its logout request (SAML Profiles §4.4.4.2); a plain page where there is no key
    /// to sign with, since an unsigned answer is none.
    ///
    /// - Throws: `SignInError` when its metadata is not to be had.
    func logoutAnswer(
        to request: VerifiedLogoutRequest, relayState: String?, by binding: ServiceProviderSettings.Binding,
        deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> Answer {
        let provider = try await identityProvider(deadline: deadline).metadata
        let endpoint = MessageEndpoint(
            redirect: provider.sloResponseRedirect ?? provider.sloRedirect,
            post: provider.sloResponsePost ?? provider.sloPost, preferring: binding)
        let origin = endpoint?.url.origin ?? "'none'"
        guard let endpoint, let signer = settings.signer else {
            return Layout.framed(
                title: "Signed out", body: "<h1>Signed out</h1><p>Your sessions here are over.</p>", by: origin)
        }
        let id = MessageID.make(random)
        let response = LogoutResponse(
            id: id, issueInstant: clock.now, destination: endpoint.url, issuer: endpoints.entityID,
            inResponseTo: request.id)
        do {
            return try endpoint.destination(.response(response.xml), id: id, relayState: relayState, signer: signer)
                .answer(title: "Signed out", sentence: "Your identity provider is being told.", framedBy: origin)
        } catch {
            throw SignInError("response_not_signed", "the answer could not be signed: \(error)", fault: .gateway)
        }
    }

    /// The origins that pages of ours may lead a browser to.
    func knownOrigins() async -> [String] {
        guard let provider = await knownIdentityProvider()?.metadata else { return [] }
        let addresses = [
            provider.ssoRedirect, provider.ssoPost, provider.sloRedirect, provider.sloPost,
            provider.sloResponseRedirect, provider.sloResponsePost,
        ]
        return addresses.compactMap { $0?.origin }
    }
}

extension String {
    /// Scheme, host and port of an address of metadata, which was read as a web address; `'none'` for what is none.
    fileprivate var origin: String { WebAddress(self)?.origin ?? "'none'" }
}
