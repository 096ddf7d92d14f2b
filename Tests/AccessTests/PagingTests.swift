import Cryptography
import Identity
import SQL
import TestSupport
import Testing

@testable import Access

@Suite("Pages of long lists")
struct PagingTests {
    let fixture: AccessFixture

    init() async throws { fixture = try await AccessFixture() }

    /// Signs somebody in, at a moment that some others share.
    private func signIn(_ number: Int, email: String? = "ada@acme.example") async throws -> String {
        if number.isMultiple(of: 4) { fixture.clock.advance(.milliseconds(1)) }
        return try await fixture.signIn(AccessFixture.identity(subject: "00u\(number)", email: email)).id
    }

    /// What a walk through all pages sees.
    private func walk(
        limit: Int, _ query: SessionQuery = SessionQuery(), between: ([SessionSummary]) async throws -> Void = { _ in }
    ) async throws -> [String] {
        var (query, seen) = (query, [String]())
        query.limit = limit
        repeat {
            let (page, next) = try await fixture.sessions.list(query)
            #expect(page.count <= limit && (next == nil || page.count == limit))
            #expect(next.map(Sessions.isCursor) ?? true)
            seen += page.map(\.id)
            query.cursor = next
            try await between(page)
        } while query.cursor != nil
        return seen
    }

    @Test("every session once, in the same order whatever the length of the page", arguments: [1, 2, 7, 29, 30, 31])
    func sessions(limit: Int) async throws {
        var ids: Set<String> = []
        for number in 0..<30 { ids.insert(try await signIn(number)) }
        let seen = try await walk(limit: limit)
        #expect(seen.count == 30 && Set(seen) == ids)
        #expect(try await fixture.list().map(\.id) == seen)
        var personal = SessionQuery()
        personal.email = "ADA@acme.example"
        #expect(try await walk(limit: limit, personal) == seen)
    }

    @Test("while sessions come and go, every one that is there all the time is seen once")
    func changingSessions() async throws {
        for isPersonal in [false, true] {
            var staying: Set<String> = []
            var leaving: [String] = []
            for number in 0..<60 {
                let id = try await signIn(number)
                if number.isMultiple(of: 3) { leaving.append(id) } else { staying.insert(id) }
            }
            var query = SessionQuery()
            if isPersonal { query.email = "ada@acme.example" }
            var number = 1000
            let seen = try await walk(limit: 7, query) { page in
                // Also the very session that the cursor names.
                if let last = page.last?.id {
                    try await fixture.sessions.end(.session(id: last), reason: .signedOut)
                }
                try await fixture.sessions.end(.session(id: leaving.removeLast()), reason: .signedOut)
                number += 1
                _ = try await signIn(number)
            }
            #expect(Set(seen).count == seen.count && staying.isSubset(of: seen))
            try await fixture.endAll()
        }
    }

    @Test("filters hold on every page")
    func filteredSessions() async throws {
        var mine: [String] = []
        for number in 0..<20 {
            mine.append(try await signIn(number, email: "ada@acme.example"))
            _ = try await signIn(number + 100, email: "colin@acme.example")
            _ = try await fixture.signIn(AccessFixture.identity(subject: "00u1"), realm: AccessFixture.portal)
        }
        var query = SessionQuery()
        query.email = "ada@acme.example"
        query.realm = "infraon"
        query.provider = "okta"
        #expect(try await Set(walk(limit: 3, query)) == Set(mine))
    }

    @Test(
        "a cursor that is none",
        arguments: ["", ".", "1", "ses_x", "x.ses_x", "1.usr_x", ".ses_x", "1.", "usr_x", "1 .ses_x"])
    func noSessionCursor(text: String) {
        #expect(!Sessions.isCursor(text))
    }

    @Test("every person once, also while people come")
    func users() async throws {
        for number in 0..<25 { _ = try await signIn(number) }
        let users = Users(database: fixture.database)
        let staying = Set(try await users.list(email: nil, cursor: nil, limit: 100).users.map(\.id))
        #expect(staying.count == 25)
        for limit in [1, 4, 24, 25, 26] {
            var seen: [String] = []
            var cursor: String?
            repeat {
                let (page, next) = try await users.list(email: nil, cursor: cursor, limit: limit)
                #expect(page.count <= limit && (next.map(Users.isCursor) ?? true))
                seen += page.map(\.id)
                cursor = next
                _ = try await signIn(Int(1000 * limit + seen.count))
            } while cursor != nil && seen.count < 500
            #expect(Set(seen).count == seen.count && staying.isSubset(of: seen) && seen == seen.sorted())
        }
    }

    @Test("people by e-mail address, in any case")
    func usersByEmail() async throws {
        for number in 0..<5 { _ = try await signIn(number, email: "\u{c4}da@acme.example") }
        _ = try await signIn(9, email: nil)
        let users = Users(database: fixture.database)
        let (first, next) = try await users.list(email: "\u{e4}DA@acme.example", cursor: nil, limit: 3)
        let (rest, end) = try await users.list(email: "\u{e4}DA@acme.example", cursor: next, limit: 3)
        #expect(first.count == 3 && rest.count == 2 && end == nil && Set((first + rest).map(\.id)).count == 5)
        for email in ["", "%", "ada@acme.example"] {
            #expect(try await users.list(email: email, cursor: nil, limit: 3).users.isEmpty)
        }
        let user = try #require(first.first)
        let again = try #require(try await users.user(id: user.id))
        #expect(again.issuer == "https://acme.okta.com" && again.subject == user.subject && again.name == "Ada Berger")
        #expect(again.groups == ["infraon-admins"] && again.lastSignInAt >= again.createdAt)
        #expect(try await users.user(id: "usr_none") == nil)
        #expect(!Users.isCursor("") && !Users.isCursor("ses_x") && !Users.isCursor("1.ses_x"))
    }

    @Test("every event once, the newest first, also while new ones come", arguments: [1, 7, 39, 40, 41])
    func audit(limit: Int) async throws {
        for number in 0..<40 {
            // Some in one millisecond: those are told apart by the order of writing.
            let at = TestClock.start + .milliseconds(Int64(number / 5))
            try await fixture.audit.record(AuditEvent(.administration, at: at, detail: "\(number)"))
        }
        var query = AuditQuery(limit: limit)
        var seen: [String] = []
        repeat {
            let (page, next) = try await fixture.audit.events(query)
            #expect(page.count <= limit && (next.map(AuditTrail.isCursor) ?? true))
            seen += page.compactMap(\.detail)
            query.cursor = next
            try await fixture.audit.record(
                AuditEvent(.administration, at: TestClock.start + .seconds(1), detail: "later"))
        } while query.cursor != nil && seen.count < 200
        #expect(seen == (0..<40).reversed().map(String.init))
    }

    @Test("an event of a newer program's kind neither ends a walk nor is shown")
    func newerKind() async throws {
        for number in 0..<6 {
            try await fixture.audit.record(
                AuditEvent(.administration, at: TestClock.start + .seconds(Int64(number)), detail: "\(number)"))
        }
        try await fixture.database.transaction {
            try $0.execute("UPDATE audit_events SET kind = 'made.up' WHERE detail IN ('2', '3')")
        }
        var query = AuditQuery(limit: 2)
        var seen: [String] = []
        repeat {
            let (page, next) = try await fixture.audit.events(query)
            seen += page.compactMap(\.detail)
            query.cursor = next
        } while query.cursor != nil
        #expect(seen == ["5", "4", "1", "0"])
    }

    @Test(
        "a cursor of another list is none",
        arguments: [
            "", "x", "ses_x", "usr_x", "1.ses_x", String(repeating: "0", count: 27), String(repeating: "0", count: 29),
            String(repeating: "G", count: 28), String(repeating: "A", count: 20) + "abcdefgh",
        ])
    func noAuditCursor(text: String) { #expect(!AuditTrail.isCursor(text)) }
}

@Suite("Audit trail: filters")
struct AuditFilterTests {
    @Test("every combination of filters gives what meets all of them")
    func combinations() async throws {
        let fixture = try await AccessFixture()
        // Every attribute has two values and sometimes none, each with a rhythm of its own.
        func pick(_ number: Int, _ prime: Int, _ name: String) -> String? {
            number % prime == 0 ? nil : "\(name)\(number / prime % 2)"
        }
        let events = (0..<240).map { number in
            AuditEvent(
                number % 5 < 3 ? .sessionEnded : .signInFailed, at: TestClock.start + .seconds(Int64(number)),
                reference: pick(number, 7, "REF"), reason: pick(number, 11, "reason"), detail: "\(number)",
                realm: pick(number, 13, "realm").map { RealmName($0) },
                provider: pick(number, 17, "provider").map { ProviderName($0) }, user: pick(number, 3, "usr_"),
                session: pick(number, 2, "ses_"))
        }
        try await fixture.database.transaction { tx in
            for event in events { try fixture.audit.append(event, in: tx) }
        }
        let (since, until) = (TestClock.start + .seconds(20), TestClock.start + .seconds(200))
        var found = 0
        for mask in 0..<512 {
            func has(_ bit: Int) -> Bool { mask & (1 << bit) != 0 }
            var query = AuditQuery(limit: 1000)
            if has(0) { query.reference = "REF1" }
            if has(1) { query.user = "usr_0" }
            if has(2) { query.session = "ses_1" }
            if has(3) { query.kind = .sessionEnded }
            if has(4) { query.reason = "reason0" }
            if has(5) { query.realm = "realm1" }
            if has(6) { query.provider = "provider0" }
            if has(7) { query.since = since }
            if has(8) { query.until = until }
            let expected = events.reversed().filter { event in
                (!has(0) || event.reference == "REF1") && (!has(1) || event.user == "usr_0")
                    && (!has(2) || event.session == "ses_1") && (!has(3) || event.kind == .sessionEnded)
                    && (!has(4) || event.reason == "reason0") && (!has(5) || event.realm == "realm1")
                    && (!has(6) || event.provider == "provider0") && (!has(7) || event.at >= since)
                    && (!has(8) || event.at < until)
            }.compactMap(\.detail)
            let answer = try await fixture.audit.events(query)
            #expect(answer.events.compactMap(\.detail) == expected && answer.next == nil, "\(mask)")
            found += expected.isEmpty ? 0 : 1
            // The same in pages.
            query.limit = 9
            var seen: [String] = []
            repeat {
                let (page, next) = try await fixture.audit.events(query)
                seen += page.compactMap(\.detail)
                query.cursor = next
            } while query.cursor != nil
            #expect(seen == expected, "\(mask)")
        }
        #expect(found > 150)
    }
}
