import Access
import Cryptography
import HTTPTypes
import Identity
import Logging
import Outbound
import SQL
import Settings
import StrictJSON
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// A whole gateway without a network: its routes over a new store, and a provider by script.
final class GatewayFixture: Sendable {
    static let configuration = """
        url: https://sso.example.com
        listen: 127.0.0.1:8300
        store: sqlite:gatehouse.db
        master_key: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
        administrators: {realm: infraon, role: admin}
        providers:
          okta: {kind: okta, url: acme.okta.com, client_id: 0oa1, client_secret: the-client-secret}
        realms:
          infraon:
            providers: [okta]
            return_hosts: [app.example.com]
            contact: the service desk
            roles:
              - {groups: ["infraon-admins"], role: admin}
              - {groups: ["infraon-tech-*"], role: technician}
          ssp: {providers: [okta], default_role: requester}
        """

    static let accessToken = "the-access-token"
    static let refreshToken = "the-refresh-token"

    /// The same, with the realm infraon asked for every 15 minutes.
    static let revalidating = configuration.replacing(
        "    return_hosts:", with: "    session: {revalidate: 15m, revalidate_grace: 25m}\n    return_hosts:")

    let folder: TemporaryFolder
    let clock: TestClock
    let transport: ScriptedTransport
    let log = CapturedLog()
    let database: any Database
    let services: GatewayServices
    let routes: Routes
    /// Claims of the next ID token beside the usual ones; nil takes one out.
    let claims = Mutex<[(String, JSON?)]>([])
    private let nonce = Mutex("")

    /// - Parameter earlier: another process on the same store, with the same clock and provider.
    init(
        _ configuration: String = GatewayFixture.configuration, besides earlier: GatewayFixture? = nil,
        wrapping wrap: (any Database) -> any Database = { $0 }
    ) async throws {
        folder = try earlier?.folder ?? TemporaryFolder()
        clock = earlier?.clock ?? TestClock()
        transport = earlier?.transport ?? ScriptedTransport()
        let settings = try GatewaySettings(
            yaml: configuration, file: folder.file("gatehouse.yaml"), environment: [:])
        database = wrap(try await SQLiteDatabase(path: settings.storePath))
        try await database.migrate(Schema.migrations)
        let log = log
        services = try GatewayServices(
            settings: settings, database: database, transport: transport, metrics: Metrics(), clock: clock.wallClock,
            logger: Logger(label: "test") { _ in log })
        try await services.registry.refresh()
        try await services.signingKeys.refresh()
        routes = Routes(services: services)
        if earlier != nil { return }
        discover()
        transport.on("jwks", bytes: keySet(TestKey.p256.jwk(kid: "k1")))
        transport.on("token") { [self] _ throws(OutboundError) in tokenAnswer() }
    }

    /// What the provider says about itself, with further members.
    func discover(_ more: [(String, JSON)] = []) {
        let base = "https://acme.okta.com"
        let usual: [(String, JSON)] = [
            ("issuer", .string(base)), ("authorization_endpoint", .string(base + "/v1/authorize")),
            ("token_endpoint", .string(base + "/v1/token")), ("userinfo_endpoint", .string(base + "/v1/userinfo")),
            ("jwks_uri", .string(base + "/v1/keys")),
        ]
        transport.on("discovery", .object(JSONObject(usual + more)))
    }

    /// A good answer of the token endpoint.
    func tokenAnswer(refreshToken: String? = refreshToken, key: TestKey = .p256, kid: String = "k1") -> OutboundResponse
    {
        let now = clock.now.seconds
        let token = TestToken(claims: [
            ("iss", "https://acme.okta.com"), ("aud", "0oa1"), ("sub", "00u1"), ("iat", .integer(now)),
            ("exp", .integer(now + 3600)), ("nonce", .string(nonce.withLock { $0 })), ("email", "ada@acme.example"),
            ("name", "Ada Berger"), ("groups", ["infraon-admins", "R&D, Z\u{fc}rich"]), ("auth_time", .integer(now)),
        ]).claiming(claims.withLock { $0 })
        let answer: JSON = [
            "id_token": .string(token.signed(by: key, .es256, kid: kid)), "access_token": .string(Self.accessToken),
            "token_type": "Bearer", "refresh_token": JSON(refreshToken),
        ]
        return OutboundResponse(status: 200, headers: [], body: answer.serialized())
    }

    // MARK: A browser

    func get(_ target: String, cookie: String? = nil, _ headers: [(String, String)] = [], trusted: Bool = true)
        async throws -> Answer
    {
        try await send("GET", target, cookie: cookie, headers, trusted: trusted)
    }

    func send(
        _ method: String, _ target: String, cookie: String? = nil, _ headers: [(String, String)] = [],
        body: String = "",
        trusted: Bool = true
    ) async throws -> Answer {
        await routes.answer(
            try IncomingRequest.make(
                method, target, headers: headers + (cookie.map { [("Cookie", $0)] } ?? []), body: body, trusted: trusted
            ))
    }

    /// What a browser holds after `/login`.
    struct Begun {
        let state: String
        /// `name=value` of the attempt's cookie.
        let cookie: String
        /// What the provider was asked.
        let asked: [String: String]
    }

    func begin(_ target: String = "/login?realm=infraon") async throws -> Begun {
        try begun(try await get(target))
    }

    /// The provider answers for this sign-in from now on.
    func remember(nonce begun: Begun) { nonce.withLock { $0 = begun.asked["nonce"] ?? "" } }

    func callback(_ begun: Begun, _ fields: String = "code=the-code", cookie: String? = nil) async throws -> Answer {
        try await get("/login/callback?state=\(begun.state)&\(fields)", cookie: cookie ?? begun.cookie)
    }

    /// Signs in, and gives `name=value` of the session's cookie.
    func signIn(_ target: String = "/login?realm=infraon") async throws -> String {
        let answer = try await callback(try await begin(target))
        try #require(answer.status == .seeOther, "\(String(decoding: answer.body, as: UTF8.self))")
        return try #require(Self.cookie(answer))
    }

    /// `name=value` of the first cookie that an answer sets.
    static func cookie(_ answer: Answer) -> String? {
        answer.headers[values: .setCookie].first { !$0.contains("Max-Age=0") }.map { String($0.prefix { $0 != ";" }) }
    }

    /// The public id of the session of a cookie.
    func sessionID(_ cookie: String, realm: String = "infraon") async throws -> String {
        let answer = try await get("/api/v1/session?realm=\(realm)", cookie: cookie)
        return try #require(answer.json?["id"]?.string)
    }

    /// The status of a check in the realm infraon.
    func check(_ cookie: String) async throws -> Int {
        try await get("/session/check?realm=infraon", cookie: cookie).status.code
    }

    var sessions: Int { get async throws { try await services.sessions.list(SessionQuery()).sessions.count } }

    /// The newest events of the audit trail.
    func trail() async throws -> [AuditEvent] { try await services.audit.events(AuditQuery()).events }

    /// Kinds and reasons of the audit trail, the newest first.
    func events() async throws -> [String] {
        try await trail().map {
            [$0.kind.rawValue, $0.reason].compactMap(\.self).joined(separator: " ")
        }
    }
}

extension Answer {
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON? { try? JSON.parse(body) }
}

/// Keeps every line, so that a test can look for what must not be in one.
final class CapturedLog: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    func log(event: LogEvent) {
        let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
        lines.withLock { $0.append(line) }
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
}
