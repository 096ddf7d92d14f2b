import Access
import Cryptography
import HTTPTypes
import Identity
import OIDC
import SAML

/// The addresses of SAML that a person or an administrator opens: the service provider's metadata, and where a command line
/// sends the browser.
struct SAMLRoutes: Sendable {
    let services: GatewayServices

    /// `GET /login/saml/{provider}/metadata` (SAML Metadata §2.4.4).
    func metadata(provider: ProviderName) throws -> Answer {
        guard let party = services.live.samlParty(provider) else {
            throw RequestProblem(404, "provider_unknown", "There is no SAML provider of that name here.")
        }
        let settings = party.settings
        let document = ServiceProviderMetadata(
            entityID: party.endpoints.entityID, acsURL: party.endpoints.assertionConsumer,
            sloURL: settings.signer == nil ? nil : party.endpoints.logout,
            signingCertificates: [settings.signingCertificate].compactMap(\.self),
            encryptionCertificates: [settings.encryptionCertificate].compactMap(\.self),
            nameIDFormat: settings.nameIDFormat, requestsSigned: settings.signer != nil)
        let xml = try document.xml(signer: settings.signer, id: MessageID.make(services.random))
        return Answer(
            .ok,
            headers: [
                .contentType: "application/samlmetadata+xml", .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
                .contentDisposition: "inline; filename=\"gatehouse-\(provider)-metadata.xml\"",
            ], body: Array(xml.utf8))
    }

    /// `GET /login/cli?state=`: the browser of a command line whose provider answers to the gateway. It gets an attempt of its
    /// own, bound to it by a cookie; what comes of it goes to the command line that waits with the state.
    func commandLine(_ request: IncomingRequest) async throws -> Answer {
        try LoginRoute.requireNavigation(request)
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        guard let state = try request.queryFields().single("state"),
            let login = try await services.attempts.commandLineLogin(state: state),
            let realm = services.rules.realms[login.realm], realm.providers.contains(login.provider),
            let provider = services.live.provider(login.provider), provider.samlParty != nil
        else {
            throw RequestProblem(
                400, "attempt_unknown",
                "No command line waits for this sign-in any more. Type gatehouse login again.")
        }
        do {
            let begun = try await LoginStart(services: services).begin(
                LoginStart.Wish(
                    returnTo: services.rules.home(of: realm), purpose: .commandLineBrowser(loginID: login.id),
                    commandLineState: state), realm: realm, provider: provider)
            return begun.redirect(request, rules: services.rules)
        } catch let error as SignInError {
            return await LoginFailure(services: services).answer(
                error, request: request, realm: realm, provider: login.provider)
        }
    }
}
