import Access
import HTTPTypes
import Identity
import OIDC
import Settings

/// `/login` and `/login/initiate`: chooses realm and provider, saves an attempt, and sends the browser to the provider.
struct LoginRoute: Sendable {
    let services: GatewayServices

    /// What a login was asked for, checked as far as it can be without a realm.
    private struct Wish {
        var realm: RealmName?
        var provider: ProviderName?
        var returnTo: String?
        var loginHint: String?
        var maximumAge: Duration?
        /// `login`, `select_account` or `none` (OpenID Connect Core §3.1.2.1).
        var prompt: String?
        var acrValues: [String] = []
        /// The providers that may have started this login; empty when a person did.
        var initiators: [ProviderName] = []

        /// The provider to use in a realm; nil when somebody has to choose.
        func provider(in realm: RealmRules) -> ProviderName? {
            if let provider { return provider }
            if let initiator = realm.providers.first(where: initiators.contains) { return initiator }
            return realm.providers.count == 1 ? realm.providers.first : nil
        }
    }

    /// `GET /login?realm=&provider=&return_to=&login_hint=&max_age=&acr=&prompt=`
    func begin(_ request: IncomingRequest) async throws -> Answer {
        try Self.requireNavigation(request)
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        let fields = try request.queryFields()
        var wish = Wish()
        wish.realm = try fields.single("realm").map { RealmName($0) }
        wish.provider = try fields.single("provider").map { ProviderName($0) }
        wish.returnTo = try fields.single("return_to")
        wish.loginHint = try Self.loginHint(fields)
        if let text = try fields.single("max_age") {
            guard let maximumAge = Duration(configured: text) else {
                throw RequestProblem(400, "max_age_malformed", "max_age must be a duration like 90s, 15m or 12h.")
            }
            wish.maximumAge = maximumAge
        }
        if let prompt = try fields.single("prompt") {
            guard ["login", "select_account", "none"].contains(prompt) else {
                throw RequestProblem(400, "prompt_unknown", "prompt must be login, select_account or none.")
            }
            wish.prompt = prompt
        }
        if let text = try fields.single("acr") { wish.acrValues = try AuthenticationContexts.read(text, "the query") }
        return try await proceed(wish, candidates: try candidates(wish), request)
    }

    /// `/login/initiate?iss=&login_hint=&target_link_uri=` (OpenID Connect Core §4): the tile on Okta's dashboard.
    func initiate(_ request: IncomingRequest) async throws -> Answer {
        try Self.requireNavigation(request)
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        let fields = request.method == "POST" ? try await request.formFields() : try request.queryFields()
        guard let issuer = try fields.single("iss") else {
            throw RequestProblem(
                400, "issuer_missing", "The sign-in that the provider started does not say who started it.")
        }
        let providers = services.live.relyingParties.filter { Self.initiates(issuer, $0.settings) }.map(\.settings.name)
        guard !providers.isEmpty else {
            throw RequestProblem(
                400, "issuer_unknown", "The sign-in was started by a provider that is not configured here.")
        }
        var wish = Wish()
        wish.realm = try fields.single("realm").map { RealmName($0) }
        wish.returnTo = try fields.single("target_link_uri")
        wish.loginHint = try Self.loginHint(fields)
        let candidates = try candidates(wish).filter { realm in realm.providers.contains(where: providers.contains) }
        guard !candidates.isEmpty else {
            throw RequestProblem(400, "realm_unknown", "No realm signs in through the provider that started this.")
        }
        wish.initiators = providers
        return try await proceed(wish, candidates: candidates, request)
    }

    /// A page somewhere that shows this address as a picture must not use up what its visitor's network may do.
    static func requireNavigation(_ request: IncomingRequest) throws(RequestProblem) {
        guard (request.header(.secFetchMode) ?? "navigate") == "navigate" else {
            throw RequestProblem(
                403, "navigation_expected",
                "A sign-in begins when a browser opens this address, not a script or a picture.")
        }
    }

    /// Okta's dashboard names the organisation, also where the app uses a custom authorization server.
    private static func initiates(_ issuer: String, _ settings: RelyingPartySettings) -> Bool {
        var issuer = issuer
        if issuer.hasSuffix("/"), !settings.issuer.hasSuffix("/") { issuer.removeLast() }
        if issuer.isIdentical(to: settings.issuer) { return true }
        guard let address = WebAddress(settings.issuer), address.rest.hasPrefix("/oauth2/") else { return false }
        return issuer.isIdentical(to: address.origin)
    }

    private static func loginHint(_ fields: RequestFields) throws -> String? {
        guard let hint = try fields.single("login_hint") else { return nil }
        guard hint.utf8.count <= 320, hint.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw RequestProblem(400, "login_hint_malformed", "login_hint must be a name or an e-mail address.")
        }
        return hint
    }

    /// The realms that the wish can mean.
    private func candidates(_ wish: Wish) throws(RequestProblem) -> [RealmRules] {
        let rules = services.rules
        var realms = rules.realms.values.sorted { $0.name < $1.name }
        if let name = wish.realm {
            guard let realm = rules.realms[name] else {
                throw RequestProblem(
                    400, "realm_unknown", "There is no realm of that name. Open the application again.")
            }
            realms = [realm]
        }
        if let provider = wish.provider {
            realms = realms.filter { $0.providers.contains(provider) }
            guard !realms.isEmpty else {
                throw RequestProblem(
                    400, "provider_unknown",
                    "There is no identity provider of that name here. Open the application again.")
            }
        }
        if let returnTo = wish.returnTo {
            realms = realms.filter { rules.returnAddress(returnTo, in: $0) != nil }
            guard !realms.isEmpty else {
                throw RequestProblem(
                    400, "return_to_not_allowed",
                    "The address to go back to after signing in is not one that this gateway serves, so nothing was started. Open the application itself; if that leads here again, its host is missing from return_hosts."
                )
            }
        }
        return realms
    }

    private func proceed(_ wish: Wish, candidates: [RealmRules], _ request: IncomingRequest) async throws -> Answer {
        guard candidates.count == 1, let realm = candidates.first else {
            return ChooserPage.realms(
                candidates.map { ($0.title, link(wish, realm: $0.name, provider: wish.provider(in: $0))) }
            )
            .answer
        }
        guard let provider = wish.provider(in: realm) else {
            return ChooserPage.providers(
                realmTitle: realm.title,
                realm.providers.map { ($0.text, link(wish, realm: realm.name, provider: $0)) }
            ).answer
        }
        return try await start(wish, realm: realm, provider: provider, request)
    }

    private func link(_ wish: Wish, realm: RealmName, provider: ProviderName?) -> String {
        var fields = [("realm", realm.text)]
        if let provider { fields.append(("provider", provider.text)) }
        if let returnTo = wish.returnTo { fields.append(("return_to", returnTo)) }
        if let hint = wish.loginHint { fields.append(("login_hint", hint)) }
        if let prompt = wish.prompt { fields.append(("prompt", prompt)) }
        if let age = wish.maximumAge { fields.append(("max_age", "\(age.components.seconds)s")) }
        if !wish.acrValues.isEmpty { fields.append(("acr", wish.acrValues.joined(separator: ","))) }
        return "/login?" + FormEncoding.encode(fields)
    }

    private func start(
        _ wish: Wish, realm: RealmRules, provider: ProviderName, _ request: IncomingRequest
    ) async throws -> Answer {
        let rules = services.rules
        guard let live = services.live.provider(provider) else {
            throw RequestProblem(400, "provider_unknown", "This identity provider is not configured. Start again.")
        }
        if let hint = wish.loginHint { try services.frontDoor.admit(account: hint, address: request.clientAddress) }
        let returnTo = wish.returnTo.flatMap { rules.returnAddress($0, in: realm) } ?? rules.home(of: realm)
        do {
            let begun = try await LoginStart(services: services).begin(
                LoginStart.Wish(
                    returnTo: returnTo, loginHint: wish.loginHint, maximumAge: wish.maximumAge, prompt: wish.prompt,
                    acrValues: wish.acrValues), realm: realm, provider: live)
            return begun.redirect(request, rules: rules)
        } catch let error as SignInError {
            return await LoginFailure(services: services).answer(
                error, request: request, realm: realm, provider: provider)
        }
    }
}
