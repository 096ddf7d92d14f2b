import Cryptography
import Identity
import JOSE
import SQL
import StrictJSON
import Synchronization

/// The keys of the tokens that applications verify (`X-Auth-Token`), kept in the store, sealed, shared by all replicas.
///
/// A new key is published a day before it signs, so that every application's copy of the key set has it; the old one stays
/// published for an hour after that, while its last tokens end within five minutes.
package final class SigningKeys: Sendable {
    static let lifetime = Duration.seconds(30 * 24 * 3600)
    static let publishedAhead = Duration.seconds(24 * 3600)
    static let publishedAfter = Duration.seconds(3600)

    private struct Key: Sendable {
        let generation: Int64
        let signer: JWTSigner
        let activeFrom: UnixTime
    }

    private let database: any Database
    private let keyring: Keyring
    private let random: RandomSource
    private let clock: WallClock
    private let keys = Mutex<[Key]>([])

    package init(database: any Database, keyring: Keyring, random: RandomSource, clock: WallClock) {
        self.database = database
        self.keyring = keyring
        self.random = random
        self.clock = clock
    }

    /// The key that signs now; nil before `refresh`.
    var signer: JWTSigner? {
        let now = clock.now
        return keys.withLock { keys in keys.last { $0.activeFrom <= now }?.signer ?? keys.last?.signer }
    }

    package var canSign: Bool { signer != nil }

    /// The key set of `/.well-known/jwks.json` (RFC 7517 §5).
    package var published: JSON {
        let keys = keys.withLock { $0.compactMap(\.signer.publicJWK) }
        return ["keys": .array(keys)]
    }

    /// Reads the keys, makes the next one when it is time, and removes those that nobody needs.
    ///
    /// - Returns: how many keys of the store no configured master key opens; they are left out.
    /// - Throws: `SigningKeysError`, `SQLError`, `CryptographyError`.
    @discardableResult
    package func refresh() async throws -> Int {
        let now = clock.now
        let rows = try await database.transaction { [keyring, random] tx in
            let rows = try tx.rows("SELECT * FROM signing_keys ORDER BY generation")
            let newest = try rows.last.map { (try $0.integer("generation"), try $0.time("active_from")) }
            let isDue = newest.map { now >= $0.1 + Self.lifetime - Self.publishedAhead } ?? true
            if !rows.isEmpty {
                let isReadable = rows.contains { row in
                    (try? keyring.open(row.text("private_key"), for: Self.place(row.text("key_id")))) != nil
                }
                guard isReadable else { throw SigningKeysError.sealedUnderOtherMasterKey }
            }
            if isDue {
                let keyID = Base64URL.encode(random.bytes(9))
                let pem = try PrivateKey.generateP256().pem
                try tx.execute(
                    "INSERT INTO signing_keys (generation, key_id, private_key, active_from) VALUES ($1, $2, $3, $4)",
                    .integer((newest?.0 ?? 0) + 1), .text(keyID),
                    .text(keyring.seal(pem.reveal(), for: Self.place(keyID), random: random)),
                    SQLValue(rows.isEmpty ? now : now + Self.publishedAhead))
            }
            let active = try tx.rows(
                "SELECT generation, active_from FROM signing_keys WHERE active_from <= $1 ORDER BY generation DESC LIMIT 1",
                SQLValue(now))
            if let current = active.first, try current.time("active_from") + Self.publishedAfter < now {
                try tx.execute(
                    "DELETE FROM signing_keys WHERE generation < $1", .integer(current.integer("generation")))
            }
            for row in try tx.rows("SELECT * FROM signing_keys") where keyring.isOutdated(try row.text("private_key")) {
                let place = Self.place(try row.text("key_id"))
                guard let pem = try? keyring.open(row.text("private_key"), for: place) else { continue }
                try tx.execute(
                    "UPDATE signing_keys SET private_key = $2 WHERE generation = $1",
                    .integer(row.integer("generation")), .text(keyring.seal(pem, for: place, random: random)))
            }
            return try tx.rows("SELECT * FROM signing_keys ORDER BY generation")
        }
        let loaded = try rows.compactMap { row -> Key? in
            let keyID = try row.text("key_id")
            guard let pem = try? keyring.open(row.text("private_key"), for: Self.place(keyID)) else { return nil }
            return Key(
                generation: try row.integer("generation"),
                signer: JWTSigner(key: try PrivateKey(pem: pem), keyID: keyID),
                activeFrom: try row.time("active_from"))
        }
        keys.withLock { $0 = loaded }
        return rows.count - loaded.count
    }

    private static func place(_ keyID: String) -> String { "signing_keys/\(keyID)/private_key" }
}

/// Why the signing keys of the store cannot be used.
package enum SigningKeysError: Error, CustomStringConvertible {
    /// Going on with a new key would make every token in flight and every sealed token of the store worthless, in silence.
    case sealedUnderOtherMasterKey

    package var description: String {
        "the store was written under another master_key; write master_key: [new, old] with the old key second (if the old key is lost, move the store away: everybody then signs in again)"
    }
}
