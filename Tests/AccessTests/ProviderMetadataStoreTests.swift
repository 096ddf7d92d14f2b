import Identity
import StrictJSON
import TestSupport
import Testing

@testable import Access

@Suite("Fetched metadata")
struct ProviderMetadataStoreTests {
    let fixture: AccessFixture
    let store: ProviderMetadataStore

    init() async throws {
        fixture = try await AccessFixture()
        store = ProviderMetadataStore(database: fixture.database)
    }

    private func metadata(_ document: String, provider: ProviderName = "okta-saml") -> StoredProviderMetadata {
        StoredProviderMetadata(
            provider: provider, url: "https://acme.okta.com/app/exk1/sso/saml/metadata",
            issuer: "http://www.okta.com/exk1", document: document, fetchedAt: fixture.clock.now)
    }

    @Test("the newest document of each provider is kept, and the others are told")
    func kept() async throws {
        #expect(try await store.all().isEmpty)
        let before = try await store.fingerprint()
        let count = fixture.database.changes.count
        try await store.save(metadata("<one/>"))
        #expect(fixture.database.changes.count != count)
        let first = try await store.fingerprint()
        #expect(first != before)
        fixture.clock.advance(.seconds(60))
        try await store.save(metadata("<two/>"))
        try await store.save(metadata("<other/>", provider: "other"))
        let all = try await store.all()
        #expect(all.count == 2 && all["okta-saml"]?.document == "<two/>" && all["other"]?.document == "<other/>")
        #expect(all["okta-saml"]?.fetchedAt == fixture.clock.now)
        #expect(all["okta-saml"]?.issuer == "http://www.okta.com/exk1")
        #expect(try await store.fingerprint() != first)
    }

    @Test("it goes with a provider that is removed")
    func removed() async throws {
        let providers = StoredProviders(
            database: fixture.database, audit: fixture.audit, keyring: fixture.keyring, random: .system)
        let added = try await providers.add(
            StoredProvider(
                name: "okta-saml", settings: JSONObject(), clientSecret: nil, createdAt: fixture.clock.now,
                createdBy: "adm_1"),
            address: nil)
        #expect(added)
        #expect(try await providers.all().providers.first.map { $0.clientSecret == nil } == true)
        try await store.save(metadata("<one/>"))
        #expect(try await providers.remove("okta-saml", actor: "adm_1", address: nil, at: fixture.clock.now))
        #expect(try await store.all().isEmpty)
    }
}
