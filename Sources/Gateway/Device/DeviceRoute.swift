import Access
import HTTPTypes
import Identity
import OIDC

/// `/device`: where a person approves a machine without a browser (RFC 8628 §3.3).
///
/// Approving is a sign-in at the provider for that machine: so the machine's session has a person whom the provider has just
/// vouched for, and a refresh token of its own.
struct DeviceRoute: Sendable {
    let services: GatewayServices

    /// `GET /device?user_code=`: the code is only filled in; the person still sends it.
    func entry(_ request: IncomingRequest) throws -> Answer {
        let code = try request.queryFields().single("user_code")
        return DevicePages.entry(code: code.flatMap(DeviceLogins.normalized).map(DeviceLogins.shown))
    }

    /// `POST /device`
    func show(_ request: IncomingRequest) async throws -> Answer {
        guard let (login, code, realm) = try await login(request, try await request.formFields()) else {
            return Self.unknownCode
        }
        return DevicePages.approval(
            login, userCode: code, realm: realm, formTargets: await services.providerOrigins())
    }

    /// `POST /device/approve`
    func approve(_ request: IncomingRequest) async throws -> Answer {
        try services.frontDoor.admit(.loginsPerAddress, address: request.clientAddress)
        let fields = try await request.formFields()
        guard let (login, _, realm) = try await login(request, fields) else { return Self.unknownCode }
        let named = try fields.single("provider").map { ProviderName($0) }
        guard let name = named ?? (realm.providers.count == 1 ? realm.providers.first : nil),
            realm.providers.contains(name), let live = services.live.provider(name)
        else {
            throw RequestProblem(
                400, "provider_unknown", "There is no identity provider of that name here. Start again.")
        }
        do {
            let begun = try await LoginStart(services: services).begin(
                LoginStart.Wish(
                    returnTo: services.rules.home(of: realm), purpose: .device(id: login.id)), realm: realm,
                provider: live)
            return begun.redirect(request, rules: services.rules)
        } catch let error as SignInError {
            return await LoginFailure(services: services).answer(
                error, request: request, realm: realm, provider: name)
        }
    }

    /// `POST /device/refuse`
    func refuse(_ request: IncomingRequest) async throws -> Answer {
        guard let (login, _, _) = try await login(request, try await request.formFields()),
            try await services.devices.refuse(login, address: request.clientAddress)
        else { return Self.unknownCode }
        return DevicePages.refused()
    }

    /// The machine that waits with the code of the form.
    ///
    /// - Throws: `RequestProblem`: another site's form, too many tries.
    private func login(
        _ request: IncomingRequest, _ fields: RequestFields
    ) async throws -> (DeviceLogin, code: String, realm: RealmRules)? {
        guard RequestOrigin(request, rules: services.rules).mayActByForm else {
            throw RequestProblem(403, "cross_site_form", "Another site sent this form, so nothing was done.")
        }
        // 34 bits of code and ten minutes: guessing is hopeless as long as it is slow (RFC 8628 §5.1).
        try services.frontDoor.admit(.devicesPerAddress, address: request.clientAddress)
        guard let code = try fields.single("user_code").flatMap(DeviceLogins.normalized),
            let login = try await services.devices.pending(userCode: code),
            let realm = services.rules.realms[login.realm]
        else { return nil }
        return (login, code, realm)
    }

    private static var unknownCode: Answer {
        DevicePages.entry(
            code: nil,
            problem:
                "No machine waits with this code. Compare it with what the machine shows; codes end after 10 minutes.",
            status: 404)
    }
}
