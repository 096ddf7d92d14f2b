import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Schema")
struct SchemaTests {
    @Test("the first step, which stores have run, is as it was")
    func released() throws {
        let first = try #require(Schema.migrations.first)
        let text = first.statements.map { "\($0)" }.joined(separator: ";\n")
        #expect(first.version == 1)
        #expect(SHA256Digest(of: text).base64URL == "w1EI03qRuvrj0Fj9Iv63Sa06ZoZIY3rrRrFk7j5gvNw")
    }

    @Test("so is the second")
    func releasedSecond() throws {
        let second = Schema.migrations[1]
        let text = second.statements.map { "\($0)" }.joined(separator: ";\n")
        #expect(second.version == 2)
        #expect(SHA256Digest(of: text).base64URL == "_61Q27nectFQBqpNNtaoz0ZShTO1Y1b5X8IY00OpsZg")
    }

    @Test("steps count up from one")
    func versions() {
        #expect(Schema.migrations.map(\.version) == Array(1...Int64(Schema.migrations.count)))
    }

    /// A store as the first version left it, with somebody signed in and a sign-in under way.
    private func firstStore(
        _ folder: TemporaryFolder, keyring: Keyring, token: String, state: String
    ) async throws {
        let database = try await SQLiteDatabase(path: folder.file("store.db"))
        try await database.migrate([Schema.migrations[0]])
        let now = TestClock.start
        let refreshToken = keyring.seal("first-token", for: "sessions/ses_1/refresh_token", random: .system)
        let secrets = keyring.seal(
            "a-nonce a-verifier", for: "login_attempts/0123456789abcdef/secrets", random: .system)
        try await database.transaction { tx in
            try tx.execute(
                """
                INSERT INTO users (id, issuer, subject, email, email_folded, name, created_at, last_sign_in_at)
                VALUES ('usr_1', 'https://acme.okta.com', '00u1', 'Ada@acme.example', 'ada@acme.example', 'Ada', $1, $1)
                """, SQLValue(now))
            for (id, token, refreshToken) in [
                ("ses_1", token, SQLValue.text(refreshToken)), ("ses_2", token + "2", .null),
            ] {
                try tx.execute(
                    """
                    INSERT INTO sessions (id, token_hash, user_id, realm, provider, groups, created_at, last_seen_at,
                        ends_at, refresh_token)
                    VALUES ($1, $2, 'usr_1', 'infraon', 'okta', '["infraon-admins"]', $3, $4, $5, $6)
                    """, .text(id), .text(SHA256Digest(of: token).base64URL), SQLValue(now),
                    SQLValue(now + .seconds(600)), SQLValue(now + .seconds(43200)), refreshToken)
            }
            try tx.execute(
                """
                INSERT INTO login_attempts (id, state_hash, browser_hash, realm, provider, return_to, secrets, expires_at)
                VALUES ('0123456789abcdef', $1, $2, 'infraon', 'okta', 'https://app.example.com/', $3, $4)
                """, .text(SHA256Digest(of: state).base64URL), .text(SHA256Digest(of: "binding").base64URL),
                .text(secrets), SQLValue(now + .seconds(600)))
            try tx.execute(
                "INSERT INTO audit_events (id, at, kind) VALUES ('0', $1, 'login.succeeded')", SQLValue(now))
        }
        try await database.close()
    }

    @Test("a store of the first version: everybody stays signed in, and whoever can be asked for is asked for")
    func firstToSecond() async throws {
        let earlier = try TemporaryFolder()
        let token = RandomSource.system.token()
        let state = "0123456789abcdef." + RandomSource.system.token()
        try await firstStore(
            earlier, keyring: try Keyring(masterKeys: [AccessFixture.masterKey]), token: token, state: state)
        let fixture = try await AccessFixture(
            rules: AccessFixture.rules(AccessFixture.revalidated, AccessFixture.portal), in: earlier)
        fixture.clock.advance(.seconds(500))
        let hot = try #require(try await fixture.check.session(token: token))
        #expect(hot.id == "ses_1" && hot.kind == .browser && hot.host == nil && hot.roles == ["admin"])
        #expect(
            hot.validatedAt == TestClock.start && hot.authenticationContext == nil && hot.email == "Ada@acme.example")
        let attempt = try await fixture.attempts.consume(state: state, binding: "binding")
        #expect(attempt.purpose == .browser && !attempt.isSilent && attempt.acrValues.isEmpty)
        #expect(attempt.nonce == "a-nonce" && attempt.maximumAge == nil)
        let user = try #require(try await Users(database: fixture.database).user(id: "usr_1"))
        #expect(user.groups.isEmpty && user.subject == "00u1")
        #expect(try await fixture.list().map(\.id) == ["ses_1", "ses_2"])
        #expect(try await fixture.events() == ["login.succeeded"])

        fixture.clock.advance(.seconds(500))
        #expect(try await fixture.takeDue().isEmpty)
        try await fixture.revalidations.align(with: fixture.check.currentRules)
        let lease = try #require(try await fixture.takeDue().first)
        #expect(lease.sessionID == "ses_1" && lease.refreshToken.reveal() == "first-token" && lease.subject == "00u1")
        // A second start changes nothing more.
        try await fixture.database.migrate(Schema.migrations)
        #expect(try await fixture.sessionRows == 2)
    }
}
