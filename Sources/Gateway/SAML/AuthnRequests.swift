import Identity
import OIDC
import SAML

extension SAMLParty {
    /// Where the browser goes to sign in, and with what (SAML Core §3.4.1, Profiles §4.1.4.1).
    ///
    /// - Parameters:
    ///   - id: what the response must name as InResponseTo.
    ///   - relayState: comes back with the response; an opaque handle of the attempt.
    /// - Throws: `SignInError` when the identity provider is not known, or the request cannot be signed.
    func authnRequest(
        id: String, relayState: String, _ wish: LoginStart.Wish, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> BrowserDestination {
        let provider = try await identityProvider(deadline: deadline).metadata
        let endpoint = MessageEndpoint(
            redirect: provider.ssoRedirect, post: provider.ssoPost, preferring: settings.requestBinding)
        guard let endpoint else {
            throw SignInError(
                "metadata_incomplete", "the metadata of \(settings.name) names no sign-on address", fault: .provider)
        }
        // 'At most so old' and 'in this way' are asked for anew, not looked up in an older sign-in.
        let request = AuthnRequest(
            id: id, issueInstant: clock.now, destination: endpoint.url, issuer: endpoints.entityID,
            acsURL: endpoints.assertionConsumer, nameIDFormat: settings.nameIDFormat,
            forceAuthn: wish.maximumAge != nil || !wish.acrValues.isEmpty || wish.prompt == "login"
                || wish.prompt == "select_account",
            isPassive: wish.prompt == "none", contextClasses: wish.acrValues)
        do {
            return try endpoint.destination(
                .request(request.xml), id: id, relayState: relayState, signer: settings.signer)
        } catch {
            throw SignInError("request_not_signed", "the request could not be signed: \(error)", fault: .gateway)
        }
    }
}
