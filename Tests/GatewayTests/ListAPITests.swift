import Access
import HTTPTypes
import Identity
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("API: lists and explanations")
struct ListAPITests {
    let gateway: GatewayFixture
    let bearer: [(String, String)]

    init() async throws {
        gateway = try await GatewayFixture()
        let token = gateway.services.administratorTokens.make(lifetime: .seconds(3600)).token.reveal()
        bearer = [("Authorization", "Bearer \(token)")]
    }

    private func get(_ path: String) async throws -> Answer { try await gateway.get("/api/v1/" + path, bearer) }

    private func code(_ path: String) async throws -> String? {
        let answer = try await get(path)
        #expect(answer.status.code == 400)
        return answer.json?["type"]?.string.map { String($0.dropFirst("urn:gatehouse:problem:".count)) }
    }

    /// Ids of a walk through all pages.
    private func walk(_ list: String, _ query: String, _ member: String) async throws -> [String] {
        var (cursor, seen) = ("", [String]())
        repeat {
            let json = try #require(try await get("\(list)?\(query)&cursor=\(cursor)").json)
            let page = try #require(json[list == "audit" ? "events" : list]?.array)
            seen += page.compactMap { $0[member]?.string }
            cursor = json["next"]?.string ?? ""
        } while !cursor.isEmpty && seen.count < 500
        return seen
    }

    @Test("walks give everything once")
    func walks() async throws {
        for number in 0..<7 {
            gateway.claims.withLock { $0 = [("sub", .string("00u\(number)"))] }
            _ = try await gateway.signIn()
        }
        for limit in [1, 3, 7, 1000] {
            for list in ["sessions", "users"] {
                let ids = try await walk(list, "limit=\(limit)", "id")
                #expect(ids.count == 7 && Set(ids).count == 7)
            }
            // The calls themselves are in the trail too.
            let sessions = try await walk("audit", "event=session.created&limit=\(limit)", "session")
            #expect(sessions.count == 7 && Set(sessions).count == 7)
        }
        #expect(
            try await walk("sessions", "user=ADA@acme.example&realm=infraon&provider=okta&limit=2", "id").count == 7)
        #expect(try await walk("sessions", "realm=ssp", "id").isEmpty)
        #expect(try await walk("users", "email=ADA@acme.example&limit=2", "id").count == 7)
        #expect(try await walk("audit", "provider=okta&limit=4", "event").count == 14)
    }

    @Test("a limit or cursor that is none, also the cursor of another list", arguments: ["sessions", "users", "audit"])
    func limits(list: String) async throws {
        for limit in ["0", "1001", "-1", "01", "+1", "1.0", "x", "1e2", "99999999999999999999"] {
            #expect(try await code("\(list)?limit=\(limit)") == "limit_malformed")
        }
        #expect(try await get("\(list)?limit=1000").status == .ok)
        #expect(try await get("\(list)?limit=").status == .ok)
        let cursors = [
            "sessions": "1795341171000.ses_x", "users": "usr_x", "audit": String(repeating: "0", count: 28),
        ]
        for (owner, cursor) in cursors {
            if owner == list {
                #expect(try await get("\(list)?cursor=\(cursor)").status == .ok)
            } else {
                #expect(try await code("\(list)?cursor=\(cursor)") == "cursor_malformed")
            }
        }
        #expect(try await code("\(list)?cursor=nonsense") == "cursor_malformed")
        #expect(try await code("\(list)?limit=1&limit=2") == "parameter_repeated")
        #expect(try await code("\(list)?lmit=1") == "parameter_unknown")
    }

    @Test("filters of the trail that are none", arguments: ["since", "until"])
    func times(name: String) async throws {
        for text in ["x", "2026", "2026-11-22", "1795341171", "2026-11-22T09:52:51", "2026-13-22T09:52:51Z"] {
            #expect(try await code("audit?\(name)=\(text)") == "time_malformed")
        }
        #expect(try await code("audit?event=session.end") == "event_unknown")
        #expect(try await code("audit?event=Session.ended") == "event_unknown")
        let cookie = try await gateway.signIn()
        let id = try await gateway.sessionID(cookie)
        let now = FormEncoding.encode(TestClock.start.description)
        let later = FormEncoding.encode((TestClock.start + .milliseconds(1)).description)
        let counts = name == "since" ? [2, 0] : [0, 2]
        for (time, count) in zip([now, later], counts) {
            #expect(try await walk("audit", "session=\(id)&\(name)=\(time)", "event").count == count)
        }
    }

    @Test("one person, one session, one realm; and those that are not there")
    func single() async throws {
        let cookie = try await gateway.signIn()
        let session = try #require(try await get("sessions").json?["sessions"]?.array?.first)
        let id = try #require(session["id"]?.string)
        #expect(try await get("sessions/\(id)").json == session)
        let user = try #require(try await get("users").json?["users"]?.array?.first)
        #expect(user["issuer"] == "https://acme.okta.com" && user["subject"] == "00u1")
        #expect(user["groups"] == ["infraon-admins", "R&D, Z\u{fc}rich"])
        let userID = try #require(user["id"]?.string)
        #expect(try await get("users/\(userID)").json == user && session["user"]?["id"] == user["id"])
        let realms = try #require(try await get("realms").json?["realms"]?.array)
        #expect(realms.map { $0["name"] } == ["infraon", "ssp"])
        #expect(try await get("realms/infraon").json == realms[0])
        for (path, code) in [
            ("sessions/ses_none", "session_not_found"), ("users/usr_none", "user_not_found"),
            ("realms/none", "realm_unknown"), ("realms/Infraon", "realm_unknown"), ("sessions/\(id)/x", "not_found"),
            ("users/\(userID)/x", "not_found"), ("audit/x", "not_found"), ("realms/infraon/x", "not_found"),
            ("realms/infraon/roles/x", "not_found"),
        ] {
            let answer = try await get(path)
            #expect(answer.status == .notFound && answer.json?["type"] == .string("urn:gatehouse:problem:\(code)"))
        }
        // Whoever takes a token for an id leaves no token in the trail.
        let token = String(try #require(cookie.split(separator: "=").last))
        #expect(try await get("sessions/\(token)").status == .notFound)
        let trail = try await gateway.trail().map { "\($0)" }.joined()
        #expect(!trail.contains(token) && !gateway.log.text.contains(token))
    }

    @Test("roles are explained by groups, or by what the provider last said of a person")
    func roles() async throws {
        let byGroup = try #require(try await get("realms/infraon/roles?group=infraon-tech-7&group=x").json)
        #expect(byGroup["roles"] == ["technician"] && byGroup["groups"] == ["infraon-tech-7", "x"])
        let rules = try #require(byGroup["rules"]?.array)
        #expect(rules.map { $0["role"] } == ["admin", "technician"] && rules.map { $0["granted"] } == [false, true])
        #expect(rules[1]["matched"] == [["pattern": "infraon-tech-*", "group": "infraon-tech-7"]])
        #expect(rules.allSatisfy { $0["why"]?.string?.isEmpty == false })
        let portal = try #require(try await get("realms/ssp/roles?group=x").json)
        #expect(portal["roles"] == ["requester"] && portal["rules"]?.array?.first?["default"] == true)
        _ = try await gateway.signIn()
        gateway.clock.advance(.seconds(1))
        gateway.claims.withLock { $0 = [("groups", ["infraon-tech-1"])] }
        _ = try await gateway.signIn()
        let byUser = try #require(try await get("realms/infraon/roles?user=ADA@acme.example").json)
        #expect(byUser["groups"] == ["infraon-tech-1"] && byUser["roles"] == ["technician"])
        #expect(try await code("realms/infraon/roles") == "group_missing")
        #expect(try await code("realms/infraon/roles?group=") == "group_missing")
        #expect(try await code("realms/infraon/roles?group=x&user=y") == "user_and_group")
        #expect(try await code("realms/infraon/roles?groups=x") == "parameter_unknown")
        #expect(try await get("realms/infraon/roles?user=nobody@acme.example").status == .notFound)
    }

    @Test("every call is in the trail before it acts, with who made it; what cannot be audited is not answered")
    func audited() async throws {
        _ = try await get("users?email=ada@acme.example")
        let event = try #require(try await gateway.trail().first)
        #expect(event.kind == .administration && event.detail == "GET /api/v1/users")
        #expect(event.actor?.hasPrefix("adm_") == true && event.address == "127.0.0.1")
        try await gateway.database.transaction { try $0.execute("ALTER TABLE audit_events RENAME TO away") }
        for path in ["sessions", "users", "realms", "providers", "realms/infraon/roles?group=x"] {
            #expect(try await get(path).status == .serviceUnavailable)
        }
    }

    @Test("the description of the API is strict JSON, for everybody")
    func openAPI() async throws {
        let answer = try await gateway.get("/api/v1/openapi.json")
        #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
        let paths = try #require(answer.json?["paths"]?.object)
        #expect(paths.members.count > 15 && answer.json?["openapi"]?.string?.hasPrefix("3.1") == true)
    }

    @Test("the trail says whose session was asked for or ended, and whose sessions were")
    func subjects() async throws {
        let id = try await gateway.sessionID(try await gateway.signIn())
        _ = try await get("sessions/\(id)")
        #expect(try await gateway.trail().first?.detail == "GET /api/v1/sessions/\(id)")
        _ = try await gateway.send("DELETE", "/api/v1/sessions?user=Ada%40acme.example", bearer)
        let event = try #require(try await gateway.trail().first { $0.kind == .administration })
        #expect(event.detail == "DELETE /api/v1/sessions of Ada@acme.example")
    }
}
