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
                (id, at, kind, reference, reason, detail, realm, provider, user_id, session_id, address, actor, trace)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            .text(sequence.nextID(at: event.at, random: random)), SQLValue(event.at), .text(event.kind.rawValue),
            SQLValue(event.reference), SQLValue(event.reason), SQLValue(event.detail), SQLValue(event.realm?.text),
            SQLValue(event.provider?.text), SQLValue(event.user), SQLValue(event.session), SQLValue(event.address),
            SQLValue(event.actor), SQLValue(event.trace))
    }

    package static func isCursor(_ text: String) -> Bool {
        text.utf8.count == 28
            && text.utf8.prefix(20).allSatisfy {
                (0x30...0x39).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    /// One page of events, the newest first.
    package func events(_ query: AuditQuery) async throws -> (events: [AuditEvent], next: String?) {
        let rows = try await database.transaction(.readOnly) { tx in
            // One statement for each index, or a rare person's events would cost a walk through all of them.
            let parameters = query.parameters
            if query.reference != nil {
                return try tx.rows(
                    """
                    SELECT * FROM audit_events WHERE reference = $1 AND (user_id = $2 OR $2 IS NULL)
                        AND (session_id = $3 OR $3 IS NULL) AND (kind = $4 OR $4 IS NULL)
                        AND (reason = $5 OR $5 IS NULL) AND (realm = $6 OR $6 IS NULL)
                        AND (provider = $7 OR $7 IS NULL) AND id >= $8 AND id < $9
                    ORDER BY id DESC LIMIT $10
                    """, parameters)
            }
            if query.session != nil {
                return try tx.rows(
                    """
                    SELECT * FROM audit_events WHERE session_id = $3 AND (reference = $1 OR $1 IS NULL)
                        AND (user_id = $2 OR $2 IS NULL) AND (kind = $4 OR $4 IS NULL)
                        AND (reason = $5 OR $5 IS NULL) AND (realm = $6 OR $6 IS NULL)
                        AND (provider = $7 OR $7 IS NULL) AND id >= $8 AND id < $9
                    ORDER BY id DESC LIMIT $10
                    """, parameters)
            }
            if query.user != nil {
                return try tx.rows(
                    """
                    SELECT * FROM audit_events WHERE user_id = $2 AND (reference = $1 OR $1 IS NULL)
                        AND (session_id = $3 OR $3 IS NULL) AND (kind = $4 OR $4 IS NULL)
                        AND (reason = $5 OR $5 IS NULL) AND (realm = $6 OR $6 IS NULL)
                        AND (provider = $7 OR $7 IS NULL) AND id >= $8 AND id < $9
                    ORDER BY id DESC LIMIT $10
                    """, parameters)
            }
            return try tx.rows(
                """
                SELECT * FROM audit_events WHERE id >= $8 AND id < $9 AND (reference = $1 OR $1 IS NULL)
                    AND (user_id = $2 OR $2 IS NULL) AND (session_id = $3 OR $3 IS NULL) AND (kind = $4 OR $4 IS NULL)
                    AND (reason = $5 OR $5 IS NULL) AND (realm = $6 OR $6 IS NULL) AND (provider = $7 OR $7 IS NULL)
                ORDER BY id DESC LIMIT $10
                """, parameters)
        }
        // One more than was asked for says whether there is a next page.
        let page = rows.prefix(query.limit)
        let next = rows.count > query.limit ? try page.last?.text("id") : nil
        return (try page.compactMap(Self.event), next)
    }

    private static func event(_ row: SQLRow) throws -> AuditEvent? {
        // A kind of a newer program's is not ours to guess.
        guard let kind = AuditEvent.Kind(rawValue: try row.text("kind")) else { return nil }
        return AuditEvent(
            kind, at: try row.time("at"), reference: try row.optionalText("reference"),
            reason: try row.optionalText("reason"), detail: try row.optionalText("detail"),
            realm: try row.optionalText("realm").map { RealmName($0) },
            provider: try row.optionalText("provider").map { ProviderName($0) },
            user: try row.optionalText("user_id"), session: try row.optionalText("session_id"),
            address: try row.optionalText("address"), actor: try row.optionalText("actor"),
            trace: try row.optionalText("trace"))
    }
}

/// Which events are meant; all conditions must hold.
package struct AuditQuery: Sendable {
    package var reference: String?
    /// The local id.
    package var user: String?
    package var session: String?
    package var kind: AuditEvent.Kind?
    package var reason: String?
    package var realm: RealmName?
    package var provider: ProviderName?
    package var since: UnixTime?
    /// Exclusive.
    package var until: UnixTime?
    /// Only what comes after the page that ended with this cursor.
    package var cursor: String?
    package var limit: Int

    package init(limit: Int = 200) { self.limit = limit }

    fileprivate var parameters: [SQLValue] {
        // Ids begin with their time, so bounds in time are bounds of ids. '~' comes after all of their letters.
        let end = [cursor, until.map(AuditSequence.prefix(of:))].compactMap(\.self).min() ?? "~"
        return [
            SQLValue(reference), SQLValue(user), SQLValue(session), SQLValue(kind?.rawValue), SQLValue(reason),
            SQLValue(realm?.text), SQLValue(provider?.text), .text(since.map(AuditSequence.prefix(of:)) ?? ""),
            .text(end),
            .integer(Int64(limit) + 1),
        ]
    }
}

/// Makes ids that sort in the order of writing, also within one millisecond.
private final class AuditSequence: Sendable {
    private let written = Atomic<UInt64>(0)

    /// 12 hexadecimal digits of time, 8 of sequence, and randomness that keeps two processes apart.
    func nextID(at time: UnixTime, random: RandomSource) -> String {
        let number = written.wrappingAdd(1, ordering: .relaxed).newValue
        return Self.prefix(of: time) + Self.hexadecimal(number, 8) + Base64URL.encode(random.bytes(6))
    }

    static func prefix(of time: UnixTime) -> String { hexadecimal(UInt64(clamping: time.milliseconds), 12) }

    private static func hexadecimal(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
