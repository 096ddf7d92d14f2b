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

    private func revoke(_ token: TokenToRevoke) async {
        do {
            // Without the provider's settings there is nobody to ask, and nobody to ask as.
            if let party = live.relyingParty(token.provider) {
                _ = try await party.revoke(refreshToken: token.refreshToken, deadline: .now + Self.timeLimit)
            }
            try await revocations.done(token)
        } catch {
            logger.warning(
                "a refresh token of a session that is over could not be revoked; it is tried again",
                metadata: [
                    "session": "\(token.sessionID)", "provider": "\(token.provider)",
                    "attempt": "\(token.attempts + 1)",
                    "error": "\(error)",
                ])
        }
    }
}
