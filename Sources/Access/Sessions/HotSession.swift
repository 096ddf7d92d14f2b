import Cryptography
import Identity
import Synchronization

/// A live session as the check needs it: everything that can be worked out beforehand is.
package final class HotSession: Sendable {
    /// The public id; never the token.
    package let id: String
    package let kind: SessionKind
    /// The machine of a command line, as it calls itself.
    package let host: String?
    package let userID: String
    package let email: String?
    package let name: String?
    package let preferredUsername: String?
    package let realm: RealmName
    package let provider: ProviderName
    package let roles: [RoleName]
    package let groups: [GroupName]
    package let authenticatedAt: UnixTime?
    /// How the person authenticated, in the provider's words (the `acr` claim).
    package let authenticationContext: String?
    package let createdAt: UnixTime
    package let endsAt: UnixTime
    /// When the provider last vouched for the person.
    package let validatedAt: UnixTime
    /// Until when that is believed without another word; nil when it is not asked again.
    package let believedUntil: UnixTime?
    package let idle: Duration
    /// Lists as they stand in a header (contract: comma-separated, percent-encoded).
    package let headerRoles: String
    package let headerGroups: String
    package let headerName: String
    package let headerEmail: String
    package let headerPreferredUsername: String

    let tokenHash: SHA256Digest
    let loadedAt: UnixTime
    private let lastSeen: Atomic<Int64>
    private let savedLastSeen: Atomic<Int64>
    /// Tokens for applications, by audience.
    let applicationTokens = Mutex<[String: ApplicationToken]>([:])

    init(
        _ record: SessionRecord, roles: [RoleName], realm rules: RealmRules, tokenHash: SHA256Digest, loadedAt: UnixTime
    ) {
        let lifetime = rules.lifetime(of: record.kind)
        id = record.id
        kind = record.kind
        host = record.host
        userID = record.userID
        email = record.email
        name = record.name
        preferredUsername = record.preferredUsername
        realm = record.realm
        provider = record.provider
        self.roles = roles
        groups = record.groups
        authenticatedAt = record.authenticatedAt
        authenticationContext = record.authenticationContext
        createdAt = record.createdAt
        // The configuration may have become stricter since the session began.
        endsAt = min(record.endsAt, record.createdAt + lifetime.absolute)
        validatedAt = record.validatedAt
        believedUntil = record.canBeRevalidated ? rules.revalidation.map { record.validatedAt + $0.grace } : nil
        idle = lifetime.idle
        self.tokenHash = tokenHash
        self.loadedAt = loadedAt
        headerRoles = HeaderText.list(roles.map(\.text))
        headerGroups = HeaderText.list(groups.map(\.text))
        headerName = HeaderText.encode(name ?? "")
        headerEmail = HeaderText.encode(email ?? "")
        headerPreferredUsername = HeaderText.encode(preferredUsername ?? "")
        lastSeen = Atomic(record.lastSeenAt.milliseconds)
        savedLastSeen = Atomic(record.lastSeenAt.milliseconds)
    }

    package var lastSeenAt: UnixTime { UnixTime(milliseconds: lastSeen.load(ordering: .relaxed)) }

    /// Whether neither end has come, and the provider's word is recent enough.
    func isLive(at now: UnixTime) -> Bool { !isOver(at: now) && !isOverdue(at: now) }

    /// Whether one of the two ends has come.
    func isOver(at now: UnixTime) -> Bool { now >= endsAt || now - lastSeenAt >= idle }

    /// Whether the provider could not be asked for too long. The session goes on when it answers again.
    package func isOverdue(at now: UnixTime) -> Bool { believedUntil.map { now >= $0 } ?? false }

    /// When a token about this session must end at the latest.
    var tokensEnd: UnixTime { min(endsAt, believedUntil ?? endsAt) }

    /// Notes that the session was used; the store hears of it later.
    func touch(at now: UnixTime) { lastSeen.max(now.milliseconds, ordering: .relaxed) }

    /// The time to save, when the saved one lags by more than a twentieth of the idle time (at most 30 s).
    ///
    /// After a crash a session looks unused for that much longer than it was; it ends that much early, never late.
    func lastSeenToSave(always: Bool) -> UnixTime? {
        let (seen, saved) = (lastSeen.load(ordering: .relaxed), savedLastSeen.load(ordering: .relaxed))
        let lag = min(idle.wholeMilliseconds / 20, 30_000)
        guard seen > saved, always || seen - saved > lag else { return nil }
        return UnixTime(milliseconds: seen)
    }

    /// Keeps the tokens that were signed for an earlier reading of the same session, as long as they say the same.
    func takeApplicationTokens(from earlier: HotSession) {
        guard earlier.id == id, earlier.roles == roles, earlier.groups == groups, earlier.endsAt == endsAt,
            earlier.authenticatedAt == authenticatedAt, earlier.authenticationContext == authenticationContext,
            earlier.email == email, earlier.name == name
        else { return }
        let tokens = earlier.applicationTokens.withLock { $0 }
        applicationTokens.withLock { $0 = tokens }
    }

    /// Notes that the store has this time, after its transaction: one that fails is tried again.
    func didSave(_ time: UnixTime) { savedLastSeen.max(time.milliseconds, ordering: .relaxed) }
}

/// Text for a header field: printable ASCII stays, `%`, `,` and all other bytes are percent-encoded.
package enum HeaderText {
    package static func encode(_ text: String) -> String {
        let hasOuterSpace = text.utf8.first == 0x20 || text.utf8.last == 0x20
        if !hasOuterSpace, text.utf8.allSatisfy(isPlain) { return text }
        var output: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for (index, byte) in text.utf8.enumerated() {
            // A space at an end would be stripped on the way (RFC 9110 §5.5), and another name arrive.
            let isOuterSpace = byte == 0x20 && (index == 0 || index == text.utf8.count - 1)
            if isPlain(byte), !isOuterSpace {
                output.append(byte)
            } else {
                output.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    package static func list(_ items: [String]) -> String { items.map(encode).joined(separator: ",") }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: ",")
    }
}
