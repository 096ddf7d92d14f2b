import Access
import Cryptography
import Identity
import OIDC
import Outbound
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
    let party: RelyingParty
    /// Of a provider of the store.
    let stored: StoredProvider?
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
    private let random: RandomSource
    private let clock: WallClock

    init(
        trustedProxies: [AddressBlock], transport: any OutboundTransport, random: RandomSource, clock: WallClock
    ) {
        self.transport = transport
        self.random = random
        self.clock = clock
        state = Mutex(State(trustedProxies: trustedProxies))
    }

    /// Puts these in force, in one step.
    func replace(providers: [Entry], trustedProxies: [AddressBlock]) {
        state.withLock { state in
            let earlier = state.providers
            let live = providers.map { entry in
                let settings = entry.settings.relyingParty
                let party = RelyingParty(
                    settings: settings, transport: transport, random: random, clock: clock,
                    configuredHosts: Set([WebAddress(settings.issuer)?.host].compactMap(\.self)),
                    earlier: earlier[settings.name]?.party)
                return (
                    settings.name,
                    LiveProvider(settings: entry.settings, source: entry.source, party: party, stored: entry.stored)
                )
            }
            state.providers = Dictionary(live, uniquingKeysWith: { first, _ in first })
            state.trustedProxies = trustedProxies
        }
    }

    func provider(_ name: ProviderName) -> LiveProvider? { state.withLock { $0.providers[name] } }

    var providers: [LiveProvider] {
        state.withLock { Array($0.providers.values) }.sorted { $0.party.settings.name < $1.party.settings.name }
    }

    package func relyingParty(_ name: ProviderName) -> RelyingParty? { provider(name)?.party }

    package var relyingParties: [RelyingParty] { providers.map(\.party) }

    func trusts(_ peer: IPAddress?) -> Bool {
        guard let peer else { return false }
        return state.withLock { state in state.trustedProxies.contains { $0.contains(peer) } }
    }
}
