import Cryptography
import Identity
import SQL

/// A provider at which a browser is to be signed out after its session here is over.
package struct ProviderLogout: Sendable, RedactedWhenPrinted {
    package let provider: ProviderName
    /// By what the provider knows the session: an ID token (`id_token_hint`), or SAML's subject. Nil when none was kept, no
    /// key opens it any more, or the name means another provider by now; then the provider cannot be asked.
    package let hint: Secret?

    package init(provider: ProviderName, hint: Secret?) {
        self.provider = provider
        self.hint = hint
    }
}

/// A provider that did not say that its own sign-out is done.
package struct UnconfirmedLogout: Sendable {
    package let provider: ProviderName
    /// Of the event that tells why; nil when the provider was not asked.
    package let reference: String?

    package init(provider: ProviderName, reference: String? = nil) {
        self.provider = provider
        self.reference = reference
    }

    // Names of providers have no spaces.
    fileprivate init(_ text: String) {
        let parts = text.split(separator: " ")
        provider = ProviderName(parts.first.map(String.init) ?? "")
        reference = parts.count > 1 ? String(parts[1]) : nil
    }

    fileprivate var text: String { [provider.text, reference].compactMap(\.self).joined(separator: " ") }
}

/// A browser's visit to one provider, and what is left to do after it.
package struct LogoutVisit: Sendable {
    /// Where the browser was sent to. Only this provider can say that its own sign-out is done.
    package let provider: ProviderName
    /// Still to be visited.
    package let rest: [ProviderLogout]
    /// The provider that the page at the end names: one that failed, or could not be asked.
    package let unconfirmed: UnconfirmedLogout?
}

/// Sign-outs at providers that are under way, each for one browser (OpenID Connect RP-Initiated Logout 1.0, SAML Profiles
/// §4.4). A browser that leaves several sessions visits their providers one after the other.
package struct LogoutAttempts: Sendable {
    package static let lifetime = Duration.seconds(600)

    private let database: any Database
    private let keyring: Keyring
    private let random: RandomSource
    private let clock: WallClock

    package init(database: any Database, keyring: Keyring, random: RandomSource, clock: WallClock) {
        self.database = database
        self.keyring = keyring
        self.random = random
        self.clock = clock
    }

    package func makeTicket() -> AttemptTicket { AttemptTicket(random: random, now: clock.now) }

    /// Notes one visit under the ticket, and the others behind it, to be visited when the browser comes back.
    ///
    /// - Parameters:
    ///   - logouts: the first has a hint; others without one are left out, for they cannot be visited.
    ///   - unconfirmed: the provider that the page at the end names: one that failed, or could not be asked.
    /// - Throws: `SQLError`.
    package func save(
        _ ticket: AttemptTicket, visiting logouts: [ProviderLogout], unconfirmed: UnconfirmedLogout? = nil
    ) async throws {
        let (binding, expiresAt) = (SHA256Digest(of: ticket.binding).base64URL, clock.now + Self.lifetime)
        let visits = logouts.compactMap { logout in logout.hint.map { (provider: logout.provider, hint: $0) } }
        let rows = visits.enumerated().map { position, visit in
            let ticket = position == 0 ? ticket : makeTicket()
            return (
                id: ticket.id, state: SHA256Digest(of: ticket.state).base64URL, position: Int64(position),
                provider: visit.provider,
                secrets: keyring.seal(visit.hint.reveal(), for: Self.place(ticket.id), random: random)
            )
        }
        try await database.transaction { tx in
            for row in rows {
                try tx.execute(
                    """
                    INSERT INTO logout_attempts
                        (id, state_hash, browser_hash, position, provider, secrets, expires_at, unconfirmed)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                    """, .text(row.id), .text(row.state), .text(binding), .integer(row.position),
                    SQLValue(row.provider), .text(row.secrets), SQLValue(expiresAt), SQLValue(unconfirmed?.text))
            }
        }
    }

    /// Takes the sign-out that a state and a browser's cookie name together, exactly once.
    ///
    /// - Throws: `LogoutAttemptError` when there is none, `SQLError`.
    package func consume(state: String, binding: String?) async throws -> LogoutVisit {
        guard let id = AttemptTicket.id(ofState: state) else { throw LogoutAttemptError.stateUnknown }
        let (stateHash, now) = (SHA256Digest(of: state).base64URL, clock.now)
        let bindingHash = binding.map { SHA256Digest(of: $0).base64URL } ?? ""
        let (visited, rest) = try await database.transaction { tx in
            let taken = try tx.rows(
                """
                DELETE FROM logout_attempts WHERE id = $1 AND state_hash = $2 AND browser_hash = $3 AND expires_at > $4
                RETURNING provider, unconfirmed
                """, .text(id), .text(stateHash), .text(bindingHash), SQLValue(now))
            guard let row = taken.first else {
                let others = try tx.rows(
                    "SELECT id FROM logout_attempts WHERE id = $1 AND state_hash = $2 AND expires_at > $3", .text(id),
                    .text(stateHash), SQLValue(now))
                throw others.isEmpty ? LogoutAttemptError.stateUnknown : .browserMismatch
            }
            let rest = try tx.rows(
                "DELETE FROM logout_attempts WHERE browser_hash = $1 RETURNING *", .text(bindingHash))
            return (row, rest)
        }
        let logouts: [ProviderLogout] = try rest.sorted { try $0.integer("position") < $1.integer("position") }
            .map { row in
                let hint = try? keyring.open(row.text("secrets"), for: Self.place(row.text("id")))
                return ProviderLogout(provider: ProviderName(try row.text("provider")), hint: hint.map { Secret($0) })
            }
        return LogoutVisit(
            provider: ProviderName(try visited.text("provider")), rest: logouts,
            unconfirmed: try visited.optionalText("unconfirmed").map { UnconfirmedLogout($0) })
    }

    /// Removes visits that nobody came back from.
    ///
    /// - Throws: `SQLError`.
    package func removeExpired() async throws {
        let now = clock.now
        try await database.transaction { tx in
            try tx.execute("DELETE FROM logout_attempts WHERE expires_at <= $1", SQLValue(now))
        }
    }

    private static func place(_ id: String) -> String { "logout_attempts/\(id)/secrets" }
}

/// Why an answer belongs to no sign-out. The raw values are reason codes.
package enum LogoutAttemptError: String, Error, CaseIterable {
    case stateUnknown = "logout_state_unknown"
    case browserMismatch = "browser_mismatch"
}
