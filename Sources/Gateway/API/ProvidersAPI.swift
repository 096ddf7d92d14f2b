import Access
import HTTPTypes
import Identity
import OIDC
import Settings
import StrictJSON

/// `/api/v1/providers`: the identity providers, of the configuration file (to read) and of the store.
struct ProvidersAPI: Sendable {
    /// Metadata may be half a megabyte.
    private static let mostBytes = 1 << 20
    /// What the administrator's check may take altogether.
    private static let verificationLimit = Duration.seconds(25)

    let services: GatewayServices

    func answer(_ request: IncomingRequest, _ path: [String]) async throws -> Answer {
        switch path.count {
        case 0: try request.allow("GET", "POST")
        case 1: try request.allow("GET", "DELETE")
        case 2 where path[1] == "verify": try request.allow("POST")
        default: throw APIRoutes.notFound
        }
        let administrator = try await Administration(services: services).authorize(request)
        guard let text = path.first else {
            if request.method == "POST" { return try await add(request, by: administrator) }
            var providers: [JSON] = []
            for provider in services.live.providers { providers.append(await json(provider)) }
            return .json(.ok, ["providers": .array(providers), "unusable": .array(unusable)])
        }
        let name = ProviderName(text)
        if request.method == "DELETE" { return try await remove(name, by: administrator, request) }
        guard let provider = services.live.provider(name) else { throw Self.unknown }
        return path.count == 2 ? await verify(provider) : .json(.ok, await json(provider))
    }

    private static let unknown = RequestProblem(
        404, "provider_unknown", "There is no identity provider of that name that can be used.")

    /// Providers that are there and cannot be used: so that somebody can see and remove them.
    private var unusable: [JSON] {
        services.registry.unusable.sorted { $0.key < $1.key }.map { name, why in
            ["name": .string(name.text), "why": .string(why)]
        }
    }

    private func add(_ request: IncomingRequest, by administrator: String) async throws -> Answer {
        let members = try await request.jsonMembers(limit: Self.mostBytes)
        let addition = try ProviderAddition(members)
        let realms = try realms(members)
        try requireLanding(addition, realms)
        try requireOwnPeople(addition)
        let name = addition.name
        guard services.live.provider(name) == nil, services.registry.unusable[name] == nil else { throw Self.exists }
        var settings = addition.section
        settings.set("realms", JSON(realms))
        let added = try await services.storedProviders.add(
            StoredProvider(
                name: name, settings: settings, clientSecret: addition.clientSecret,
                createdAt: services.clock.now, createdBy: administrator), address: request.clientAddress)
        guard added else { throw Self.exists }
        try await services.registry.refresh()
        guard let provider = services.live.provider(name) else {
            throw RequestProblem(
                503, "temporarily_unavailable",
                "The provider was saved and is not in force yet. Look again in a minute.")
        }
        var answer = Answer.json(.created, await json(provider))
        answer.headers[.location] = "/api/v1/providers/\(name)"
        return answer
    }

    private static let exists = RequestProblem(
        409, "provider_exists", "There is an identity provider of that name. Remove it first, or choose another name.")

    private func realms(_ members: JSONObject) throws(RequestProblem) -> [String] {
        guard let value = members["realms"], value != .null else { return [] }
        guard let names = value.strings else {
            throw RequestProblem(400, "member_malformed", "realms must be a list of names.")
        }
        for name in names where services.rules.realms[RealmName(name)] == nil {
            throw RequestProblem(
                400, "realm_unknown", "There is no realm '\(HeaderText.encode(name).clipped(60))'.")
        }
        return names
    }

    /// Its sessions end with it: nobody vouches for them any more.
    private func remove(
        _ name: ProviderName, by administrator: String, _ request: IncomingRequest
    ) async throws -> Answer {
        let provider = services.live.provider(name)
        // The store may have one of the same name, which the file hides: then it is the file's that would be thought gone.
        guard provider?.source != .file else {
            throw RequestProblem(
                409, "provider_in_file",
                "This identity provider is in the configuration file; remove it there and send SIGHUP.")
        }
        let isRemoved = try await services.storedProviders.remove(
            name, actor: administrator, address: request.clientAddress, at: services.clock.now)
        guard isRemoved else { throw Self.unknown }
        try await services.registry.refresh()
        if let party = provider?.relyingParty { try await services.tokenRevoker.revokeAll(of: party) }
        return Answer(.noContent, headers: [.cacheControl: "no-store"])
    }

    /// The administrator's minute.
    private func verify(_ provider: LiveProvider) async -> Answer {
        let rules = services.rules
        let deadline = ContinuousClock.now + Self.verificationLimit
        let findings: [SetupFinding]
        switch provider.party {
        case .openID(let party):
            findings = await party.verifySetup(
                redirectURIs: [rules.origin + "/login/callback", CommandLine.redirectURI], deadline: deadline
            ).map { SetupFinding($0) }
        case .saml(let party):
            findings = await SAMLSetupVerification(
                party: party, transport: services.transport, clock: services.clock, deadline: deadline
            ).checks()
        }
        // What was skipped because of a failure has that failure beside it.
        let isGood = !findings.contains { $0.outcome == .failed }
        return .json(
            .ok,
            [
                "provider": .string(provider.name.text), "good": .bool(isGood),
                "checks": .array(findings.map(\.json)),
            ])
    }

    private func json(_ provider: LiveProvider) async -> JSON {
        await ProviderView(provider, rules: services.rules).json()
    }

    private func requireOwnPeople(_ addition: ProviderAddition) throws(RequestProblem) {
        let issuers = services.rules.issuers
        for provider in services.live.providers {
            let isShared =
                addition.settings.speaksForPeople(of: provider.settings)
                || provider.settings.kind == .saml
                    && addition.settings.issuer.map { issuers[provider.name]?.isIdentical(to: $0) ?? false } ?? false
            guard isShared else { continue }
            throw RequestProblem(
                400, "provider_malformed",
                "This provider cannot be used: its issuer is that of \(provider.name), so each could sign in as the other's people."
            )
        }
    }

    /// Where sign-ins lead that a SAML provider starts must be clear.
    private func requireLanding(_ addition: ProviderAddition, _ realms: [String]) throws(RequestProblem) {
        guard let wish = addition.section["idp_initiated"] else { return }
        let isClear =
            switch wish {
            case .bool(false), .string("false"): true
            case .bool(true), .string("true"): realms.count == 1
            default: wish.string.map { realms.contains($0) } ?? false
            }
        guard isClear else {
            throw RequestProblem(
                400, "provider_malformed",
                "idp_initiated must be false, true for a provider of one realm, or the name of one of its realms.")
        }
    }
}
