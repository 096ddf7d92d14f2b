import Access
import Identity
import Logging
import OIDC
import Outbound
import SAML

/// The metadata of one identity provider that is described by a URL, kept in memory and in the store.
///
/// Okta's metadata is not signed, so it is trusted for the place that it comes from: https, no redirects, and from the
/// first document on always the same entity ID.
actor MetadataSource {
    /// What one fetch may take, whoever waits for it.
    private static let fetchTimeLimit = Duration.seconds(5)
    /// A signature that no known key made asks for newer metadata at most this often, or anybody could make us hammer the
    /// provider.
    static let refetchInterval = Duration.seconds(60)
    /// Without any document, a failure is believed for so long.
    private static let backOff = Duration.seconds(5)
    /// So that a new certificate, or the coming end of one, is noticed before somebody signs in.
    static let freshFor = Duration.seconds(24 * 3600)

    /// A document, and when it was fetched.
    struct Fetched: Sendable {
        let metadata: IdentityProviderMetadata
        let at: UnixTime
    }

    private let provider: ProviderName
    private let url: String
    private let pinnedIssuer: String?
    private let transport: any OutboundTransport
    private let store: ProviderMetadataStore
    private let learned: @Sendable (ProviderName, String) -> Bool
    private let clock: WallClock
    private let logger: Logger
    private var current: Fetched?
    /// The entity ID of the first document from this URL, which later ones must name too.
    private var firstIssuer: String?
    private var fetching: Task<Fetched, any Error>?
    private var lastAttempt: UnixTime?
    private var lastFailure: (error: SignInError, at: UnixTime)?

    /// - Parameters:
    ///   - learned: is told the entity ID of each document, and says whether this provider may have it.
    init(
        provider: ProviderName, url: String, issuer: String?, transport: any OutboundTransport,
        store: ProviderMetadataStore, clock: WallClock, logger: Logger,
        learned: @escaping @Sendable (ProviderName, String) -> Bool
    ) {
        self.provider = provider
        self.url = url
        pinnedIssuer = issuer
        self.transport = transport
        self.store = store
        self.learned = learned
        self.clock = clock
        self.logger = logger
    }

    /// Takes over what another process on the store has fetched, when it is newer, and drops what is another provider's.
    ///
    /// - Parameter taken: issuers of the other providers.
    func adopt(_ stored: StoredProviderMetadata?, unlessOneOf taken: [String]) {
        if let stored { adopt(stored) }
        guard let issuer = current?.metadata.entityID, taken.contains(where: { $0.isIdentical(to: issuer) }) else {
            return
        }
        (current, firstIssuer) = (nil, nil)
        refuseShared(issuer)
    }

    private func adopt(_ stored: StoredProviderMetadata) {
        guard stored.url.isIdentical(to: url), current.map({ stored.fetchedAt > $0.at }) ?? true
        else { return }
        firstIssuer = firstIssuer ?? stored.issuer
        do throws(SAMLRejection) {
            let metadata = try IdentityProviderMetadata(
                Array(stored.document.utf8), issuer: pinnedIssuer ?? firstIssuer)
            current = Fetched(metadata: metadata, at: stored.fetchedAt)
        } catch {
            logger.error(
                "stored SAML metadata cannot be used and is fetched again",
                metadata: ["provider": "\(provider)", "reason": "\(error.code)", "detail": "\(error.detail)"])
        }
    }

    private func refuseShared(_ issuer: String) {
        logger.error(
            "SAML metadata names the issuer of another provider and is not used",
            metadata: ["provider": "\(provider)", "issuer": "\(issuer)"])
    }

    /// What is known, however old; asks nobody.
    var known: Fetched? { current }

    /// What is known, or a first document.
    ///
    /// - Throws: `SignInError`.
    func metadata(deadline: ContinuousClock.Instant) async throws(SignInError) -> Fetched {
        if let current { return current }
        // Nobody makes us knock for each of their requests at a door that is shut.
        if fetching == nil, let lastFailure, (.zero..<Self.backOff).contains(clock.now - lastFailure.at) {
            throw lastFailure.error
        }
        return try await fetch(deadline: deadline)
    }

    /// A newer document after a signature that no key of this one made; nil when it is too soon to ask again.
    ///
    /// - Throws: `SignInError`.
    func newer(than old: Fetched, deadline: ContinuousClock.Instant) async throws(SignInError) -> Fetched? {
        if let current, current.at > old.at { return current }
        if fetching == nil {
            let now = clock.now
            if let lastAttempt, (.zero..<Self.refetchInterval).contains(now - lastAttempt) { return nil }
        }
        return try await fetch(deadline: deadline)
    }

    /// Fetches again what is a day old.
    func refreshWhenOld(deadline: ContinuousClock.Instant) async throws(SignInError) {
        if let current, (.zero..<Self.freshFor).contains(clock.now - current.at) { return }
        _ = try await fetch(deadline: deadline)
    }

    /// - Throws: `SignInError`: `metadata_unavailable`, a reason of SAML's for a document that cannot be used, or one of the
    ///   network.
    func fetch(deadline: ContinuousClock.Instant) async throws(SignInError) -> Fetched {
        let task: Task<Fetched, any Error>
        if let fetching {
            task = fetching
        } else {
            // Unstructured on purpose: the first caller may give up while others wait. It has a time limit of its own.
            task = Task {
                defer { fetching = nil }
                lastAttempt = clock.now
                do throws(SignInError) {
                    return try await loadAndKeep()
                } catch {
                    lastFailure = (error, clock.now)
                    throw error
                }
            }
            fetching = task
        }
        do {
            return try await value(of: task, by: deadline)
        } catch let error as SignInError {
            throw error
        } catch is DeadlineExceeded {
            throw SignInError("provider_timed_out", "\(url) did not answer in time", fault: .providerTimedOut)
        } catch {
            throw SignInError("store_failed", "metadata could not be fetched: \(error)", fault: .gateway)
        }
    }

    private func loadAndKeep() async throws(SignInError) -> Fetched {
        let (metadata, document) = try await load()
        guard learned(provider, metadata.entityID) else {
            refuseShared(metadata.entityID)
            throw SignInError(
                "metadata_issuer_taken",
                "\(url) describes \(metadata.entityID), which is another provider's issuer here", fault: .provider)
        }
        // Before anything is waited for: whoever collects the issuers meanwhile must find this one.
        let fetched = Fetched(metadata: metadata, at: clock.now)
        current = fetched
        firstIssuer = metadata.entityID
        do {
            try await store.save(
                StoredProviderMetadata(
                    provider: provider, url: url, issuer: metadata.entityID, document: document,
                    fetchedAt: fetched.at))
        } catch {
            // It is good in this process all the same.
            logger.error(
                "SAML metadata could not be kept", metadata: ["provider": "\(provider)", "error": "\(error)"])
        }
        return fetched
    }

    private func load() async throws(SignInError) -> (IdentityProviderMetadata, document: String) {
        let response: OutboundResponse
        do {
            response = try await transport.send(
                OutboundRequest(
                    .get, url, purpose: "saml_metadata",
                    headers: [(name: "Accept", value: "application/samlmetadata+xml, application/xml, text/xml")]),
                deadline: .now + Self.fetchTimeLimit,
                configuredHosts: Set([WebAddress(url)?.host].compactMap(\.self)))
        } catch {
            throw SignInError(error)
        }
        guard response.status == 200 else {
            throw SignInError("metadata_unavailable", "\(url) answers with status \(response.status)", fault: .provider)
        }
        do throws(SAMLRejection) {
            let metadata = try IdentityProviderMetadata(
                response.body, issuer: pinnedIssuer ?? firstIssuer)
            return (metadata, String(decoding: response.body, as: UTF8.self))
        } catch {
            throw SignInError(error.code, "\(url): \(error.detail)", fault: .provider)
        }
    }
}
