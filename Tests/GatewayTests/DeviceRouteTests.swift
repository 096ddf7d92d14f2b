import Access
import HTTPTypes
import Identity
import Outbound
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("Letting a machine in by its code")
struct DeviceRouteTests {
    static let own = SessionRouteTests.own + [SessionRouteTests.form]
    static let json = ("Content-Type", "application/json")

    let gateway: GatewayFixture

    init() async throws { gateway = try await GatewayFixture() }

    /// A machine's codes.
    private func ask(_ body: String = #"{"realm":"infraon","host":"build-7"}"#) async throws -> (
        device: String, user: String
    ) {
        let answer = try await gateway.send(
            "POST", "/api/v1/device/authorize", [Self.json, ("X-Forwarded-For", "198.51.100.7")], body: body)
        try #require(answer.status == .ok, "\(answer.text)")
        let json = try #require(answer.json)
        return (try #require(json["device_code"]?.string), try #require(json["user_code"]?.string))
    }

    private func post(_ path: String, _ body: String, _ headers: [(String, String)] = own) async throws -> Answer {
        try await gateway.send("POST", path, headers, body: body)
    }

    private func poll(_ device: String) async throws -> JSON {
        gateway.clock.advance(.seconds(5))
        let answer = try await gateway.send(
            "POST", "/api/v1/device/token", [Self.json], body: #"{"device_code":"\#(device)"}"#)
        return try #require(answer.json)
    }

    /// The person presses Approve and signs in; gives what the browser sees in the end.
    private func approve(_ code: String) async throws -> Answer {
        let begun = try gateway.begun(try await post("/device/approve", "user_code=\(code)&provider=okta"))
        return try await gateway.callback(begun)
    }

    @Test("approving signs the machine in, and not the browser")
    func approved() async throws {
        let (device, code) = try await ask()
        #expect(try await poll(device)["error"] == "authorization_pending")
        let shown = try await post("/device", "user_code=\(code.lowercased())")
        #expect(shown.status == .ok && shown.text.contains("build-7") && shown.text.contains("198.51.100.7"))
        #expect(shown.text.contains(code) && shown.text.contains("infraon"))
        let page = try await approve(code)
        #expect(page.status == .ok && page.text.contains("build-7") && page.text.contains("ada@acme.example"))
        #expect(GatewayFixture.cookie(page) == nil)
        let json = try await poll(device)
        let token = try #require(json["access_token"]?.string)
        #expect(json["token_type"] == "Bearer" && json["realm"] == "infraon" && json["roles"] == ["admin"])
        #expect(json["user"]?["email"] == "ada@acme.example" && json["expires_in"]?.integer == 43195)
        let own = try #require(try await gateway.get("/api/v1/session", [("Authorization", "Bearer \(token)")]).json)
        #expect(own["kind"] == "cli" && own["host"] == "build-7" && own["id"] == json["session_id"])
        #expect(try await gateway.list(own)?.address == "198.51.100.7")
        #expect(try await poll(device)["error"] == "invalid_grant")
        #expect(try await gateway.sessions == 1)
    }

    @Test("a code is filled in, and does nothing by being opened")
    func entry() async throws {
        let (device, code) = try await ask()
        for text in [code, code.lowercased(), code.replacing("-", with: "")] {
            let page = try await gateway.get("/device?user_code=\(text)")
            #expect(page.status == .ok && page.text.contains("value=\"\(code)\""))
        }
        let hostile = try await gateway.get("/device?user_code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        #expect(hostile.status == .ok && hostile.text.contains("value=\"\"") && !hostile.text.contains("alert"))
        #expect(try await poll(device)["error"] == "authorization_pending")
    }

    @Test("another site's form does nothing")
    func crossSite() async throws {
        let (device, code) = try await ask()
        let foreign = SessionRouteTests.foreign + [SessionRouteTests.form]
        for path in ["/device", "/device/approve", "/device/refuse"] {
            #expect(try await post(path, "user_code=\(code)&provider=okta", foreign).status == .forbidden)
            #expect(
                try await post(path, "user_code=\(code)", [("Origin", "https://evil.example"), SessionRouteTests.form])
                    .status == .forbidden)
        }
        for path in ["/device/approve", "/device/refuse"] {
            #expect(try await gateway.get("\(path)?user_code=\(code)").status == .methodNotAllowed)
        }
        #expect(try await poll(device)["error"] == "authorization_pending")
    }

    @Test(
        "a code that nobody waits with",
        arguments: ["", "user_code=", "user_code=BCDF-GHJK", "user_code=x", "code=BCDF-GHJK"])
    func unknown(body: String) async throws {
        _ = try await ask()
        for path in ["/device", "/device/approve", "/device/refuse"] {
            let answer = try await post(path, body)
            #expect(answer.status == .notFound && answer.text.contains("No machine waits"))
        }
        #expect(try await gateway.sessions == 0)
    }

    @Test("refused: the machine hears so, and the code is over")
    func refused() async throws {
        let (device, code) = try await ask()
        #expect(try await post("/device/refuse", "user_code=\(code)").status == .ok)
        #expect(try await poll(device)["error"] == "access_denied")
        #expect(try await post("/device/refuse", "user_code=\(code)").status == .notFound)
        #expect(try await post("/device/approve", "user_code=\(code)&provider=okta").status == .notFound)
    }

    @Test("of two browsers that approve one code the first gets it, and the other is told; no session is left over")
    func twice() async throws {
        let (device, code) = try await ask()
        let begun = try gateway.begun(try await post("/device/approve", "user_code=\(code)"))
        #expect(try await approve(code).status == .ok)
        gateway.remember(nonce: begun)
        let late = try await gateway.callback(begun)
        #expect(late.status == .badRequest && late.text.contains("This device code is over"))
        #expect(try await gateway.sessions == 1)
        #expect(try await gateway.events().first == "login.failed device_code_unknown")
        #expect(try await poll(device)["access_token"] != nil)
    }

    @Test("a code that was refused, or is over, while somebody signs in lets nobody in", arguments: [true, false])
    func overMeanwhile(isRefused: Bool) async throws {
        let (device, code) = try await ask()
        let begun = try gateway.begun(try await post("/device/approve", "user_code=\(code)"))
        if isRefused {
            _ = try await post("/device/refuse", "user_code=\(code)")
        } else {
            gateway.clock.advance(.seconds(599))
            _ = try await ask()
            let late = try gateway.begun(try await post("/device/approve", "user_code=\(code)"))
            gateway.clock.advance(.seconds(1))
            #expect(try await gateway.callback(late).text.contains("This device code is over"))
        }
        #expect(try await gateway.callback(begun).status == .badRequest)
        #expect(try await gateway.sessions == 0)
        #expect(try await poll(device)["error"] == .string(isRefused ? "access_denied" : "expired_token"))
    }

    @Test("somebody without a role lets no machine in, and the code still waits")
    func noRole() async throws {
        let (device, code) = try await ask()
        gateway.claims.withLock { $0 = [("groups", ["others"])] }
        #expect(try await approve(code).status == .forbidden)
        #expect(try await poll(device)["error"] == "authorization_pending")
        gateway.claims.withLock { $0 = [] }
        #expect(try await approve(code).status == .ok)
        #expect(try await poll(device)["access_token"] != nil)
    }

    @Test("a provider that does not work ends in a page with a reference, and the code still waits")
    func provider() async throws {
        let (device, code) = try await ask()
        gateway.transport.on("discovery", fails: .timedOut)
        let answer = try await post("/device/approve", "user_code=\(code)")
        #expect(answer.status.code == 504 && answer.headers[values: .setCookie].isEmpty)
        #expect(try await gateway.events().first == "login.failed provider_timed_out")
        gateway.discover()
        #expect(try await approve(code).status == .ok)
        #expect(try await poll(device)["access_token"] != nil)
    }

    @Test("a provider must be one of the realm's")
    func otherProvider() async throws {
        let (device, code) = try await ask()
        for name in ["none", "Okta", "okta%20"] {
            #expect(try await post("/device/approve", "user_code=\(code)&provider=\(name)").status == .badRequest)
        }
        #expect(try await poll(device)["error"] == "authorization_pending")
    }

    @Test("an answer in another browser lets nobody in")
    func otherBrowser() async throws {
        let (device, code) = try await ask()
        let begun = try gateway.begun(try await post("/device/approve", "user_code=\(code)"))
        let other = try await gateway.begin()
        for cookie in ["", other.cookie] {
            #expect(try await gateway.callback(begun, cookie: cookie).status == .badRequest)
        }
        #expect(try await poll(device)["error"] == "authorization_pending")
    }

    @Test("guessing is slow: an address has thirty tries a minute")
    func limit() async throws {
        let headers = Self.own + [("X-Forwarded-For", "192.0.2.1")]
        for number in 0..<31 {
            let answer = try await post("/device", "user_code=BCDF-GHJK", headers)
            #expect(answer.status.code == (number < 30 ? 404 : 429))
            if number == 30 { #expect(answer.headers[.retryAfter] == "2") }
        }
        #expect(try await post("/device", "user_code=BCDF-GHJK").status == .notFound)
        // Nobody fills the trail by being too fast.
        #expect(try await gateway.events().isEmpty)
    }

    @Test(
        "a machine's request that is none is answered in OAuth's words",
        arguments: [
            #"{"realm":"none"}"#, "{}", "[]", "{", #"{"realm":"infraon","hots":"x"}"#, #"{"realm":1}"#,
            #"{"realm":"infraon","host":"a\u202eb"}"#, #"{"realm":"infraon","host":"a\nb"}"#,
            #"{"realm":"infraon","realm":"ssp"}"#,
        ])
    func malformed(body: String) async throws {
        let answer = try await gateway.send("POST", "/api/v1/device/authorize", [Self.json], body: body)
        #expect(answer.status == .badRequest && answer.json?["error"] == "invalid_request")
        #expect(answer.json?["error_description"]?.string?.isEmpty == false)
        #expect(try await gateway.events().isEmpty)
    }

    @Test("forms are taken as JSON is, with the RFC's own fields")
    func forms() async throws {
        let answer = try await gateway.send(
            "POST", "/api/v1/device/authorize", [SessionRouteTests.form], body: "realm=infraon&client_id=x&scope=openid"
        )
        let device = try #require(answer.json?["device_code"]?.string)
        #expect(answer.json?["verification_uri"] == "https://sso.example.com/device")
        #expect(answer.json?["interval"] == 5 && answer.json?["expires_in"] == 600)
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
        func token(_ body: String) async throws -> JSON? {
            try await gateway.send("POST", "/api/v1/device/token", [SessionRouteTests.form], body: body).json?["error"]
        }
        #expect(try await token("grant_type=\(grant)&device_code=\(device)&client_id=x") == "authorization_pending")
        #expect(try await token("grant_type=\(grant)&device_code=\(device)") == "slow_down")
        #expect(try await token("grant_type=\(grant)") == "invalid_request")
        #expect(try await token("grant_type=password&device_code=\(device)") == "unsupported_grant_type")
        #expect(try await token("device_code=\(device)&device_code=\(device)") == "invalid_request")
        #expect(try await token("device_code=x") == "invalid_grant")
    }
}

extension GatewayFixture {
    /// What a browser holds after it was sent to the provider by this answer.
    func begun(_ answer: Answer) throws -> Begun {
        let location = try #require(answer.headers[.location], "\(answer.text)")
        let query = try #require(location.split(separator: "?", maxSplits: 1).last)
        let fields = try #require(FormEncoding.decode(query))
        let asked = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) })
        let begun = Begun(state: try #require(asked["state"]), cookie: try #require(Self.cookie(answer)), asked: asked)
        remember(nonce: begun)
        return begun
    }

    /// The session that a JSON view is of, as lists show it.
    func list(_ json: JSON) async throws -> SessionSummary? {
        try await services.sessions.session(id: json["id"]?.string ?? "")
    }
}
