import Cryptography
import Identity
import SQL
import Synchronization
import TestSupport
import Testing

@testable import Access

@Suite("Device codes: the machine's side (RFC 8628)")
struct DeviceLoginTests {
    let fixture: AccessFixture

    init() async throws { fixture = try await AccessFixture() }

    /// A machine that waits, and who it is.
    private func begin(host: String? = "build-7") async throws -> (ticket: DeviceTicket, login: DeviceLogin) {
        let ticket = try await fixture.devices.begin(realm: "infraon", host: host, address: "198.51.100.7")
        let code = try #require(DeviceLogins.normalized(userCode: ticket.userCode))
        return (ticket, try #require(try await fixture.devices.pending(userCode: code)))
    }

    /// What the machine hears, by RFC 8628's names.
    private func poll(_ ticket: DeviceTicket) async throws -> String {
        switch try await fixture.devices.poll(deviceCode: ticket.deviceCode.reveal()) {
        case .approved: "approved"
        case .authorizationPending: "authorization_pending"
        case .slowDown: "slow_down"
        case .accessDenied: "access_denied"
        case .expiredToken: "expired_token"
        case .invalidGrant: "invalid_grant"
        }
    }

    /// The person signs in for the machine.
    @discardableResult
    private func approve(_ login: DeviceLogin, tokens: ProviderTokens = AccessFixture.refreshable) async throws
        -> AccessFixture.Admitted
    {
        try await fixture.signIn(tokens: tokens, kind: .commandLine, host: login.host, deviceID: login.id)
    }

    @Test("a machine gets a device code that nobody guesses and a user code that people can type")
    func begun() async throws {
        let (ticket, login) = try await begin()
        #expect(ticket.lifetime == .seconds(600) && ticket.interval == .seconds(5))
        #expect(ticket.deviceCode.reveal().utf8.count == 43)
        #expect(!"\(ticket)".contains(ticket.deviceCode.reveal()) && !"\(ticket)".contains(ticket.userCode))
        #expect(login.realm == "infraon" && login.host == "build-7" && login.address == "198.51.100.7")
        #expect(login.createdAt == TestClock.start && login.expiresAt == TestClock.start + .seconds(600))
        #expect(try await fixture.devices.pending(id: login.id)?.id == login.id)
        let event = try #require(try await fixture.trail().first)
        #expect(event.kind == .deviceRequested && event.realm == "infraon" && event.address == "198.51.100.7")
        #expect(event.detail?.contains("build-7") == true)
        let other = try await begin(host: nil)
        #expect(other.ticket.deviceCode.reveal() != ticket.deviceCode.reveal() && other.login.id != login.id)
        #expect(other.ticket.userCode != ticket.userCode && other.login.host == nil)
    }

    @Test("pending until somebody answers, then the session's token, once")
    func approved() async throws {
        let (ticket, login) = try await begin()
        #expect(try await poll(ticket) == "authorization_pending")
        fixture.clock.advance(.seconds(5))
        #expect(try await poll(ticket) == "authorization_pending")
        let session = try await approve(login)
        fixture.clock.advance(.seconds(5))
        guard
            case .approved(let token, let summary) = try await fixture.devices.poll(
                deviceCode: ticket.deviceCode.reveal())
        else { throw AccessFixture.Refused() }
        #expect(token.reveal() == session.token && summary.id == session.id && summary.host == "build-7")
        let hot = try #require(try await fixture.check.session(token: token.reveal()))
        #expect(hot.id == session.id && hot.kind == .commandLine && hot.host == "build-7")
        fixture.clock.advance(.seconds(5))
        #expect(try await poll(ticket) == "invalid_grant")
        let event = try #require(try await fixture.trail().first)
        #expect(event.kind == .deviceApproved && event.session == session.id && event.user == hot.userID)
        // The person's own browser, and the machine that is let in.
        #expect(event.address == "192.0.2.1" && event.detail?.contains("198.51.100.7") == true)
    }

    @Test("of 20 polls at once one gets the token")
    func concurrently() async throws {
        let (ticket, login) = try await begin()
        try await approve(login)
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await poll(ticket) } }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(answers.filter { $0 == "approved" }.count == 1)
        #expect(answers.filter { $0 == "invalid_grant" }.count == 19)
    }

    @Test("refused is refused, and stays so")
    func refused() async throws {
        let (ticket, login) = try await begin()
        #expect(try await fixture.devices.refuse(login, address: "192.0.2.1"))
        for _ in 0..<3 {
            #expect(try await poll(ticket) == "access_denied")
            fixture.clock.advance(.seconds(5))
        }
        #expect(try await !fixture.devices.refuse(login, address: "192.0.2.1"))
        await #expect(throws: DeviceLoginError.self) { try await approve(login) }
        #expect(try await fixture.sessionRows == 0)
        let events = try await fixture.trail().filter { $0.kind == .deviceRefused }
        #expect(events.count == 1 && events[0].address == "192.0.2.1" && events[0].realm == "infraon")
    }

    @Test("the code is good for ten minutes, to the millisecond, and then the machine hears so for a while")
    func expiry() async throws {
        let (ticket, login) = try await begin()
        let code = try #require(DeviceLogins.normalized(userCode: ticket.userCode))
        fixture.clock.now = login.expiresAt - .milliseconds(1)
        #expect(try await fixture.devices.pending(userCode: code) != nil)
        #expect(try await poll(ticket) == "authorization_pending")
        fixture.clock.advance(.milliseconds(1))
        #expect(try await fixture.devices.pending(userCode: code) == nil)
        #expect(try await fixture.devices.pending(id: login.id) == nil)
        #expect(try await poll(ticket) == "expired_token")
        await #expect(throws: DeviceLoginError.self) { try await approve(login) }
        fixture.clock.advance(.milliseconds(59_999))
        try await fixture.devices.removeExpired()
        #expect(try await poll(ticket) == "expired_token")
        fixture.clock.advance(.milliseconds(1))
        try await fixture.devices.removeExpired()
        #expect(try await poll(ticket) == "invalid_grant")
        #expect(try await fixture.count("SELECT id FROM device_logins") == 0)
    }

    @Test("a code that nobody was given", arguments: ["", "x", String(repeating: "a", count: 43)])
    func unknown(code: String) async throws {
        _ = try await begin()
        guard case .invalidGrant = try await fixture.devices.poll(deviceCode: code) else {
            throw AccessFixture.Refused()
        }
    }

    @Test("asking too early is answered with slow_down, and each time the interval grows by five seconds")
    func slowDown() async throws {
        let (ticket, _) = try await begin()
        #expect(try await poll(ticket) == "authorization_pending")
        for interval in [5, 10, 15, 20] as [Int64] {
            // Half a second is forgiven: two clocks need not agree.
            fixture.clock.advance(.seconds(interval) - .milliseconds(501))
            #expect(try await poll(ticket) == "slow_down", "\(interval)")
        }
        fixture.clock.advance(.seconds(25) - .milliseconds(500))
        #expect(try await poll(ticket) == "authorization_pending")
        fixture.clock.advance(.seconds(25))
        #expect(try await poll(ticket) == "authorization_pending")
        fixture.clock.advance(.seconds(24))
        #expect(try await poll(ticket) == "slow_down")
    }

    @Test("who asks too early loses no token by it")
    func slowDownBeforeApproval() async throws {
        let (ticket, login) = try await begin()
        #expect(try await poll(ticket) == "authorization_pending")
        try await approve(login)
        #expect(try await poll(ticket) == "slow_down")
        fixture.clock.advance(.seconds(10))
        #expect(try await poll(ticket) == "approved")
    }

    @Test("one machine's haste slows no other down")
    func apart() async throws {
        let (first, second) = (try await begin().ticket, try await begin().ticket)
        for expected in ["authorization_pending", "slow_down", "slow_down"] {
            #expect(try await poll(first) == expected)
        }
        #expect(try await poll(second) == "authorization_pending")
    }

    @Test("a code is approved once, and never makes a session without its machine")
    func approvedOnce() async throws {
        let (ticket, login) = try await begin()
        let session = try await approve(login)
        #expect(try await fixture.devices.pending(id: login.id) == nil)
        let trail = try await fixture.events()
        await #expect(throws: DeviceLoginError.self) { try await approve(login) }
        #expect(try await !fixture.devices.refuse(login, address: nil))
        #expect(try await fixture.list().map(\.id) == [session.id])
        #expect(try await fixture.events() == trail)
        #expect(try await poll(ticket) == "approved")
        await #expect(throws: DeviceLoginError.self) { try await approve(login) }
    }

    @Test("an approved session that no machine collects ends with its code, and its refresh token is revoked")
    func uncollected() async throws {
        let (_, login) = try await begin()
        let session = try await approve(login)
        let (collected, other) = try await begin()
        let kept = try await approve(other)
        #expect(try await poll(collected) == "approved")
        fixture.clock.now = login.expiresAt + .seconds(60)
        try await fixture.devices.removeExpired()
        #expect(try await fixture.list().map(\.id) == [kept.id])
        let event = try #require(try await fixture.trail().first)
        #expect(event.kind == .sessionEnded && event.reason == "device_code_expired" && event.session == session.id)
        #expect(try await fixture.tokensToRevoke() == [session.id: "first-token"])
    }

    @Test("the store holds neither the device code nor the token in clear, and no token after it was collected")
    func atRest() async throws {
        let (ticket, login) = try await begin()
        let session = try await approve(login)
        let rows = try await fixture.database.transaction(.readOnly) { try $0.rows("SELECT * FROM device_logins") }
        for secret in [ticket.deviceCode.reveal(), session.token] { #expect(!"\(rows)".contains(secret)) }
        #expect(try await poll(ticket) == "approved")
        #expect(try await fixture.count("SELECT id FROM device_logins") == 0)
    }

    @Test("a session that ended before it was collected is not delivered")
    func endedMeanwhile() async throws {
        let (ticket, login) = try await begin()
        let session = try await approve(login)
        try await fixture.sessions.end(.session(id: session.id), reason: .revokedByAdministrator)
        #expect(try await poll(ticket) == "expired_token")
    }

    @Test("a look whether a code was given changes nothing")
    func known() async throws {
        let (ticket, _) = try await begin()
        for _ in 0..<3 { #expect(try await fixture.devices.knows(deviceCode: ticket.deviceCode.reveal())) }
        #expect(try await !fixture.devices.knows(deviceCode: ticket.userCode))
        #expect(try await !fixture.devices.knows(deviceCode: ""))
        #expect(try await poll(ticket) == "authorization_pending")
    }

    @Test("a token under another master key is not delivered, and is when the key comes back")
    func otherMasterKey() async throws {
        let (ticket, login) = try await begin()
        try await approve(login)
        let devices = DeviceLogins(
            database: fixture.database, audit: fixture.audit,
            keyring: try Keyring(masterKeys: [AccessFixture.otherMasterKey]), random: .system,
            clock: fixture.clock.wallClock)
        guard case .expiredToken = try await devices.poll(deviceCode: ticket.deviceCode.reveal()) else {
            throw AccessFixture.Refused()
        }
        #expect(try await poll(ticket) == "approved")
    }
}

@Suite("Device codes: the user code")
struct UserCodeTests {
    private static func code(_ bytes: [[UInt8]]) async throws -> String {
        let fixture = try await AccessFixture()
        let draws = Mutex(bytes)
        // Only user codes are drawn by sixteen bytes.
        let random = RandomSource { count in
            count == 16 ? draws.withLock { $0.isEmpty ? [] : $0.removeFirst() } : RandomSource.system.bytes(count)
        }
        let devices = DeviceLogins(
            database: fixture.database, audit: fixture.audit, keyring: fixture.keyring, random: random,
            clock: fixture.clock.wallClock)
        return try await devices.begin(realm: "infraon", host: nil, address: nil).userCode
    }

    @Test("twenty consonants: no vowels for words, no letters that look like digits, none twice")
    func alphabet() {
        #expect(DeviceLogins.alphabet.count == 20 && Set(DeviceLogins.alphabet).count == 20)
        #expect(DeviceLogins.alphabet.allSatisfy { $0.isASCII && $0.isUppercase && !"AEIOUY".contains($0) })
    }

    @Test("bytes that would favour some letters are drawn again, so every letter is as likely")
    func fairness() async throws {
        #expect(
            try await Self.code([[UInt8](repeating: 255, count: 16), [239, 240, 19, 20, 0, 245, 1, 21, 254, 2, 219]])
                == "ZZBB-CCDZ")
        // All values that a byte can have: each letter the same number of times.
        var counts: [Character: Int] = [:]
        for start in stride(from: 0, to: 240, by: 8) {
            let bytes = (start..<start + 8).map { UInt8($0) } + [UInt8](240...247)
            for letter in try await Self.code([bytes]) where letter != "-" { counts[letter, default: 0] += 1 }
        }
        #expect(counts.count == 20 && counts.values.allSatisfy { $0 == 12 })
    }

    @Test("codes have the shape that people read, and differ")
    func shape() async throws {
        let fixture = try await AccessFixture()
        var codes: Set<String> = []
        for _ in 0..<200 {
            let code = try await fixture.devices.begin(realm: "infraon", host: nil, address: nil).userCode
            #expect(code.wholeMatch(of: /[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/) != nil)
            codes.insert(code)
        }
        #expect(codes.count == 200)
    }

    @Test(
        "what people type is read as they mean it",
        arguments: ["BCDF-GHJK", "bcdf-ghjk", "BCDFGHJK", " bcdf ghjk ", "B-C-D-F-G-H-J-K", "bCdF gHjK"])
    func typed(text: String) {
        #expect(DeviceLogins.normalized(userCode: text) == "BCDFGHJK")
        #expect(DeviceLogins.shown(userCode: "BCDFGHJK") == "BCDF-GHJK")
    }

    @Test(
        "what cannot be a code is none",
        arguments: [
            "", "-", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ1", "BCDF_GHJK", "BCDF\tGHJK", "BCDF\nGHJK",
            "BCDF\u{2010}GHJK", "\u{212A}CDF-GHJK", "\u{FF22}CDFGHJK", "BCDFGHJ\u{301}K", "%42CDFGHJK",
            "BCDFGHJK" + String(repeating: "-", count: 25),
        ])
    func noCode(text: String) {
        #expect(DeviceLogins.normalized(userCode: text) == nil)
    }
}
