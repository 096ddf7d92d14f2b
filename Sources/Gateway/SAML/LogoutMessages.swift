import Access
import Cryptography
import Identity
import OIDC
import SAML

extension SAMLParty {
    func logoutExpectation(_ provider: IdentityProviderMetadata) -> LogoutExpectation {
        LogoutExpectation(
            issuer: provider.entityID, certificates: provider.certificates, destination: endpoints.logout,
            clockSkew: settings.clockSkew, allowsSHA1: settings.insecureAllowsSHA1)
    }

    /// The ID of the logout request that goes out with a RelayState: whoever has the one can work out the other, so that it
    /// need not be kept.
    static func logoutRequestID(state: String) -> String {
        let digest = SHA256Digest(of: "logout request \(state)").bytes.prefix(16)
        return "_" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Where to send the browser to sign out at the identity provider too (SAML Profiles §4.4.4.1).
    ///
    /// - Parameters:
    ///   - hint: a `LogoutSubject` as text.
    ///   - state: the RelayState.
    /// - Returns: nil when the provider offers no single logout, there is no key to sign with, or the settings say not to.
    func logoutRequest(hint: Secret, state: String) async -> LoginStart.Begun.Destination? {
        guard settings.signsOutAtProvider, let signer = settings.signer, let subject = LogoutSubject(hint.reveal()),
            let provider = await knownIdentityProvider()?.metadata
        else { return nil }
        let usesPost = provider.sloRedirect == nil || settings.requestBinding == .post && provider.sloPost != nil
        guard let endpoint = usesPost ? provider.sloPost : provider.sloRedirect else { return nil }
        let (id, now) = (Self.logoutRequestID(state: state), clock.now)
        let request = LogoutRequest(
            id: id, issueInstant: now, destination: endpoint, issuer: endpoints.entityID,
            notOnOrAfter: now + .seconds(300), nameID: subject.nameID, sessionIndex: subject.sessionIndex)
        do {
            if usesPost {
                return .form(
                    try PostBinding.form(endpoint, .request(request.xml), id: id, relayState: state, signer: signer))
            }
            return .url(try RedirectBinding.url(endpoint, .request(request.xml), relayState: state, signer: signer))
        } catch {
            // Nobody is kept here because a key does not work; the sessions are over already.
            return nil
        }
    }

    /// What the identity provider hears of its logout request (SAML Profiles §4.4.4.2); a plain page where there is no key
    /// to sign with, since an unsigned answer is none.
    ///
    /// - Throws: `SignInError` when its metadata is not to be had.
    func logoutAnswer(
        to request: VerifiedLogoutRequest, relayState: String?, prefersRedirect: Bool,
        deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> Answer {
        let provider = try await identityProvider(deadline: deadline).metadata
        let redirect = provider.sloResponseRedirect ?? provider.sloRedirect
        let post = provider.sloResponsePost ?? provider.sloPost
        let usesPost = redirect == nil || !prefersRedirect && post != nil
        let origin = (usesPost ? post : redirect).map(\.origin) ?? "'none'"
        guard let endpoint = usesPost ? post : redirect, let signer = settings.signer else {
            return Layout.framed(
                title: "Signed out", body: "<h1>Signed out</h1><p>Your sessions here are over.</p>", by: origin)
        }
        let id = MessageID.make(random)
        let response = LogoutResponse(
            id: id, issueInstant: clock.now, destination: endpoint, issuer: endpoints.entityID,
            inResponseTo: request.id, isSuccess: true)
        do {
            guard usesPost else {
                return .redirect(
                    to: try RedirectBinding.url(
                        endpoint, .response(response.xml), relayState: relayState, signer: signer))
            }
            return PostPage(
                form: try PostBinding.form(
                    endpoint, .response(response.xml), id: id, relayState: relayState, signer: signer),
                title: "Signed out", sentence: "Your identity provider is being told.", framedBy: origin
            ).answer
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
