import Cryptography
import Identity
import StrictJSON

/// Tokens with full rights for whoever has the machine: first set-up and break glass.
///
/// A token reads `gha.{claims}.{code}`, authenticated under the master key, so it works with an empty store and ends by
/// itself. Making one is audited.
package struct AdministratorTokens: Sendable {
    package static let longestLifetime = Duration.seconds(24 * 3600)

    private let keyring: Keyring
    private let random: RandomSource
    private let clock: WallClock

    package init(keyring: Keyring, random: RandomSource, clock: WallClock) {
        self.keyring = keyring
        self.random = random
        self.clock = clock
    }

    /// - Returns: the token, and its public id for the audit trail.
    package func make(lifetime: Duration) -> (token: Secret, id: String) {
        let id = "adm_" + Base64URL.encode(random.bytes(9))
        let claims: JSON = ["id": .string(id), "exp": .integer((clock.now + lifetime).milliseconds)]
        let body = claims.serialized()
        let code = keyring.authenticationCode(for: body)
        return (Secret("gha.\(Base64URL.encode(body)).\(Base64URL.encode(code))"), id)
    }

    /// The id of a valid token; nil for everything else.
    package func id(of token: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "gha", parts[1].utf8.count <= 512,
            let body = Base64URL.decode(parts[1]), let code = Base64URL.decode(parts[2]),
            keyring.isAuthentic(body, code: code), let claims = try? JSON.parse(body),
            let expiry = claims["exp"]?.integer, clock.now < UnixTime(milliseconds: expiry)
        else { return nil }
        return claims["id"]?.string
    }
}
