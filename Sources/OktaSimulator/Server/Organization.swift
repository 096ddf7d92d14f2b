import Synchronization

/// The simulated Okta organisation: everything it knows, in memory. Each part guards its own state.
package final class Organization: Sendable {
    package let people: PeopleDirectory
    package let clients: ClientDirectory
    package let clock: SimulatorClock
    let sessions = SSOSessions()
    let samlApps = SAMLAppDirectory()
    let pendingSignIns = PendingRequests<AuthorizationRequest>()
    let pendingSignOns = PendingRequests<SAMLSignOn>()
    let pendingLogouts = PendingRequests<[SAMLLogoutMessage]>()
    let pushedRequests = PushedRequests()
    let codes = AuthorizationCodes()
    let tokens = TokenRegister()
    let usedAssertions = UsedAssertions()
    let usedProofs = UsedAssertions()
    let dpopNonces = DPoPNonces()
    let participants = SessionParticipants()
    let samlParticipants = SAMLParticipants()
    let samlLogouts = SAMLLogouts()
    let deliveries = LogoutDeliveries()
    let faults = Faults()
    let tampering = Tampering()
    let log = RequestLog()
    private let orgKeys: KeyRing
    private let customKeys: KeyRing
    private let boundURL: Mutex<String>
    private let currentSettings = Mutex(OrganizationSettings())

    /// - Parameters:
    ///   - url: The organisation's own URL, without a slash at the end; `setURL` gives it later when the port is not
    ///     known yet.
    ///   - additionalRedirectURIs: Registered for every client besides its own.
    package init(
        people: [Person], clients: [Client], samlApps: [SAMLApp] = [], url: String = "",
        additionalRedirectURIs: [String] = [],
        algorithm: SigningAlgorithm = .rs256, clock: SimulatorClock = SimulatorClock()
    ) async throws {
        self.people = PeopleDirectory(people)
        self.clock = clock
        boundURL = Mutex(url)
        self.clients = ClientDirectory(
            clients.map { client in
                var client = client
                client.redirectURIs += additionalRedirectURIs
                return client
            })
        orgKeys = KeyRing(first: try await KeyRing.generate(for: algorithm))
        customKeys = KeyRing(first: try await KeyRing.generate(for: algorithm))
        for app in samlApps { _ = try await self.samlApps.add(app, now: clock.now) }
    }

    package var url: String { boundURL.withLock { $0 } }

    var settings: OrganizationSettings {
        get { currentSettings.withLock { $0 } }
        set { currentSettings.withLock { $0 = newValue } }
    }

    package func setURL(_ url: String) {
        boundURL.withLock { $0 = url }
    }

    package func issuer(_ server: AuthorizationServer) -> String {
        url + server.issuerPath
    }

    func endpoint(_ server: AuthorizationServer, _ name: String) -> String {
        url + server.path(name)
    }

    func keys(_ server: AuthorizationServer) -> KeyRing {
        switch server {
        case .org: orgKeys
        case .custom: customKeys
        }
    }
}
