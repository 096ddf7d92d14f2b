import Cryptography
import Identity
import SQL

/// A sign-in under way: what must be known when the browser comes back.
package struct LoginAttempt: Sendable, RedactedWhenPrinted {
    package let realm: RealmName
    package let provider: ProviderName
    package let returnTo: String
    /// What the provider's answer must name: OpenID's `nonce`, or the ID of SAML's AuthnRequest.
    package let nonce: String
    /// The PKCE verifier; in SAML, which has none, the state that a command line waits for, or nothing.
    package let codeVerifier: String
    package let maximumAge: Duration?
    /// The `acr` values that were asked for.
    package let acrValues: [String]
    /// The provider was asked to sign the person in without showing anything (`prompt=none`).
    package let isSilent: Bool
    /// From when on the person must have authenticated (SAML, `prompt=login`); nil when no moment is asked for.
    package let authenticatedAfter: UnixTime?
    package let purpose: LoginPurpose

    package init(
        realm: RealmName, provider: ProviderName, returnTo: String, nonce: String, codeVerifier: String,
        maximumAge: Duration?, acrValues: [String] = [], isSilent: Bool = false,
        authenticatedAfter: UnixTime? = nil, purpose: LoginPurpose = .browser
    ) {
        self.realm = realm
        self.provider = provider
        self.returnTo = returnTo
        self.nonce = nonce
        self.codeVerifier = codeVerifier
        self.maximumAge = maximumAge
        self.acrValues = acrValues
        self.isSilent = isSilent
        self.authenticatedAfter = authenticatedAfter
        self.purpose = purpose
    }
}

/// For whom somebody signs in.
package enum LoginPurpose: Sendable, Equatable {
    /// The browser gets a session cookie.
    case browser
    /// A command line that waits on its loopback address, on a machine that calls itself so.
    case commandLine(host: String?)
    /// The browser of a command line whose provider answers to the gateway only: it carries a code to the login of this id.
    case commandLineBrowser(loginID: String)
    /// The device code of this id.
    case device(id: String)

    fileprivate var columns: (name: String, detail: String?) {
        switch self {
        case .browser: ("browser", nil)
        case .commandLine(let host): ("cli", host)
        case .commandLineBrowser(let id): ("cli-browser", id)
        case .device(let id): ("device", id)
        }
    }

    fileprivate init?(name: String, detail: String?) {
        switch (name, detail) {
        case ("browser", _): self = .browser
        case ("cli", let host): self = .commandLine(host: host)
        case ("cli-browser", let id?): self = .commandLineBrowser(loginID: id)
        case ("device", let id?): self = .device(id: id)
        default: return nil
        }
    }
}

/// A sign-in that a command line has begun, as its browser finds it.
package struct CommandLineLogin: Sendable {
    package let id: String
    package let realm: RealmName
    package let provider: ProviderName
    /// The machine, as it calls itself.
    package let host: String?
}

/// The one-time attempts. Each belongs to one browser and is used up by the first answer that fits.
package struct LoginAttempts: Sendable {
    package static let lifetime = Duration.seconds(600)
    /// The command line waits no longer.
    package static let commandLineLifetime = Duration.seconds(300)

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

    /// Makes the names under which an attempt will be saved.
    package func makeTicket() -> AttemptTicket { AttemptTicket(random: random, now: clock.now) }

    /// Saves an attempt of a browser, or of a command line: that one's binding is its own PKCE verifier, of which only the
    /// challenge is known here.
    ///
    /// - Parameter bindingHash: the digest of what will be shown to prove that it is the same browser or command line.
    /// - Throws: `SQLError`.
    package func save(_ attempt: LoginAttempt, as ticket: AttemptTicket, bindingHash: String? = nil) async throws {
        let secrets = keyring.seal(
            "\(attempt.nonce) \(attempt.codeVerifier)", for: Self.place(ticket.id), random: random)
        let purpose = attempt.purpose.columns
        let expiresAt = clock.now + (purpose.name == "cli" ? Self.commandLineLifetime : Self.lifetime)
        let maximumAge: SQLValue = attempt.maximumAge.map { .integer($0.wholeMilliseconds) } ?? .null
        try await database.transaction { tx in
            try tx.execute(
                """
                INSERT INTO login_attempts
                    (id, state_hash, browser_hash, realm, provider, return_to, secrets, maximum_age, expires_at,
                     acr_values, is_silent, authenticated_after, purpose, purpose_detail)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                """,
                .text(ticket.id), .text(SHA256Digest(of: ticket.state).base64URL),
                .text(bindingHash ?? SHA256Digest(of: ticket.binding).base64URL), SQLValue(attempt.realm),
                SQLValue(attempt.provider), .text(attempt.returnTo), .text(secrets), maximumAge, SQLValue(expiresAt),
                .text(attempt.acrValues.joined(separator: " ")), .integer(attempt.isSilent ? 1 : 0),
                SQLValue(attempt.authenticatedAfter), .text(purpose.name), SQLValue(purpose.detail))
        }
    }

    /// Takes the attempt that a state and a browser's cookie name together, exactly once.
    ///
    /// - Throws: `LoginAttemptError` when there is none, `SQLError`.
    package func consume(state: String, binding: String?) async throws -> LoginAttempt {
        guard let id = AttemptTicket.id(ofState: state) else {
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
                    .attemptUnknown, "the sign-in was used already, took too long, or was never started")
            }
            throw LoginAttemptError(
                .browserMismatch, "the sign-in was started in another browser, or this one keeps no cookies")
        }
        guard try row.time("expires_at") > now else {
            throw LoginAttemptError(.attemptUnknown, "the sign-in took too long")
        }
        let secrets = try keyring.open(row.text("secrets"), for: Self.place(id)).split(
            separator: " ", omittingEmptySubsequences: false)
        guard secrets.count == 2,
            let purpose = LoginPurpose(
                name: try row.text("purpose"), detail: try row.optionalText("purpose_detail"))
        else { throw LoginAttemptError(.attemptUnknown, "the sign-in cannot be read") }
        return LoginAttempt(
            realm: RealmName(try row.text("realm")), provider: ProviderName(try row.text("provider")),
            returnTo: try row.text("return_to"), nonce: String(secrets[0]), codeVerifier: String(secrets[1]),
            maximumAge: try row["maximum_age"] == .null ? nil : .milliseconds(row.integer("maximum_age")),
            acrValues: try row.text("acr_values").split(separator: " ").map(String.init),
            isSilent: try row.integer("is_silent") == 1,
            authenticatedAfter: try row.optionalTime("authenticated_after"), purpose: purpose)
    }

    /// The sign-in that a command line has begun, without using it up: a browser is about to begin its part.
    ///
    /// - Returns: nil when the state is of no such sign-in, or it is over.
    /// - Throws: `SQLError`.
    package func commandLineLogin(state: String) async throws -> CommandLineLogin? {
        guard let id = AttemptTicket.id(ofState: state) else { return nil }
        let (stateHash, now) = (SHA256Digest(of: state).base64URL, clock.now)
        return try await database.transaction(.readOnly) { tx in
            try tx.rows(
                """
                SELECT realm, provider, purpose_detail FROM login_attempts
                WHERE id = $1 AND state_hash = $2 AND purpose = 'cli' AND expires_at > $3
                """, .text(id), .text(stateHash), SQLValue(now)
            ).first.map { row in
                CommandLineLogin(
                    id: id, realm: RealmName(try row.text("realm")), provider: ProviderName(try row.text("provider")),
                    host: try row.optionalText("purpose_detail"))
            }
        }
    }

    /// Removes attempts that nobody came back from.
    ///
    /// - Throws: `SQLError`.
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
