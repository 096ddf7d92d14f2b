import Cryptography
import Identity
import Synchronization

/// A live session as the check needs it: everything that can be worked out beforehand is.
package final class HotSession: Sendable {
    /// The public id; never the token.
    package let id: String
    package let userID: String
    package let email: String?
    package let name: String?
    package let preferredUsername: String?
    package let realm: RealmName
    package let provider: ProviderName
    package let roles: [RoleName]
    package let groups: [GroupName]
    package let authenticatedAt: UnixTime?
    package let createdAt: UnixTime
    package let endsAt: UnixTime
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
        id: String, userID: String, email: String?, name: String?, preferredUsername: String?, realm: RealmName,
        provider: ProviderName, roles: [RoleName], groups: [GroupName], authenticatedAt: UnixTime?,
        createdAt: UnixTime, endsAt: UnixTime, idle: Duration, tokenHash: SHA256Digest, lastSeenAt: UnixTime,
        loadedAt: UnixTime
    ) {
        self.id = id
        self.userID = userID
        self.email = email
        self.name = name
        self.preferredUsername = preferredUsername
        self.realm = realm
        self.provider = provider
        self.roles = roles
        self.groups = groups
        self.authenticatedAt = authenticatedAt
        self.createdAt = createdAt
        self.endsAt = endsAt
        self.idle = idle
        self.tokenHash = tokenHash
        self.loadedAt = loadedAt
        headerRoles = HeaderText.list(roles.map(\.text))
        headerGroups = HeaderText.list(groups.map(\.text))
        headerName = HeaderText.encode(name ?? "")
        headerEmail = HeaderText.encode(email ?? "")
        headerPreferredUsername = HeaderText.encode(preferredUsername ?? "")
        lastSeen = Atomic(lastSeenAt.milliseconds)
        savedLastSeen = Atomic(lastSeenAt.milliseconds)
    }

    package var lastSeenAt: UnixTime { UnixTime(milliseconds: lastSeen.load(ordering: .relaxed)) }

    /// Whether neither end has come.
    func isLive(at now: UnixTime) -> Bool { now < endsAt && now - lastSeenAt < idle }

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
            earlier.authenticatedAt == authenticatedAt, earlier.email == email, earlier.name == name
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
