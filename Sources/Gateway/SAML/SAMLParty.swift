import Access
import Cryptography
import Identity
import OIDC
import SAML

/// This gateway as the service provider of one SAML identity provider.
struct SAMLParty: Sendable {
    /// What it publishes about itself: the entity ID is the address of its metadata.
    struct Endpoints: Sendable {
        let entityID: String
        let assertionConsumer: String
        let logout: String

        init(provider: ProviderName, origin: String) {
            entityID = "\(origin)/login/saml/\(provider)/metadata"
            assertionConsumer = "\(origin)/login/saml/\(provider)"
            logout = "\(origin)/logout/saml/\(provider)"
        }
    }

    /// The identity provider as it is known at one moment.
    struct IdentityProvider: Sendable {
        let metadata: IdentityProviderMetadata
        fileprivate let fetched: MetadataSource.Fetched?
    }

    let settings: ServiceProviderSettings
    let endpoints: Endpoints
    /// What the gateway says about itself, made and signed when the settings come into force and not at each request: the
    /// address is open to everybody, and signing costs.
    let serviceProviderMetadata: Result<[UInt8], CryptographyError>
    /// Nil where the configuration says everything.
    let source: MetadataSource?
    let random: RandomSource
    let clock: WallClock

    init(
        settings: ServiceProviderSettings, origin: String, source: MetadataSource?, random: RandomSource,
        clock: WallClock
    ) {
        self.settings = settings
        let endpoints = Endpoints(provider: settings.name, origin: origin)
        self.endpoints = endpoints
        serviceProviderMetadata = Result { () throws(CryptographyError) in try Self.metadata(settings, endpoints) }
        self.source = source
        self.random = random
        self.clock = clock
    }

    private static func metadata(
        _ settings: ServiceProviderSettings, _ endpoints: Endpoints
    ) throws(CryptographyError) -> [UInt8] {
        let document = ServiceProviderMetadata(
            entityID: endpoints.entityID, acsURL: endpoints.assertionConsumer,
            sloURL: settings.signer == nil ? nil : endpoints.logout,
            signingCertificates: [settings.signingCertificate].compactMap(\.self),
            encryptionCertificates: [settings.encryptionCertificate].compactMap(\.self),
            nameIDFormat: settings.nameIDFormat, requestsSigned: settings.signer != nil)
        return Array(try document.xml(signer: settings.signer).utf8)
    }

    /// The identity provider, as far as it is known without asking.
    func knownIdentityProvider() async -> IdentityProvider? {
        let fetched = await source?.known
        return settings.description.identityProvider(fetched: fetched?.metadata).map {
            IdentityProvider(metadata: $0, fetched: fetched)
        }
    }

    /// - Throws: `SignInError` when its metadata is needed and not to be had.
    func identityProvider(deadline: ContinuousClock.Instant) async throws(SignInError) -> IdentityProvider {
        // What the configuration says must do where nothing was fetched yet.
        if let known = await knownIdentityProvider() { return try await current(known, deadline: deadline) }
        guard let source else {
            throw SignInError(
                "metadata_incomplete", "the configuration of \(settings.name) describes no identity provider",
                fault: .gateway)
        }
        return try identityProvider(fetched: try await source.metadata(deadline: deadline))
    }

    /// Metadata that says until when it may be used must not be used longer (SAML Metadata §2.3.2).
    private func current(
        _ known: IdentityProvider, deadline: ContinuousClock.Instant
    ) async throws(SignInError) -> IdentityProvider {
        guard let end = known.metadata.validUntil, end <= clock.now else { return known }
        if let newer = await newer(than: known, deadline: deadline),
            newer.metadata.validUntil.map({ $0 > clock.now }) ?? true
        {
            return newer
        }
        throw SignInError(
            "metadata_expired", "the metadata of \(settings.name) was good until \(end), and no newer one is to be had",
            fault: .provider)
    }

    private func identityProvider(fetched: MetadataSource.Fetched) throws(SignInError) -> IdentityProvider {
        guard let metadata = settings.description.identityProvider(fetched: fetched.metadata) else {
            throw SignInError(
                "metadata_incomplete",
                "the metadata of \(settings.name) names no sign-on address or no certificate that could be used",
                fault: .provider)
        }
        return IdentityProvider(metadata: metadata, fetched: fetched)
    }

    /// Judges with the keys that are known, and once more with newer ones when none of them made the signature.
    ///
    /// - Throws: `SAMLFailure`.
    func judge<Verified: Sendable>(
        deadline: ContinuousClock.Instant,
        _ body: @Sendable (IdentityProviderMetadata) throws(SAMLRejection) -> Verified
    ) async throws(SAMLFailure) -> Verified {
        let provider: IdentityProvider
        do throws(SignInError) { provider = try await identityProvider(deadline: deadline) } catch {
            throw .notJudged(error)
        }
        do {
            return try body(provider.metadata)
        } catch {
            guard error.mayBeCuredByNewKeys, let newer = await newer(than: provider, deadline: deadline) else {
                throw .rejected(error, by: provider.metadata)
            }
            do {
                return try body(newer.metadata)
            } catch {
                throw .rejected(error, by: newer.metadata)
            }
        }
    }

    /// Nil when there is nothing newer to be had just now; then the answer stays what it was.
    private func newer(
        than old: IdentityProvider, deadline: ContinuousClock.Instant
    ) async -> IdentityProvider? {
        guard let source else { return nil }
        do throws(SignInError) {
            let fetched: MetadataSource.Fetched?
            if let earlier = old.fetched {
                fetched = try await source.newer(than: earlier, deadline: deadline)
            } else {
                fetched = try await source.metadata(deadline: deadline)
            }
            return try fetched.map { fetched throws(SignInError) in try identityProvider(fetched: fetched) }
        } catch {
            return nil
        }
    }
}

/// Why a message of an identity provider is not accepted.
enum SAMLFailure: Error {
    /// It breaks a rule.
    case rejected(SAMLRejection, by: IdentityProviderMetadata)
    /// The identity provider's keys are not to be had.
    case notJudged(SignInError)

    var signInError: SignInError {
        switch self {
        case .rejected(let rejection, _): SignInError(rejection.code, rejection.detail)
        case .notJudged(let error): error
        }
    }
}
