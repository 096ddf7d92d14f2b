import Access
import Cryptography
import Identity
import Logging
import OIDC
import Outbound
import SAML
import Settings
import Synchronization

/// A provider in force.
struct LiveProvider: Sendable {
    enum Source: String, Sendable {
        case file
        case store
    }

    let settings: ProviderSettings
    let source: Source
    let party: Party
    /// Of a provider of the store.
    let stored: StoredProvider?

    /// This gateway towards the provider, by the protocol that it speaks.
    enum Party: Sendable {
        case openID(RelyingParty)
        case saml(SAMLParty)
    }

    var name: ProviderName { settings.name }
}

extension LiveProvider {
    var relyingParty: RelyingParty? { if case .openID(let party) = party { party } else { nil } }
    var samlParty: SAMLParty? { if case .saml(let party) = party { party } else { nil } }
}

/// The parts of the configuration, beside the access rules, that a reload replaces.
package final class LiveSettings: Sendable {
    typealias Entry = (settings: ProviderSettings, source: LiveProvider.Source, stored: StoredProvider?)

    private struct State {
        var providers: [ProviderName: LiveProvider] = [:]
        var trustedProxies: [AddressBlock]
    }

    private let state: Mutex<State>
    private let transport: any OutboundTransport
    private let metadata: ProviderMetadataStore
    /// Is told the issuer of each document of metadata, and says whether the provider may have it.
    private let learned: @Sendable (ProviderName, String) -> Bool
    private let random: RandomSource
    private let clock: WallClock
    private let logger: Logger

    init(
        trustedProxies: [AddressBlock], transport: any OutboundTransport, metadata: ProviderMetadataStore,
        random: RandomSource, clock: WallClock, logger: Logger,
        learned: @escaping @Sendable (ProviderName, String) -> Bool
    ) {
        self.transport = transport
        self.metadata = metadata
        self.learned = learned
        self.random = random
        self.clock = clock
        self.logger = logger
        state = Mutex(State(trustedProxies: trustedProxies))
    }

    /// Puts these in force, in one step. Callers take turns (`ProviderRegistry`): the earlier ones are read before the lock is
    /// taken again.
    ///
    /// - Parameter origin: the gateway's.
    func replace(providers: [Entry], origin: String, trustedProxies: [AddressBlock]) {
        let earlier = state.withLock { $0.providers }
        // Outside of the lock, for which every request waits: a SAML party signs its metadata when it is made.
        let live = providers.map { entry in
            let party = party(entry.settings, origin: origin, earlier: earlier[entry.settings.name])
            return (
                entry.settings.name,
                LiveProvider(settings: entry.settings, source: entry.source, party: party, stored: entry.stored)
            )
        }
        state.withLock { state in
            state.providers = Dictionary(live, uniquingKeysWith: { first, _ in first })
            state.trustedProxies = trustedProxies
        }
    }

    private func party(_ settings: ProviderSettings, origin: String, earlier: LiveProvider?) -> LiveProvider.Party {
        switch settings.party {
        case .openID(let settings):
            var earlierParty: RelyingParty?
            if case .openID(let party) = earlier?.party { earlierParty = party }
            return .openID(
                RelyingParty(
                    settings: settings, transport: transport, random: random, clock: clock,
                    configuredHosts: Set([WebAddress(settings.issuer)?.host].compactMap(\.self)),
                    earlier: earlierParty))
        case .saml(let settings):
            return .saml(
                SAMLParty(
                    settings: settings, origin: origin, source: source(settings, earlier: earlier), random: random,
                    clock: clock))
        }
    }

    /// What was fetched is kept as long as it comes from the same place.
    private func source(_ settings: ServiceProviderSettings, earlier: LiveProvider?) -> MetadataSource? {
        guard let url = settings.description.metadataURL else { return nil }
        if case .saml(let party) = earlier?.party, let source = party.source,
            party.settings.description.metadataURL?.isIdentical(to: url) ?? false,
            (party.settings.description.issuer ?? "").isIdentical(to: settings.description.issuer ?? "")
        {
            return source
        }
        return MetadataSource(
            provider: settings.name, url: url, issuer: settings.description.issuer, transport: transport,
            store: metadata, clock: clock, logger: logger, learned: learned)
    }

    func provider(_ name: ProviderName) -> LiveProvider? { state.withLock { $0.providers[name] } }

    var providers: [LiveProvider] {
        state.withLock { Array($0.providers.values) }.sorted { $0.name < $1.name }
    }

    package func relyingParty(_ name: ProviderName) -> RelyingParty? { provider(name)?.relyingParty }

    package var relyingParties: [RelyingParty] { providers.compactMap(\.relyingParty) }

    func samlParty(_ name: ProviderName) -> SAMLParty? { provider(name)?.samlParty }

    /// - Throws: `RequestProblem` (404) when there is none.
    func requireSAMLParty(_ name: ProviderName) throws(RequestProblem) -> SAMLParty {
        guard let party = samlParty(name) else {
            throw RequestProblem(404, "provider_unknown", "There is no SAML provider of that name here.")
        }
        return party
    }

    var samlParties: [SAMLParty] { providers.compactMap(\.samlParty) }

    func trusts(_ peer: IPAddress?) -> Bool {
        guard let peer else { return false }
        return state.withLock { state in state.trustedProxies.contains { $0.contains(peer) } }
    }
}
