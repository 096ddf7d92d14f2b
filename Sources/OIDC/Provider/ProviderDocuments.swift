import Identity
import JOSE
import Outbound

/// The provider's metadata and keys, fetched once for everybody and kept.
///
/// Whoever comes while a fetch is under way waits for that one. A provider that is down is covered by what is kept, for
/// up to a day.
actor ProviderDocuments {
    /// A key set, and which of the sets fetched so far it is.
    struct Keys: Sendable {
        let set: JWKSet
        fileprivate let generation: Int
    }

    private struct Kept<Document: Sendable>: Sendable {
        let document: Document
        let fetchedAt: UnixTime
    }

    /// After this a document is fetched again when it is next needed.
    static let freshFor = Duration.seconds(3600)
    /// For this long a document is better than none.
    static let usableFor = Duration.seconds(24 * 3600)
    /// What one fetch may take, whoever waits for it.
    static let fetchTimeLimit = Duration.seconds(5)
    /// A provider that did not answer is not asked again for this long while what is kept will do.
    static let backOff = Duration.seconds(60)
    /// An unknown key asks for new keys at most this often, or anybody could make us hammer the provider.
    static let keyRefetchInterval = Duration.seconds(60)

    private let issuer: String
    private let transport: any OutboundTransport
    private let clock: WallClock
    private let configuredHosts: Set<String>
    private var metadata: Kept<ProviderMetadata>?
    private var keys: Kept<Keys>?
    private var metadataFetch: Task<ProviderMetadata, any Error>?
    private var keysFetch: Task<Keys, any Error>?
    private var lastKeyRefetch: UnixTime?
    private var lastFailure: UnixTime?

    init(issuer: String, transport: any OutboundTransport, clock: WallClock, configuredHosts: Set<String>) {
        self.issuer = issuer
        self.transport = transport
        self.clock = clock
        self.configuredHosts = configuredHosts
    }

    /// Discovery §4.1.
    static func discoveryURL(of issuer: String) -> String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// The metadata that is in memory, however old; asks nobody.
    var knownMetadata: ProviderMetadata? { metadata?.document }

    /// - Throws: `SignInError`.
    func metadata(deadline: ContinuousClock.Instant) async throws(SignInError) -> ProviderMetadata {
        let now = clock.now
        if let metadata, Self.isWithin(freshness(now), from: metadata.fetchedAt, to: now) { return metadata.document }
        do {
            return try await fetchMetadata(deadline: deadline)
        } catch {
            // A provider that now names another issuer is not one to cover for.
            guard error.fault == .provider || error.fault == .providerTimedOut,
                error.reason != "discovery_issuer_mismatch", let metadata, now - metadata.fetchedAt < Self.usableFor
            else { throw error }
            return metadata.document
        }
    }

    /// - Throws: `SignInError`.
    func keys(deadline: ContinuousClock.Instant) async throws(SignInError) -> Keys {
        let now = clock.now
        if let keys, Self.isWithin(freshness(now), from: keys.fetchedAt, to: now) { return keys.document }
        do {
            return try await fetchKeys(deadline: deadline)
        } catch {
            guard let keys, now - keys.fetchedAt < Self.usableFor else { throw error }
            return keys.document
        }
    }

    /// Newer keys after a token named one that is not in these; nil when it is too soon to ask again.
    func newerKeys(
        than old: Keys, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> Keys? {
        // Somebody asked since these were read, or asks just now: their answer is as new as ours would be.
        if let keys, keys.document.generation > old.generation { return keys.document }
        if keysFetch == nil {
            let now = clock.now
            if let last = lastKeyRefetch, Self.isWithin(Self.keyRefetchInterval, from: last, to: now) { return nil }
            lastKeyRefetch = now
        }
        return try await fetchKeys(deadline: deadline)
    }

    /// For how long a document needs no fetch: longer while the provider does not answer.
    private func freshness(_ now: UnixTime) -> Duration {
        guard let lastFailure, Self.isWithin(Self.backOff, from: lastFailure, to: now) else { return Self.freshFor }
        return Self.usableFor
    }

    /// A clock that was set back must not make something look new for as long as it went back.
    private static func isWithin(_ duration: Duration, from start: UnixTime, to now: UnixTime) -> Bool {
        (.zero..<duration).contains(now - start)
    }

    private func fetchMetadata(deadline: ContinuousClock.Instant) async throws(SignInError) -> ProviderMetadata {
        let fetch: Task<ProviderMetadata, any Error>
        if let metadataFetch {
            fetch = metadataFetch
        } else {
            // Unstructured on purpose: the first caller may give up while others wait. It has a time limit of its own.
            fetch = Task {
                defer { metadataFetch = nil }
                let body = try await get(Self.discoveryURL(of: issuer), purpose: "discovery")
                let document = try ProviderMetadata(document: body, expectedIssuer: issuer)
                metadata = Kept(document: document, fetchedAt: clock.now)
                lastFailure = nil
                return document
            }
            metadataFetch = fetch
        }
        return try await outcome(of: fetch, by: deadline)
    }

    private func fetchKeys(deadline: ContinuousClock.Instant) async throws(SignInError) -> Keys {
        let fetch: Task<Keys, any Error>
        if let keysFetch {
            fetch = keysFetch
        } else {
            fetch = Task {
                defer { keysFetch = nil }
                let url = try await metadata(deadline: .now + Self.fetchTimeLimit).jwksURI
                let body = try await get(url, purpose: "jwks")
                let set: JWKSet
                do throws(JOSEError) {
                    set = try JWKSet(body)
                } catch {
                    throw SignInError(error.reason.rawValue, error.detail, fault: .provider)
                }
                let document = Keys(set: set, generation: (keys?.document.generation ?? 0) + 1)
                keys = Kept(document: document, fetchedAt: clock.now)
                lastFailure = nil
                return document
            }
            keysFetch = fetch
        }
        return try await outcome(of: fetch, by: deadline)
    }

    private func get(_ url: String, purpose: String) async throws(SignInError) -> [UInt8] {
        let request = OutboundRequest(
            .get, url, purpose: purpose, headers: [(name: "Accept", value: "application/json")])
        let response: OutboundResponse
        do {
            response = try await transport.send(
                request, deadline: .now + Self.fetchTimeLimit, configuredHosts: configuredHosts)
        } catch {
            lastFailure = clock.now
            throw SignInError(error)
        }
        guard response.status == 200 else {
            lastFailure = clock.now
            throw SignInError(
                "\(purpose)_failed", "\(url) answers with status \(response.status)", fault: .provider)
        }
        return response.body
    }

    private func outcome<Document: Sendable>(
        of fetch: Task<Document, any Error>, by deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> Document {
        do {
            return try await value(of: fetch, by: deadline)
        } catch let error as SignInError {
            throw error
        } catch is DeadlineExceeded {
            throw SignInError(
                "provider_timed_out", "the documents of \(issuer) did not arrive in time", fault: .providerTimedOut)
        } catch {
            throw SignInError("provider_unreachable", "\(error)", fault: .provider)
        }
    }
}
