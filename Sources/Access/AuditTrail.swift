import Cryptography
import Identity
import SQL
import Synchronization

/// Writes and reads audit events. An event is written in the transaction of what it tells of, so that neither is there
/// without the other.
package struct AuditTrail: Sendable {
    private let database: any Database
    private let random: RandomSource
    private let sequence = AuditSequence()

    package init(database: any Database, random: RandomSource) {
        self.database = database
        self.random = random
    }

    /// Writes an event that stands alone.
    ///
    /// - Throws: `SQLError`; whoever acts on the event then does not act.
    package func record(_ event: AuditEvent) async throws {
        try await database.transaction { tx in try append(event, in: tx) }
    }

    func append(_ event: AuditEvent, in tx: any SQLTransaction) throws {
        try tx.execute(
            """
            INSERT INTO audit_events
                (id, at, kind, reference, reason, detail, realm, provider, user_id, session_id, address, actor)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            .text(sequence.nextID(at: event.at, random: random)), SQLValue(event.at), .text(event.kind.rawValue),
            SQLValue(event.reference), SQLValue(event.reason), SQLValue(event.detail), SQLValue(event.realm?.text),
            SQLValue(event.provider?.text), SQLValue(event.user), SQLValue(event.session), SQLValue(event.address),
            SQLValue(event.actor))
    }

    /// Writes the end of each session among these rows (`id`, `user_id`, `realm`, `provider`), in the transaction that
    /// removes them.
    func appendEnds(
        of rows: [SQLRow], at now: UnixTime, reason: (SQLRow) throws -> String, actor: String? = nil,
        address: String? = nil, in tx: any SQLTransaction
    ) throws {
        for row in rows {
            try append(
                AuditEvent(
                    .sessionEnded, at: now, reason: try reason(row), realm: RealmName(try row.text("realm")),
                    provider: ProviderName(try row.text("provider")), user: try row.text("user_id"),
                    session: try row.text("id"), address: address, actor: actor), in: tx)
        }
    }

    /// The newest events first; with a reference only that one's.
    package func events(reference: String? = nil, limit: Int = 200) async throws -> [AuditEvent] {
        try await database.transaction(.readOnly) { tx in
            try tx.rows(
                """
                SELECT * FROM audit_events WHERE $1 IS NULL OR reference = $1 ORDER BY at DESC, id DESC LIMIT $2
                """, SQLValue(reference), .integer(Int64(limit))
            ).compactMap { row in
                // A kind of a newer program's is not ours to guess.
                guard let kind = AuditEvent.Kind(rawValue: try row.text("kind")) else { return nil }
                return AuditEvent(
                    kind, at: try row.time("at"), reference: try row.optionalText("reference"),
                    reason: try row.optionalText("reason"), detail: try row.optionalText("detail"),
                    realm: try row.optionalText("realm").map { RealmName($0) },
                    provider: try row.optionalText("provider").map { ProviderName($0) },
                    user: try row.optionalText("user_id"), session: try row.optionalText("session_id"),
                    address: try row.optionalText("address"), actor: try row.optionalText("actor"))
            }
        }
    }
}

/// Makes ids that sort in the order of writing, also within one millisecond.
private final class AuditSequence: Sendable {
    private let written = Atomic<UInt64>(0)

    /// 12 hexadecimal digits of time, 8 of sequence, and randomness that keeps two processes apart.
    func nextID(at time: UnixTime, random: RandomSource) -> String {
        let number = written.wrappingAdd(1, ordering: .relaxed).newValue
        return hexadecimal(UInt64(clamping: time.milliseconds), 12) + hexadecimal(number, 8)
            + Base64URL.encode(random.bytes(6))
    }

    private func hexadecimal(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
