import Access
import HTTPTypes
import Identity
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("The check, through the routes")
struct CheckRouteTests {
    static let url = [("X-Original-URL", "https://app.example.com/x"), ("X-Original-Method", "GET")]

    @Test("who is signed in passes, with every header of the set")
    func headers() async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        let answer = try await gateway.get("/session/check?realm=infraon", cookie: cookie, Self.url)
        #expect(answer.status == .ok && answer.body.isEmpty && answer.headers[.cacheControl] == "no-store")
        #expect(answer.headers[.xAuthEmail] == "ada@acme.example" && answer.headers[.xAuthName] == "Ada Berger")
        #expect(
            answer.headers[.xAuthRealm] == "infraon" && answer.headers[.xAuthRoles] == "admin"
                && answer.headers[.xAuthProvider] == "okta")
        #expect(answer.headers[.xAuthGroups] == "infraon-admins,R&D%2C Z%C3%BCrich")
        #expect(answer.headers[.xAuthUser]?.hasPrefix("usr_") == true)
        let token = try #require(answer.headers[.xAuthToken].flatMap { OpenedToken($0) })
        #expect(token.claims["aud"] == "app.example.com" && token.claims["iss"] == "https://sso.example.com")
        let remote = try await gateway.get("/session/check?realm=infraon&headers=remote", cookie: cookie, Self.url)
        #expect(
            remote.headers[.remoteUser] == "ada@acme.example"
                && remote.headers[.remoteGroups] == answer.headers[.xAuthGroups])
        #expect(remote.headers[.xAuthUser] == nil && remote.headers[.xAuthToken] != nil)
        let proxy = try await gateway.get("/session/check?realm=infraon&headers=auth-request", cookie: cookie, Self.url)
        #expect(
            proxy.headers[.xAuthRequestUser] == answer.headers[.xAuthUser]
                && proxy.headers[.xAuthRequestEmail] == "ada@acme.example")
    }

    @Test("every header is there, empty when there is no value")
    func emptyHeaders() async throws {
        let gateway = try await GatewayFixture()
        gateway.claims.withLock { $0 = [("groups", []), ("email", nil), ("name", nil)] }
        gateway.transport.on("userinfo", ["sub": "00u1"])
        let cookie = try await gateway.signIn("/login?realm=ssp")
        let answer = try await gateway.get("/session/check?realm=ssp", cookie: cookie)
        for name in [HTTPField.Name.xAuthEmail, .xAuthName, .xAuthGroups] { #expect(answer.headers[name] == "") }
        #expect(answer.headers[.xAuthRoles] == "requester")
        let remote = try await gateway.get("/session/check?realm=ssp&headers=remote", cookie: cookie)
        for name in [HTTPField.Name.remoteUser, .remoteName, .remoteEmail, .remoteGroups] {
            #expect(remote.headers[name] == "")
        }
        let proxy = try await gateway.get("/session/check?realm=ssp&headers=auth-request", cookie: cookie)
        for name in [HTTPField.Name.xAuthRequestEmail, .xAuthRequestGroups, .xAuthRequestPreferredUsername] {
            #expect(proxy.headers[name] == "")
        }
    }

    @Test(
        "any method is answered", arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
    func methods(method: String) async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        #expect(try await gateway.send(method, "/session/check?realm=infraon", cookie: cookie).status == .ok)
    }

    @Test("a cookie counts before a bearer token, and each only in its realm")
    func callers() async throws {
        let gateway = try await GatewayFixture()
        let infraon = try await gateway.signIn()
        let portal = try await gateway.signIn("/login?realm=ssp")
        let token = String(try #require(infraon.split(separator: "=").last))
        func status(_ realm: String, _ cookie: String?, _ bearer: String?) async throws -> Int {
            try await gateway.get(
                "/session/check?realm=\(realm)", cookie: cookie,
                bearer.map { [("Authorization", "Bearer \($0)")] } ?? []
            ).status.code
        }
        #expect(try await status("infraon", infraon, nil) == 200)
        #expect(try await status("infraon", nil, token) == 200)
        #expect(try await status("infraon", infraon, "an application's own token") == 200)
        #expect(try await status("infraon", portal, token) == 200)
        #expect(try await status("ssp", infraon, nil) == 401)
        #expect(try await status("ssp", nil, token) == 401)
        #expect(try await status("ssp", "__Host-gatehouse-ssp=\(token)", nil) == 401)
        #expect(try await status("infraon", portal, nil) == 401)
        #expect(try await status("infraon", nil, "gha.x.y") == 401)
        #expect(try await status("infraon", nil, nil) == 401)
    }

    @Test("rules that are not met deny; a misspelt rule never allows")
    func rules() async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        for (query, status) in [
            ("role=admin", 200), ("role=owner,admin", 200), ("role=owner", 403), ("group=infraon-admins", 200),
            ("group=x", 403),
            ("group=R%26D%252C%20Z%C3%BCrich", 200), ("max_age=1h", 200), ("rol=admin", 400), ("role=", 400),
            ("role=admin&role=x", 400),
        ] {
            #expect(
                try await gateway.get("/session/check?realm=infraon&" + query, cookie: cookie).status.code == status,
                "\(query)")
        }
        gateway.clock.advance(.seconds(1700))
        #expect(
            try await gateway.get("/session/check?realm=infraon&max_age=1m", cookie: cookie).status == .unauthorized)
        #expect(
            try await gateway.get(
                "/session/check/forward?realm=infraon", cookie: cookie,
                [("X-Gatehouse-Check", "realm=infraon&role=owner")]
            ).status == .forbidden)
        #expect(try await gateway.get("/session/check?realm=other", cookie: cookie).status == .badRequest)
        #expect(try await gateway.get("/session/check", cookie: cookie).status == .badRequest)
    }

    @Test("what a client slips past an untrusted peer is not believed")
    func untrusted() async throws {
        let gateway = try await GatewayFixture()
        let cookie = try await gateway.signIn()
        let answer = try await gateway.get("/session/check?realm=infraon", cookie: cookie, Self.url, trusted: false)
        #expect(answer.headers[.xAuthToken].flatMap { OpenedToken($0) }?.claims["aud"] == "sso.example.com")
        #expect(
            try await gateway.get(
                "/session/check?realm=infraon", cookie: cookie, [("X-Gatehouse-Check", "role=admin")], trusted: false
            ).status == .badRequest)
        #expect(
            try await gateway.get("/session/check?realm=infraon", cookie: cookie, [("X_Auth_User", "root")]).status
                == .badRequest)
    }

    @Test("a store that fails denies, and a hot session goes on")
    func storeFails() async throws {
        let gateway = try await GatewayFixture()
        let hot = try await gateway.signIn()
        let cold = try await gateway.signIn()
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: hot).status == .ok)
        try await gateway.database.close()
        #expect(try await gateway.get("/session/check?realm=infraon", cookie: hot).status == .ok)
        let answer = try await gateway.get("/session/check?realm=infraon", cookie: cold)
        #expect(
            answer.status == .serviceUnavailable && answer.headers[.xAuthUser] == nil
                && answer.headers[.cacheControl] == "no-store")
        #expect(try await gateway.get("/readyz").status == .serviceUnavailable)
        #expect(try await gateway.get("/healthz").status == .ok)
    }

    @Test("the token verifies against the published keys")
    func keySet() async throws {
        let gateway = try await GatewayFixture()
        let answer = try await gateway.get("/.well-known/jwks.json")
        #expect(answer.status == .ok && answer.json?["keys"]?.array?.count == 1)
        #expect(answer.headers[.cacheControl]?.contains("max-age") == true)
    }
}
