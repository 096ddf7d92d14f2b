import Access
import Identity
import Logging
import OIDC

/// Revokes the refresh tokens of sessions that are over at their providers, beside the requests.
package struct TokenRevoker: Sendable {
    private static let most = 32
    private static let timeLimit = Duration.seconds(10)

    private let revocations: TokenRevocations
    private let live: LiveSettings
    private let logger: Logger

    init(revocations: TokenRevocations, live: LiveSettings, logger: Logger) {
        self.revocations = revocations
        self.live = live
        self.logger = logger
    }

    /// Revokes what is due now. What fails comes again later.
    package func revokeDue() async throws {
        let due = try await revocations.takeDue(limit: Self.most)
        await withDiscardingTaskGroup { group in
            for token in due { group.addTask { await revoke(token) } }
        }
    }

    /// Revokes what is left of a provider that was removed just now, as far as the time allows: afterwards nobody knows how.
    func revokeAll(of party: RelyingParty) async throws {
        let deadline = ContinuousClock.now + Self.timeLimit
        while ContinuousClock.now < deadline {
            let due = try await revocations.takeDue(limit: Self.most, provider: party.settings.name)
            if due.isEmpty { return }
            await withDiscardingTaskGroup { group in
                for token in due { group.addTask { await revoke(token, at: party) } }
            }
        }
    }

    private func revoke(_ token: TokenToRevoke) async {
        // A provider that is not configured may be so again: the token waits until it is too old.
        guard let party = live.relyingParty(token.provider) else { return }
        await revoke(token, at: party)
    }

    private func revoke(_ token: TokenToRevoke, at party: RelyingParty) async {
        // The name may mean another provider by now, and this one's secret is none of its business.
        guard token.issuer.isIdentical(to: party.settings.issuer) else { return }
        do {
            _ = try await party.revoke(refreshToken: token.refreshToken, deadline: .now + Self.timeLimit)
            try await revocations.done(token)
        } catch {
            logger.warning(
                "a refresh token of a session that is over could not be revoked; it is tried again",
                metadata: [
                    "session": "\(token.id)", "provider": "\(token.provider)",
                    "attempt": "\(token.attempts + 1)",
                    "error": "\(error)",
                ])
        }
    }
}
