import Cryptography
import Identity
import JOSE
import StrictJSON
import TestSupport
import Testing

@testable import Access

@Suite("Application tokens")
struct ApplicationTokenTests {
    static let issuer = "https://sso.example.com"

    let fixture: AccessFixture
    let tokens: ApplicationTokens

    init() async throws {
        fixture = try await AccessFixture()
        try await fixture.signingKeys.refresh()
        tokens = ApplicationTokens(keys: fixture.signingKeys, clock: fixture.clock.wallClock)
    }

    private func session(_ identity: VerifiedIdentity = AccessFixture.identity()) async throws -> HotSession {
        try #require(try await fixture.check.session(token: try await fixture.signIn(identity).token))
    }

    private func claims(_ token: String?) throws -> JSONObject {
        try UnverifiedJWS(compact: try #require(token)).verified(by: JWKSet(fixture.signingKeys.published.serialized()))
            .claims
    }

    @Test("says who, for whom, and until when")
    func content() async throws {
        let authenticatedAt = fixture.clock.now - .milliseconds(1500)
        let session = try await session(
            AccessFixture.identity(groups: ["infraon-admins", "a,b"], authenticatedAt: authenticatedAt))
        let token = try tokens.token(for: session, audience: "app.example.com", issuer: Self.issuer)
        let now = fixture.clock.now.seconds
        #expect(
            JSON.object(try claims(token)) == [
                "iss": .string(Self.issuer), "aud": "app.example.com", "sub": .string(session.userID),
                "iat": .integer(now),
                "exp": .integer(now + 300), "sid": .string(session.id), "realm": "infraon", "roles": ["admin"],
                "groups": ["infraon-admins", "a,b"], "email": "ada@acme.example", "name": "Ada Berger",
                "auth_time": .integer(now - 2),
            ])
        let header = try #require(OpenedToken(token ?? "")).header
        #expect(header == ["alg": "ES256", "typ": "JWT", "kid": .string(fixture.signingKeys.signer?.keyID ?? "")])
    }

    @Test("what nobody knows is left out")
    func absent() async throws {
        let session = try await session(AccessFixture.identity(email: nil, name: nil))
        let claims = try claims(try tokens.token(for: session, audience: "a", issuer: Self.issuer))
        for name in ["email", "name", "auth_time"] { #expect(claims[name] == nil) }
    }

    @Test("is handed out for a minute, so each has four minutes left")
    func reuse() async throws {
        let session = try await session()
        let first = try tokens.token(for: session, audience: "a", issuer: Self.issuer)
        fixture.clock.advance(.seconds(60) - .milliseconds(1))
        #expect(try tokens.token(for: session, audience: "a", issuer: Self.issuer) == first)
        fixture.clock.advance(.milliseconds(1))
        let second = try tokens.token(for: session, audience: "a", issuer: Self.issuer)
        #expect(second != first)
        #expect(try claims(second)["exp"] == .integer(fixture.clock.now.seconds + 300))
        fixture.clock.advance(.seconds(-3600))
        #expect(try tokens.token(for: session, audience: "a", issuer: Self.issuer) != second)
    }

    @Test("never outlives its session")
    func sessionEnd() async throws {
        let session = try await session()
        for left in [Duration.seconds(301), .seconds(300), .seconds(299), .seconds(1), .milliseconds(1)] {
            fixture.clock.now = session.endsAt - left
            let expiry = try #require(
                try claims(try tokens.token(for: session, audience: "\(left)", issuer: Self.issuer))["exp"]?.integer)
            #expect(UnixTime(seconds: expiry) <= session.endsAt)
            #expect(UnixTime(seconds: expiry) - fixture.clock.now <= .seconds(300))
        }
        // One that is handed out again near the end is not beyond it either.
        fixture.clock.now = session.endsAt - .seconds(30)
        let early = try tokens.token(for: session, audience: "late", issuer: Self.issuer)
        fixture.clock.now = session.endsAt - .seconds(1)
        #expect(try tokens.token(for: session, audience: "late", issuer: Self.issuer) == early)
        #expect(try claims(early)["exp"] == .integer(session.endsAt.seconds))
    }

    @Test("each audience, issuer apart, has its own")
    func audiences() async throws {
        let session = try await session()
        let one = try tokens.token(for: session, audience: "a.example", issuer: Self.issuer)
        let other = try tokens.token(for: session, audience: "b.example", issuer: Self.issuer)
        #expect(one != other)
        #expect(try claims(one)["aud"] == "a.example")
        #expect(try claims(other)["aud"] == "b.example")
        // A thousand made-up hosts fill no memory.
        for number in 0..<1000 { _ = try tokens.token(for: session, audience: "host-\(number)", issuer: Self.issuer) }
        #expect(session.applicationTokens.withLock { $0.count } <= ApplicationTokens.keptAudiences)
    }

    @Test("each session has its own")
    func sessions() async throws {
        for session in [try await session(), try await session()] {
            let token = try tokens.token(for: session, audience: "a", issuer: Self.issuer)
            #expect(try claims(token)["sid"]?.string == session.id)
        }
    }

    @Test("a new signing key signs at once")
    func newKey() async throws {
        let session = try await session()
        let other = SigningKeys(
            database: try await AccessFixture().database, keyring: fixture.keyring, random: .system,
            clock: fixture.clock.wallClock)
        try await other.refresh()
        let first = try tokens.token(for: session, audience: "a", issuer: Self.issuer)
        let second = try ApplicationTokens(keys: other, clock: fixture.clock.wallClock).token(
            for: session, audience: "a", issuer: Self.issuer)
        #expect(OpenedToken(first ?? "")?.header["kid"] != OpenedToken(second ?? "")?.header["kid"])
    }

    @Test("is kept when the session is read from the store again, as long as it says the same")
    func afterReading() async throws {
        let admitted = try await fixture.signIn()
        func next() async throws -> String? {
            let session = try #require(try await fixture.check.session(token: admitted.token))
            return try tokens.token(for: session, audience: "a", issuer: Self.issuer)
        }
        let first = try await next()
        fixture.clock.advance(SessionCache.lifetime)
        #expect(fixture.check.hotSession(token: admitted.token) == nil)
        #expect(try await next() == first)
        // The same person signs in elsewhere under a new name.
        _ = try await fixture.signIn(AccessFixture.identity(name: "Ada Lovelace"))
        fixture.clock.advance(SessionCache.lifetime)
        let renamed = try await next()
        #expect(renamed != first)
        #expect(try claims(renamed)["name"] == "Ada Lovelace")
    }

    @Test("without a key there is no token")
    func noKey() async throws {
        let empty = SigningKeys(
            database: fixture.database, keyring: fixture.keyring, random: .system, clock: fixture.clock.wallClock)
        let session = try await session()
        #expect(
            try ApplicationTokens(keys: empty, clock: fixture.clock.wallClock).token(
                for: session, audience: "a", issuer: Self.issuer) == nil)
    }

    @Test("a token that ended early because of the provider's word is made anew when there is a newer word")
    func confirmed() async throws {
        let fixture = try await AccessFixture.revalidating()
        try await fixture.signingKeys.refresh()
        let tokens = ApplicationTokens(keys: fixture.signingKeys, clock: fixture.clock.wallClock)
        let session = try await fixture.signInRefreshably()
        fixture.clock.advance(.seconds(1790))
        func expiry() async throws -> JSON? {
            let hot = try #require(try await fixture.check.session(token: session.token))
            let token = try tokens.token(for: hot, audience: "a", issuer: Self.issuer)
            return OpenedToken(token ?? "")?.claims["exp"]
        }
        #expect(try await expiry() == .integer((TestClock.start + .seconds(1800)).seconds))
        try await fixture.revalidations.succeed(
            try await fixture.lease(session), identity: nil, idToken: nil, realm: AccessFixture.revalidated)
        #expect(try await expiry() == .integer(fixture.clock.now.seconds + 300))
    }
}
