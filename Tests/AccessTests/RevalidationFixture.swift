import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

extension AccessFixture {
    /// Asked for every 15 minutes, believed for 30.
    static let revalidated = realm(
        "infraon", providers: ["okta", "other"],
        revalidation: RevalidationRules(interval: .seconds(900), grace: .seconds(1800)),
        roles: [("infraon-admins", "admin"), ("infraon-tech-*", "technician")])

    static let refreshable = ProviderTokens(refreshToken: Secret("first-token"), logoutHint: Secret("first-id-token"))

    /// - Parameter earlier: another process on the same store.
    static func revalidating(besides earlier: AccessFixture? = nil) async throws -> AccessFixture {
        try await AccessFixture(rules: rules(revalidated, portal), besides: earlier)
    }

    /// A session that can be asked for, as `revalidated` has it.
    func signInRefreshably(_ identity: VerifiedIdentity = identity()) async throws -> Admitted {
        try await signIn(identity, realm: Self.revalidated, tokens: Self.refreshable)
    }

    /// Takes the leases of what is due.
    func takeDue(limit: Int = 100) async throws -> [SessionLease] {
        try await revalidations.takeDue(realm: Self.revalidated, provider: "okta", limit: limit)
    }

    /// The lease on one session, taken now.
    func lease(_ session: Admitted) async throws -> SessionLease {
        try #require(try await revalidations.take(sessionID: session.id))
    }

    func row(_ sessionID: String) async throws -> SQLRow? {
        try await database.transaction(.readOnly) {
            try $0.rows("SELECT * FROM sessions WHERE id = $1", .text(sessionID)).first
        }
    }

    /// The refresh token that a session has now, in clear.
    func refreshToken(of sessionID: String) async throws -> String? {
        guard let sealed = try await row(sessionID)?.optionalText("refresh_token") else { return nil }
        return try vault.openRefreshToken(sealed, of: sessionID).reveal()
    }

    /// What waits to be revoked, by session. Takes it.
    func tokensToRevoke() async throws -> [String: String] {
        let due = try await revocations.takeDue(limit: 100)
        return Dictionary(uniqueKeysWithValues: due.map { ($0.id, $0.refreshToken.reveal()) })
    }

    func roles(_ session: Admitted) async throws -> [RoleName]? {
        try await check.session(token: session.token)?.roles
    }
}
