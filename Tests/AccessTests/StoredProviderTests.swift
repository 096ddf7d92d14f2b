import Cryptography
import Identity
import SQL
import StrictJSON
import TestSupport
import Testing

@testable import Access

@Suite("Providers of the store")
struct StoredProviderTests {
    let fixture: AccessFixture
    let providers: StoredProviders

    init() async throws {
        fixture = try await AccessFixture()
        providers = Self.providers(fixture, fixture.keyring)
    }

    private static func providers(_ fixture: AccessFixture, _ keyring: Keyring) -> StoredProviders {
        StoredProviders(database: fixture.database, audit: fixture.audit, keyring: keyring, random: .system)
    }

    private static func provider(_ name: ProviderName = "acme", secret: String = "the-client-secret") -> StoredProvider
    {
        StoredProvider(
            name: name,
            settings: JSONObject([("kind", "okta"), ("scopes", ["openid", "\u{fc}"]), ("realms", ["infraon"])]),
            clientSecret: Secret(secret), createdAt: TestClock.start, createdBy: "adm_1")
    }

    @Test("comes back as it was added, by name, with an audit event")
    func roundTrip() async throws {
        #expect(try await providers.add(Self.provider("b"), address: "192.0.2.1"))
        #expect(try await providers.add(Self.provider("a"), address: nil))
        let (all, unreadable) = try await providers.all()
        #expect(all.map(\.name) == ["a", "b"] && unreadable.isEmpty)
        let provider = try #require(all.last)
        #expect(provider.settings == Self.provider().settings && provider.clientSecret?.reveal() == "the-client-secret")
        #expect(provider.createdAt == TestClock.start && provider.createdBy == "adm_1")
        #expect(!"\(all)".contains("the-client-secret"))
        let event = try #require(try await fixture.trail().last)
        #expect(event.kind == .providerAdded && event.provider == "b" && event.actor == "adm_1")
        #expect(event.address == "192.0.2.1" && event.at == TestClock.start)
    }

    @Test("one name, one provider: a second is not added and changes nothing")
    func duplicate() async throws {
        #expect(try await providers.add(Self.provider(), address: nil))
        let trail = try await fixture.events()
        #expect(try await !providers.add(Self.provider(secret: "another"), address: nil))
        #expect(try await providers.all().providers.map { $0.clientSecret?.reveal() } == ["the-client-secret"])
        #expect(try await providers.add(Self.provider("ACME"), address: nil))
        #expect(try await fixture.events().count == trail.count + 1)
    }

    @Test("what is removed is gone, and may come again")
    func removal() async throws {
        #expect(try await providers.add(Self.provider(), address: nil))
        let later = TestClock.start + .seconds(5)
        #expect(try await !providers.remove("Acme", actor: "adm_2", address: nil, at: later))
        #expect(try await providers.remove("acme", actor: "adm_2", address: "192.0.2.2", at: later))
        #expect(try await providers.all().providers.isEmpty)
        #expect(try await !providers.remove("acme", actor: "adm_2", address: nil, at: later))
        let event = try #require(try await fixture.trail().first)
        #expect(event.kind == .providerRemoved && event.provider == "acme" && event.actor == "adm_2")
        #expect(event.address == "192.0.2.2" && event.at == later)
        #expect(try await providers.add(Self.provider(), address: nil))
    }

    @Test("every change is announced and changes the fingerprint; what changes nothing does neither")
    func announcements() async throws {
        let other = try await AccessFixture(besides: fixture)
        let elsewhere = Self.providers(other, other.keyring)
        var (count, fingerprint) = (other.database.changes.count, try await elsewhere.fingerprint())
        func hasChanged() async throws -> [Bool] {
            defer { count = other.database.changes.count }
            let now = try await elsewhere.fingerprint()
            defer { fingerprint = now }
            return [other.database.changes.count != count, now != fingerprint]
        }
        _ = try await providers.add(Self.provider(), address: nil)
        #expect(try await hasChanged() == [true, true])
        _ = try await providers.add(Self.provider(), address: nil)
        #expect(try await hasChanged() == [false, false])
        _ = try await providers.remove("none", actor: "a", address: nil, at: TestClock.start)
        #expect(try await hasChanged() == [false, false])
        _ = try await providers.remove("acme", actor: "a", address: nil, at: TestClock.start)
        #expect(try await hasChanged() == [true, true])
    }

    @Test("what cannot be audited does not happen")
    func auditFails() async throws {
        #expect(try await providers.add(Self.provider(), address: nil))
        try await fixture.database.transaction { try $0.execute("ALTER TABLE audit_events RENAME TO away") }
        await #expect(throws: SQLError.self) { try await providers.add(Self.provider("b"), address: nil) }
        await #expect(throws: SQLError.self) {
            try await providers.remove("acme", actor: "a", address: nil, at: TestClock.start)
        }
        #expect(try await providers.all().providers.map(\.name) == ["acme"])
    }

    @Test("the secret is sealed at rest, for its own row, and unreadable under another master key")
    func atRest() async throws {
        #expect(try await providers.add(Self.provider("a", secret: "secret-a"), address: nil))
        #expect(try await providers.add(Self.provider("b", secret: "secret-b"), address: nil))
        let rows = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM providers") }
        #expect(!"\(rows)".contains("secret-"))
        let without = Self.providers(fixture, try Keyring(masterKeys: [AccessFixture.otherMasterKey]))
        let (all, unreadable) = try await without.all()
        #expect(all.isEmpty && unreadable == ["a", "b"])
        #expect(try await without.fingerprint().count == 2)
        // A secret that was moved to another provider's row, and with it to another provider's address, opens nowhere.
        try await fixture.database.transaction {
            try $0.execute(
                "UPDATE providers SET client_secret = (SELECT client_secret FROM providers WHERE name = 'a') WHERE name = 'b'"
            )
        }
        let moved = try await providers.all()
        #expect(moved.providers.map(\.name) == ["a"] && moved.unreadable == ["b"])
    }

    @Test("settings that are no JSON object are left out and counted")
    func broken() async throws {
        #expect(try await providers.add(Self.provider(), address: nil))
        try await fixture.database.transaction { try $0.execute("UPDATE providers SET settings = '[]'") }
        let (all, unreadable) = try await providers.all()
        #expect(all.isEmpty && unreadable == ["acme"])
    }

    @Test("goes under a new master key, so that the old one can be dropped")
    func newMasterKey() async throws {
        #expect(try await providers.add(Self.provider(), address: nil))
        let (old, new) = (AccessFixture.masterKey, AccessFixture.otherMasterKey)
        let only = Self.providers(fixture, try Keyring(masterKeys: [new]))
        #expect(try await only.resealOutdated() == 1)
        #expect(try await Self.providers(fixture, try Keyring(masterKeys: [new, old])).resealOutdated() == 0)
        #expect(try await only.all().providers.map { $0.clientSecret?.reveal() } == ["the-client-secret"])
        #expect(try await only.resealOutdated() == 0)
        #expect(try await providers.all().unreadable == ["acme"])
    }
}

@Suite("Proof keys at rest")
struct ProofKeyTests {
    private func keys(_ fixture: AccessFixture, _ masterKeys: [[UInt8]] = [AccessFixture.masterKey]) throws -> ProofKeys
    {
        ProofKeys(database: fixture.database, keyring: try Keyring(masterKeys: masterKeys), random: .system)
    }

    @Test("each provider has one key, the same for every process and after every start")
    func stable() async throws {
        let fixture = try await AccessFixture()
        let other = try await AccessFixture(besides: fixture)
        let all = try [keys(fixture), keys(other), keys(fixture)]
        let pems = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<12 { group.addTask { try await all[number % 3].key(of: "okta").pem.reveal() } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(pems.count == 1)
        #expect(try await !pems.contains(all[0].key(of: "other").pem.reveal()))
        #expect(try await all[0].key(of: "okta").algorithm == .es256)
        #expect(try await fixture.count("SELECT provider FROM proof_keys") == 2)
    }

    @Test("the store holds no key in clear; under another master key, or in another row, it opens nowhere")
    func atRest() async throws {
        let fixture = try await AccessFixture()
        let pem = try await keys(fixture).key(of: "okta").pem.reveal()
        _ = try await keys(fixture).key(of: "other")
        let rows = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM proof_keys") }
        for line in pem.split(separator: "\n") { #expect(!"\(rows)".contains(line)) }
        await #expect(throws: CryptographyError.self) {
            try await keys(fixture, [AccessFixture.otherMasterKey]).key(of: "okta")
        }
        try await fixture.database.transaction {
            try $0.execute(
                "UPDATE proof_keys SET private_key = (SELECT private_key FROM proof_keys WHERE provider = 'okta') WHERE provider = 'other'"
            )
        }
        await #expect(throws: CryptographyError.self) { try await keys(fixture).key(of: "other") }
        #expect(try await keys(fixture).key(of: "okta").pem.reveal() == pem)
    }

    @Test("goes under a new master key, so that the old one can be dropped")
    func newMasterKey() async throws {
        let fixture = try await AccessFixture()
        let pem = try await keys(fixture).key(of: "okta").pem.reveal()
        let (old, new) = (AccessFixture.masterKey, AccessFixture.otherMasterKey)
        #expect(try await keys(fixture, [new]).resealOutdated() == 1)
        #expect(try await keys(fixture, [new, old]).resealOutdated() == 0)
        #expect(try await keys(fixture, [new]).key(of: "okta").pem.reveal() == pem)
        await #expect(throws: CryptographyError.self) { try await keys(fixture).key(of: "okta") }
    }
}
