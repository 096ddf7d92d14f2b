import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Provider tokens at rest")
struct ProviderTokenVaultTests {
    static let tokens = ProviderTokens(refreshToken: Secret("a-refresh-token"), logoutHint: Secret("an-id-token"))

    private func vault(_ fixture: AccessFixture, _ masterKeys: [UInt8]...) throws -> (ProviderTokenVault, Keyring) {
        let keyring = try Keyring(masterKeys: masterKeys)
        return (ProviderTokenVault(database: fixture.database, keyring: keyring, random: .system), keyring)
    }

    private func row(_ fixture: AccessFixture, _ id: String) async throws -> SQLRow {
        try await fixture.database.transaction(.readOnly) {
            try $0.rows("SELECT * FROM sessions WHERE id = $1", .text(id))[0]
        }
    }

    @Test("nothing is sealed again while the first key is the one in use")
    func current() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: Self.tokens)
        let before = try await row(fixture, session.id).text("refresh_token")
        #expect(try await fixture.vault.resealOutdated() == (0, 0))
        #expect(try await row(fixture, session.id).text("refresh_token") == before)
    }

    @Test("everything goes under the new key, and the old one can be dropped")
    func newKey() async throws {
        let fixture = try await AccessFixture()
        let both = try await fixture.signIn(tokens: Self.tokens)
        let one = try await fixture.signIn(tokens: ProviderTokens(refreshToken: nil, logoutHint: Secret("an-id-token")))
        _ = try await fixture.signIn()
        let (vault, _) = try vault(fixture, AccessFixture.otherMasterKey, AccessFixture.masterKey)
        #expect(try await vault.resealOutdated() == (2, 0))
        #expect(try await vault.resealOutdated() == (0, 0))
        let new = try self.vault(fixture, AccessFixture.otherMasterKey).1
        let first = try await row(fixture, both.id)
        #expect(
            try new.open(first.text("refresh_token"), for: "sessions/\(both.id)/refresh_token") == "a-refresh-token")
        #expect(try new.open(first.text("id_token"), for: "sessions/\(both.id)/id_token") == "an-id-token")
        let second = try await row(fixture, one.id)
        #expect(try second.optionalText("refresh_token") == nil)
        #expect(try new.open(second.text("id_token"), for: "sessions/\(one.id)/id_token") == "an-id-token")
    }

    @Test("what no configured key opens stays as it is, for the key may come back; the session goes on")
    func missingKey() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: Self.tokens)
        let before = try await row(fixture, session.id)
        let (vault, _) = try vault(fixture, AccessFixture.otherMasterKey)
        #expect(try await vault.resealOutdated() == (0, 1))
        let after = try await row(fixture, session.id)
        #expect(try after.text("refresh_token") == before.text("refresh_token"))
        #expect(try after.text("id_token") == before.text("id_token"))
        #expect(try await fixture.liveSession(session.token) == session.id)
        let (both, _) = try self.vault(fixture, AccessFixture.otherMasterKey, AccessFixture.masterKey)
        #expect(try await both.resealOutdated() == (1, 0))
    }

    @Test("a value that was moved from another row opens nowhere, and is not carried over")
    func moved() async throws {
        let fixture = try await AccessFixture()
        let one = try await fixture.signIn(tokens: Self.tokens)
        let other = try await fixture.signIn(tokens: ProviderTokens(refreshToken: Secret("another"), logoutHint: nil))
        let stolen = try await row(fixture, one.id).text("refresh_token")
        try await fixture.database.transaction {
            try $0.execute("UPDATE sessions SET refresh_token = $2 WHERE id = $1", .text(other.id), .text(stolen))
        }
        let (vault, _) = try vault(fixture, AccessFixture.otherMasterKey, AccessFixture.masterKey)
        #expect(try await vault.resealOutdated() == (1, 1))
        #expect(try await row(fixture, other.id).text("refresh_token") == stolen)
    }

    @Test("tokens that wait to be revoked go under the new key too")
    func waitingTokens() async throws {
        let fixture = try await AccessFixture()
        let session = try await fixture.signIn(tokens: Self.tokens)
        try await fixture.sessions.end(.session(id: session.id), reason: .signedOut)
        let (only, _) = try vault(fixture, AccessFixture.otherMasterKey)
        #expect(try await only.resealOutdated() == (0, 1))
        let (both, _) = try vault(fixture, AccessFixture.otherMasterKey, AccessFixture.masterKey)
        #expect(try await both.resealOutdated() == (1, 0))
        #expect(try await both.resealOutdated() == (0, 0))
        let revocations = TokenRevocations(database: fixture.database, vault: only, clock: fixture.clock.wallClock)
        #expect(try await revocations.takeDue(limit: 9).map { $0.refreshToken.reveal() } == ["a-refresh-token"])
    }
}
