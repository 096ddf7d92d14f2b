import Cryptography
import Identity
import JOSE
import SQL
import StrictJSON
import TestSupport
import Testing

@testable import Access

@Suite("Signing keys")
struct SigningKeyTests {
    static let day = Duration.seconds(24 * 3600)

    /// Ids of the published keys, in their order.
    private func published(_ keys: SigningKeys) -> [String] {
        keys.published["keys"]?.array?.compactMap { $0["kid"]?.string } ?? []
    }

    @Test("before the first look there is no key; the first key signs at once")
    func first() async throws {
        let fixture = try await AccessFixture()
        #expect(fixture.signingKeys.signer == nil)
        #expect(fixture.signingKeys.published == ["keys": []])
        try await fixture.signingKeys.refresh()
        let signer = try #require(fixture.signingKeys.signer)
        #expect(published(fixture.signingKeys) == [signer.keyID])
        let jwk = try #require(fixture.signingKeys.published["keys"]?.array?.first)
        #expect(jwk["alg"] == "ES256" && jwk["use"] == "sig" && jwk["d"] == nil)
        let text = try signer.sign(["sub": "x"])
        _ = try UnverifiedJWS(compact: text).verified(by: JWKSet(fixture.signingKeys.published.serialized()))
    }

    @Test("looking again changes nothing")
    func stable() async throws {
        let fixture = try await AccessFixture()
        try await fixture.signingKeys.refresh()
        let before = published(fixture.signingKeys)
        fixture.clock.advance(SigningKeys.lifetime - SigningKeys.publishedAhead - .milliseconds(1))
        for _ in 0..<3 { try await fixture.signingKeys.refresh() }
        #expect(published(fixture.signingKeys) == before)
    }

    @Test("a new key is published a day before it signs; the old one stays for an hour after")
    func rotation() async throws {
        let fixture = try await AccessFixture()
        let keys = fixture.signingKeys
        try await keys.refresh()
        let old = try #require(keys.signer?.keyID)
        fixture.clock.advance(SigningKeys.lifetime - SigningKeys.publishedAhead)
        try await keys.refresh()
        #expect(published(keys).count == 2 && published(keys).first == old)
        let new = try #require(published(keys).last)
        #expect(keys.signer?.keyID == old)
        fixture.clock.advance(Self.day - .milliseconds(1))
        try await keys.refresh()
        #expect(keys.signer?.keyID == old && published(keys) == [old, new])
        fixture.clock.advance(.milliseconds(1))
        // Without another look: the clock alone decides who signs.
        #expect(keys.signer?.keyID == new)
        try await keys.refresh()
        #expect(keys.signer?.keyID == new && published(keys) == [old, new])
        fixture.clock.advance(.seconds(3600))
        try await keys.refresh()
        #expect(published(keys) == [old, new])
        fixture.clock.advance(.milliseconds(1))
        try await keys.refresh()
        #expect(published(keys) == [new] && keys.signer?.keyID == new)
    }

    @Test("after a long sleep the new key is still published ahead, and the old one signs meanwhile")
    func longSleep() async throws {
        let fixture = try await AccessFixture()
        let keys = fixture.signingKeys
        try await keys.refresh()
        let old = try #require(keys.signer?.keyID)
        fixture.clock.advance(.seconds(90 * 24 * 3600))
        try await keys.refresh()
        #expect(keys.signer?.keyID == old && published(keys).count == 2)
        fixture.clock.advance(Self.day)
        try await keys.refresh()
        #expect(keys.signer?.keyID != old)
    }

    @Test("replicas share the keys, also when they start together")
    func replicas() async throws {
        let fixture = try await AccessFixture()
        let replicas = (0..<8).map { _ in
            SigningKeys(
                database: fixture.database, keyring: fixture.keyring, random: .system, clock: fixture.clock.wallClock)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for replica in replicas { group.addTask { try await replica.refresh() } }
            try await group.waitForAll()
        }
        #expect(Set(replicas.map { published($0) }).count == 1)
        #expect(try await fixture.count("SELECT key_id FROM signing_keys") == 1)
    }

    @Test("the store holds the keys sealed, each for its own place")
    func atRest() async throws {
        let fixture = try await AccessFixture()
        try await fixture.signingKeys.refresh()
        let row = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM signing_keys")[0] }
        #expect(!"\(row)".contains("PRIVATE"))
        let id = try row.text("key_id")
        let pem = try fixture.keyring.open(row.text("private_key"), for: "signing_keys/\(id)/private_key")
        #expect(pem.contains("PRIVATE KEY"))
        #expect(throws: CryptographyError.self) {
            try fixture.keyring.open(row.text("private_key"), for: "signing_keys/other/private_key")
        }
    }

    @Test("under a new master key the keys are sealed again, and the old one can be dropped")
    func newMasterKey() async throws {
        let fixture = try await AccessFixture()
        try await fixture.signingKeys.refresh()
        let before = published(fixture.signingKeys)
        func keys(_ masterKeys: [[UInt8]]) throws -> SigningKeys {
            SigningKeys(
                database: fixture.database, keyring: try Keyring(masterKeys: masterKeys), random: .system,
                clock: fixture.clock.wallClock)
        }
        let both = try keys([AccessFixture.otherMasterKey, AccessFixture.masterKey])
        try await both.refresh()
        #expect(published(both) == before)
        let new = try keys([AccessFixture.otherMasterKey])
        try await new.refresh()
        #expect(published(new) == before && new.signer != nil)
    }

    @Test("a store under another master key is refused, and left alone")
    func wrongMasterKey() async throws {
        let fixture = try await AccessFixture()
        try await fixture.signingKeys.refresh()
        let before = published(fixture.signingKeys)
        let wrong = SigningKeys(
            database: fixture.database, keyring: try Keyring(masterKeys: [AccessFixture.otherMasterKey]),
            random: .system,
            clock: fixture.clock.wallClock)
        await #expect(throws: SigningKeysError.self) { try await wrong.refresh() }
        #expect(wrong.signer == nil && published(wrong) == [])
        try await fixture.signingKeys.refresh()
        #expect(published(fixture.signingKeys) == before)
    }

    @Test("one key of several that cannot be read does not stop the others")
    func oneUnreadable() async throws {
        let fixture = try await AccessFixture()
        let keys = fixture.signingKeys
        try await keys.refresh()
        let old = try #require(keys.signer?.keyID)
        fixture.clock.advance(SigningKeys.lifetime - SigningKeys.publishedAhead)
        try await keys.refresh()
        try await fixture.database.transaction {
            try $0.execute("UPDATE signing_keys SET private_key = 'garbage' WHERE generation = 2")
        }
        try await keys.refresh()
        #expect(published(keys) == [old] && keys.signer?.keyID == old)
    }

    @Test("a store that fails leaves the keys in force")
    func storeFails() async throws {
        let fixture = try await AccessFixture()
        try await fixture.signingKeys.refresh()
        let before = published(fixture.signingKeys)
        try await fixture.database.close()
        await #expect(throws: SQLError.self) { try await fixture.signingKeys.refresh() }
        #expect(published(fixture.signingKeys) == before && fixture.signingKeys.signer != nil)
    }
}
