import Cryptography
import Identity
import Outbound

/// This gateway as a client of one OpenID provider.
///
/// What it can do stands by concern: signing in, refreshing, logging out and verifying the set-up are extensions.
package struct RelyingParty: Sendable {
    package let settings: RelyingPartySettings
    let documents: ProviderDocuments
    /// Of the org itself, when people sign in at another of its authorization servers; else the same.
    let organizationDocuments: ProviderDocuments
    let channel: BackChannel

    /// - Parameters:
    ///   - configuredHosts: hosts that the administrator named for this provider.
    ///   - earlier: the same provider before the configuration was read again; what it fetched is kept.
    package init(
        settings: RelyingPartySettings, transport: any OutboundTransport, random: RandomSource, clock: WallClock,
        configuredHosts: Set<String>, earlier: RelyingParty? = nil
    ) {
        self.settings = settings
        let nonces: ProofNonces
        if let earlier, earlier.settings.issuer.isIdentical(to: settings.issuer),
            earlier.channel.configuredHosts == configuredHosts
        {
            self.documents = earlier.documents
            organizationDocuments = earlier.organizationDocuments
            nonces = earlier.channel.nonces
        } else {
            func documents(of issuer: String) -> ProviderDocuments {
                ProviderDocuments(
                    issuer: issuer, transport: transport, clock: clock, configuredHosts: configuredHosts)
            }
            let organization = settings.organization
            let own = documents(of: settings.issuer)
            self.documents = own
            organizationDocuments = organization.isIdentical(to: settings.issuer) ? own : documents(of: organization)
            nonces = ProofNonces()
        }
        channel = BackChannel(
            settings: settings, transport: transport, random: random, clock: clock, configuredHosts: configuredHosts,
            nonces: nonces)
    }

    /// Fetches metadata and keys ahead of the first sign-in.
    package func prepare(deadline: ContinuousClock.Instant) async throws(SignInError) {
        _ = try await documents.metadata(deadline: deadline)
        _ = try await documents.keys(deadline: deadline)
    }
}
