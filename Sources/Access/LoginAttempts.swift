import Cryptography
import Identity
import SQL

/// A sign-in under way: what must be known when the browser comes back.
package struct LoginAttempt: Sendable, RedactedWhenPrinted {
    package let realm: RealmName
    package let provider: ProviderName
    package let returnTo: String
    package let nonce: String
    package let codeVerifier: String
    package let maximumAge: Duration?

    package init(
        realm: RealmName, provider: ProviderName, returnTo: String, nonce: String, codeVerifier: String,
        maximumAge: Duration?
    ) {
        self.realm = realm
        self.provider = provider
        self.returnTo = returnTo
        self.nonce = nonce
        self.codeVerifier = codeVerifier
        self.maximumAge = maximumAge
    }
}

/// What the browser carries for one attempt: `state` through the provider, `binding` in a cookie of its own.
package struct LoginTicket: Sendable, RedactedWhenPrinted {
    /// The public name of the attempt, 16 hexadecimal characters. The first half is the time, so that names sort by age.
    package let id: String
    package let state: String
    package let binding: String
}

/// The one-time attempts. Each belongs to one browser and is used up by the first answer that fits.
package struct LoginAttempts: Sendable {
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

    /// The id that a state belongs to; nil when it is no state of this gateway.
    package static func id(ofState state: String) -> String? {
        let parts = state.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16, parts[1].utf8.count == 43,
            parts[0].utf8.allSatisfy({
                (0x30...0x39).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            })
        else { return nil }
        return String(parts[0])
    }

    /// Makes the names under which an attempt will be saved.
    package func makeTicket() -> LoginTicket {
        let seconds = withUnsafeBytes(of: UInt32(truncatingIfNeeded: clock.now.seconds).bigEndian) { Array($0) }
        let id = (seconds + random.bytes(4)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        return LoginTicket(id: id, state: "\(id).\(random.token())", binding: random.token())
    }

    package func save(_ attempt: LoginAttempt, as ticket: LoginTicket) async throws {
        let secrets = keyring.seal(
            "\(attempt.nonce) \(attempt.codeVerifier)", for: Self.place(ticket.id), random: random)
        let expiresAt = clock.now + Self.lifetime
        let maximumAge: SQLValue = attempt.maximumAge.map { .integer($0.wholeMilliseconds) } ?? .null
        try await database.transaction { tx in
            try tx.execute(
                """
                INSERT INTO login_attempts
                    (id, state_hash, browser_hash, realm, provider, return_to, secrets, maximum_age, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                .text(ticket.id), .text(SHA256Digest(of: ticket.state).base64URL),
                .text(SHA256Digest(of: ticket.binding).base64URL), SQLValue(attempt.realm),
                SQLValue(attempt.provider), .text(attempt.returnTo), .text(secrets), maximumAge, SQLValue(expiresAt))
        }
    }

    /// Takes the attempt that a state and a browser's cookie name together, exactly once.
    ///
    /// - Throws: `LoginAttemptError` when there is none, `SQLError`.
    package func consume(state: String, binding: String?) async throws -> LoginAttempt {
        guard let id = Self.id(ofState: state) else {
            throw LoginAttemptError(.stateMalformed, "the state was not made by this gateway")
        }
        let stateHash = SHA256Digest(of: state).base64URL
        let bindingHash = binding.map { SHA256Digest(of: $0).base64URL } ?? ""
        let now = clock.now
        // The browser's cookie is part of the condition: an answer in another browser fails and does not use the attempt
        // up, so nobody can spoil a sign-in by guessing at it.
        let row = try await database.transaction { tx -> SQLRow in
            let taken = try tx.rows(
                """
                DELETE FROM login_attempts WHERE id = $1 AND state_hash = $2 AND browser_hash = $3 RETURNING *
                """, .text(id), .text(stateHash), .text(bindingHash))
            if let row = taken.first { return row }
            let others = try tx.rows(
                "SELECT id FROM login_attempts WHERE id = $1 AND state_hash = $2", .text(id), .text(stateHash))
            if others.isEmpty {
                throw LoginAttemptError(
                    .attemptUnknown, "the sign-in was used already, took longer than 10 minutes, or was never started")
            }
            throw LoginAttemptError(
                .browserMismatch, "the sign-in was started in another browser, or this one keeps no cookies")
        }
        guard try row.time("expires_at") > now else {
            throw LoginAttemptError(.attemptUnknown, "the sign-in took longer than 10 minutes")
        }
        let secrets = try keyring.open(row.text("secrets"), for: Self.place(id)).split(separator: " ")
        guard secrets.count == 2 else { throw LoginAttemptError(.attemptUnknown, "the sign-in cannot be read") }
        return LoginAttempt(
            realm: RealmName(try row.text("realm")), provider: ProviderName(try row.text("provider")),
            returnTo: try row.text("return_to"), nonce: String(secrets[0]), codeVerifier: String(secrets[1]),
            maximumAge: try row["maximum_age"] == .null ? nil : .milliseconds(row.integer("maximum_age")))
    }

    /// Removes attempts that nobody came back from.
    package func removeExpired() async throws {
        let now = clock.now
        try await database.transaction { tx in
            try tx.execute("DELETE FROM login_attempts WHERE expires_at <= $1", SQLValue(now))
        }
    }

    private static func place(_ id: String) -> String { "login_attempts/\(id)/secrets" }
}

/// Why an answer belongs to no sign-in.
package struct LoginAttemptError: Error {
    package enum Reason: String, Sendable, CaseIterable {
        case stateMalformed = "state_malformed"
        case attemptUnknown = "attempt_unknown"
        case browserMismatch = "browser_mismatch"
    }

    package let reason: Reason
    package let detail: String

    init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
