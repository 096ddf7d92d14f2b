import Access
import Identity
import OIDC

/// Where a command line sends the browser when its provider speaks SAML.
struct CommandLineBrowserRoute: Sendable {
    let services: GatewayServices

    /// `GET /login/cli?state=`: the browser of a command line whose provider answers to the gateway. It gets an attempt of its
    /// own, bound to it by a cookie; what comes of it goes to the command line that waits with the state.
    func answer(_ request: IncomingRequest) async throws -> Answer {
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
