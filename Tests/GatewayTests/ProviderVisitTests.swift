import Access
import HTTPTypes
import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("Signing out at the provider too")
struct ProviderVisitTests {
    static let configuration = GatewayFixture.configuration.replacing(
        "realms:\n",
        with: "  other: {kind: oidc, url: https://id.example.com, client_id: gatehouse, client_secret: s}\nrealms:\n"
    ).replacing("ssp: {providers: [okta]", with: "ssp: {providers: [other]")
    static let own = SessionRouteTests.own + [SessionRouteTests.form]

    let gateway: GatewayFixture
    let plan = FailingDatabase.Plan()

    init() async throws {
        let plan = plan
        gateway = try await GatewayFixture(Self.configuration) { FailingDatabase($0, plan) }
        discover()
    }

    /// Two providers, both of which one can sign out at.
    private func discover(endSession: Bool = true) {
        gateway.transport.on("discovery") { request throws(OutboundError) in
            let base = request.url.contains("id.example.com") ? "https://id.example.com" : "https://acme.okta.com"
            var document = JSONObject([
                ("issuer", .string(base)), ("authorization_endpoint", .string(base + "/v1/authorize")),
                ("token_endpoint", .string(base + "/v1/token")), ("jwks_uri", .string(base + "/v1/keys")),
            ])
            if endSession { document.set("end_session_endpoint", .string(base + "/v1/logout")) }
            return OutboundResponse(status: 200, headers: [], body: JSON.object(document).serialized())
        }
    }

    private func signInAtOther() async throws -> String {
        gateway.claims.withLock { $0 = [("iss", "https://id.example.com"), ("aud", "gatehouse")] }
        defer { gateway.claims.withLock { $0 = [] } }
        return try await gateway.signIn("/login?realm=ssp")
    }

    private func logout(_ cookie: String, _ body: String = "") async throws -> Answer {
        try await gateway.send("POST", "/logout", cookie: cookie, Self.own, body: body)
    }

    /// Where a browser is sent, what it carries, and what it is to bring back.
    private func visit(_ answer: Answer) throws -> (endpoint: String, query: [String: String], cookie: String) {
        #expect(answer.status == .seeOther && answer.headers[.cacheControl] == "no-store")
        let parts = try #require(answer.headers[.location]).split(separator: "?", maxSplits: 1).map(String.init)
        let query = try #require(parts.last)
        let fields = try #require(FormEncoding.decode(query))
        let cookie = try #require(GatewayFixture.cookie(answer))
        return (parts[0], Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) }), cookie)
    }

    private func returned(_ state: String, cookie: String?) async throws -> Answer {
        try await gateway.get("/logout/callback?state=\(state)", cookie: cookie)
    }

    @Test("the session here is over before the browser leaves for its provider, and comes back to a page that says so")
    func one() async throws {
        let cookie = try await gateway.signIn()
        let answer = try await logout(cookie, "realm=infraon")
        #expect(try await gateway.check(cookie) == 401)
        let visit = try visit(answer)
        #expect(visit.endpoint == "https://acme.okta.com/v1/logout")
        #expect(visit.query["post_logout_redirect_uri"] == "https://sso.example.com/logout/callback")
        let hint = try #require(visit.query["id_token_hint"].flatMap { OpenedToken($0) })
        #expect(hint.claims["sub"] == "00u1" && hint.claims["aud"] == "0oa1" && visit.query.count == 3)
        let state = try #require(visit.query["state"])
        #expect(visit.cookie.hasPrefix("__Host-gatehouse-logout-\(state.prefix(16))="))
        #expect(
            answer.headers[values: .setCookie].contains {
                $0.hasPrefix("__Host-gatehouse-infraon=;") && $0.hasSuffix("Max-Age=0")
            })

        let back = try await returned(state, cookie: visit.cookie)
        #expect(back.status == .ok && back.text.contains("You are signed out"))
        let name = visit.cookie.prefix { $0 != "=" }
        #expect(
            back.headers[values: .setCookie].contains { $0.hasPrefix("\(name)=;") && $0.hasSuffix("Max-Age=0") })
        #expect(!gateway.log.text.contains("eyJ"))
    }

    @Test("several sessions: one provider after the other, each once")
    func several() async throws {
        let (first, second) = (try await gateway.signIn(), try await signInAtOther())
        let both = "\(first); \(second)"
        let okta = try visit(try await logout(both))
        #expect(okta.endpoint == "https://acme.okta.com/v1/logout")
        #expect(try await gateway.sessions == 0)
        let other = try visit(try await returned(try #require(okta.query["state"]), cookie: okta.cookie))
        #expect(other.endpoint == "https://id.example.com/v1/logout")
        #expect(other.query["id_token_hint"].flatMap { OpenedToken($0) }?.claims["aud"] == "gatehouse")
        #expect(other.query["state"] != okta.query["state"] && other.cookie != okta.cookie)
        let end = try await returned(try #require(other.query["state"]), cookie: other.cookie)
        #expect(end.status == .ok && end.text.contains("You are signed out"))
        for visit in [okta, other] {
            #expect(try await returned(visit.query["state"] ?? "", cookie: visit.cookie).status == .badRequest)
        }
    }

    @Test("a provider that was removed in between is passed over")
    func removedInBetween() async throws {
        let (first, second) = (try await gateway.signIn(), try await signInAtOther())
        let okta = try visit(try await logout("\(first); \(second)"))
        let without = try await GatewayFixture(GatewayFixture.configuration, besides: gateway)
        let end = try await without.get("/logout/callback?state=\(okta.query["state"] ?? "")", cookie: okta.cookie)
        #expect(end.status == .ok && end.text.contains("The identity provider (other) did not confirm"))
    }

    @Test("a provider that was removed while the browser was there confirms nothing")
    func removedDuringVisit() async throws {
        let cookie = try await signInAtOther()
        let other = try visit(try await logout(cookie))
        #expect(other.endpoint == "https://id.example.com/v1/logout")
        let without = try await GatewayFixture(GatewayFixture.configuration, besides: gateway)
        let end = try await without.get("/logout/callback?state=\(other.query["state"] ?? "")", cookie: other.cookie)
        #expect(end.status == .ok && end.text.contains("The identity provider (other) did not confirm"))
        let event = try #require(try await without.trail().first { $0.kind == .logoutRefused })
        let reference = try #require(event.reference)
        #expect(event.reason == "provider_mismatch" && end.text.contains(reference))
    }

    @Test("two realms at one provider are one visit")
    func oneProvider() async throws {
        let gateway = try await GatewayFixture()
        gateway.discover([("end_session_endpoint", "https://acme.okta.com/v1/logout")])
        let (first, second) = (try await gateway.signIn(), try await gateway.signIn("/login?realm=ssp"))
        let answer = try await gateway.send("POST", "/logout", cookie: "\(first); \(second)", Self.own)
        let visit = try visit(answer)
        #expect(try await gateway.sessions == 0)
        let end = try await gateway.get("/logout/callback?state=\(visit.query["state"] ?? "")", cookie: visit.cookie)
        #expect(end.status == .ok)
    }

    @Test(
        "where the provider takes no part, or is not to be asked, the sign-out is local",
        arguments: ["no endpoint", "logout: local"])
    func local(why: String) async throws {
        if why == "no endpoint" { discover(endSession: false) }
        let cookie = try await gateway.signIn()
        var gateway = gateway
        if why == "logout: local" {
            gateway = try await GatewayFixture(
                Self.configuration.replacing("client_secret: the-", with: "logout: local, client_secret: the-"),
                besides: gateway)
        }
        let answer = try await gateway.send("POST", "/logout", cookie: cookie, Self.own)
        #expect(answer.status == .seeOther && answer.headers[.location] == "/")
        #expect(answer.headers[values: .setCookie].allSatisfy { $0.hasSuffix("Max-Age=0") })
        #expect(try await gateway.check(cookie) == 401)
        #expect(try await gateway.sessions == 0)
    }

    @Test("where the provider is down, the sign-out is local, and the person and the trail are told")
    func providerDown() async throws {
        let cookie = try await gateway.signIn()
        // A process that has just started knows no metadata.
        let started = try await GatewayFixture(Self.configuration, besides: gateway)
        started.transport.on("discovery", fails: .timedOut)
        let answer = try await started.send("POST", "/logout", cookie: cookie, Self.own)
        #expect(answer.status == .ok && answer.text.contains("The identity provider (okta) did not confirm"))
        #expect(answer.headers[values: .setCookie].allSatisfy { $0.hasSuffix("Max-Age=0") })
        #expect(try await started.check(cookie) == 401)
        let event = try #require(try await started.trail().first { $0.kind == .logoutRefused })
        let reference = try #require(event.reference)
        #expect(event.reason == "provider_timed_out" && answer.text.contains(reference))
    }

    @Test("where the visit cannot be noted, the sign-out is local, and the person and the trail are told")
    func visitNotSaved() async throws {
        let cookie = try await gateway.signIn()
        // After the session's own row and event.
        plan.fail(1, after: 1)
        let answer = try await gateway.send("POST", "/logout", cookie: cookie, Self.own)
        #expect(answer.status == .ok && answer.text.contains("did not confirm"))
        #expect(answer.headers[values: .setCookie].allSatisfy { $0.hasSuffix("Max-Age=0") })
        #expect(try await gateway.check(cookie) == 401)
        let event = try #require(try await gateway.trail().first { $0.kind == .logoutRefused })
        let reference = try #require(event.reference)
        #expect(event.reason == "store_failed" && answer.text.contains(reference))
    }

    @Test("an answer in another browser, a state that was made up and one that was used are told with a reference")
    func refusals() async throws {
        let cookie = try await gateway.signIn()
        let visit = try visit(try await logout(cookie))
        let state = try #require(visit.query["state"])
        let otherState = "0123456789abcdef." + String(repeating: "a", count: 43)
        for (state, cookie, reason) in [
            ("", visit.cookie, "logout_state_missing"), (otherState, visit.cookie, "logout_state_unknown"),
            ("x", visit.cookie, "logout_state_unknown"), (state, "", "browser_mismatch"),
            (state, visit.cookie + "x", "browser_mismatch"),
            (state, visit.cookie.replacing("logout-", with: "login-"), "browser_mismatch"),
        ] {
            let answer = try await returned(state, cookie: cookie)
            let event = try #require(try await gateway.trail().first)
            #expect(answer.status == .badRequest && event.kind == .logoutRefused && event.reason == reason)
            let reference = try #require(event.reference)
            #expect(answer.text.contains(reference) && !answer.text.contains(otherState))
        }
        #expect(try await returned(state, cookie: visit.cookie).status == .ok)
        #expect(try await returned(state, cookie: visit.cookie).status == .badRequest)
    }

    @Test("pages whose forms lead to providers say so to the browser")
    func formTargets() async throws {
        let cookie = try await gateway.signIn()
        let link = try await gateway.get("/logout", cookie: cookie, SessionRouteTests.foreign)
        #expect(link.headers[.contentSecurityPolicy]?.contains("form-action 'self' https://acme.okta.com;") == true)
        #expect(link.headers[.xFrameOptions] == "DENY")
    }
}
