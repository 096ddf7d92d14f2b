import Cryptography
import Foundation
import Identity
import Outbound
import StrictJSON
import Synchronization
import TestSupport
import Testing

@testable import CommandLineClient

@Suite("Sign-in by browser", .timeLimit(.minutes(1)))
struct BrowserLoginTests {
    let folder: TemporaryFolder
    let file: CredentialsFile
    let transport = ScriptedTransport()

    init() throws {
        folder = try TemporaryFolder()
        file = CredentialsFile(folder: folder.file("gatehouse"))
    }

    private static let completed: JSON = [
        "token": "t0ken", "expires_at": "2026-11-23T00:00:00.000Z",
        "user": ["id": "usr_1", "email": "ada@example.com", "name": "Ada"], "realm": "infraon", "provider": "okta",
        "roles": ["admin"], "session_id": "ses_1",
    ]

    /// Plays the gateway.
    private func gateway(
        authorizeURL: String = "https://acme.okta.com/authorize?client_id=x&state=st%2D4te#f", status: Int = 200,
        answer: JSON = completed, beforeAnswer: @escaping @Sendable () async -> Void = {}
    ) {
        transport.on("gateway") { request throws(OutboundError) in
            let body: JSON
            switch request.url {
            case "https://sso.example.com/api/v1/cli/logins":
                body = ["login_id": "l/1", "authorize_url": .string(authorizeURL), "expires_in": 300]
                return OutboundResponse(status: 201, headers: [], body: body.serialized())
            case "https://sso.example.com/api/v1/cli/logins/l%2F1/complete":
                await beforeAnswer()
                return OutboundResponse(status: status, headers: [], body: answer.serialized())
            case "https://sso.example.com/api/v1/session":
                return OutboundResponse(status: 204, headers: [], body: [])
            default: throw OutboundError(.unreachable, request.url)
            }
        }
    }

    /// Signs in with a browser that comes back with this query.
    ///
    /// - Returns: the page that the browser saw.
    private func login(_ query: String, timeLimit: Duration = .seconds(60)) async throws -> (
        Result<SignedIn, any Error>, page: String?
    ) {
        let api = GatewayAPI(try ServerAddress("https://sso.example.com"), token: nil, transport: transport)
        let browser = Mutex<Task<String, any Error>?>(nil)
        let outcome: Result<SignedIn, any Error>
        do {
            let signedIn = try await LoopbackListener.run(port: 0) { listener in
                var login = BrowserLogin(api: api, file: file)
                login.realm = "infraon"
                login.timeLimit = timeLimit
                return try await login.run(listener) { _ in
                    if query.isEmpty { return }
                    let task = Task { try await RawConnection.get(listener.port, "/?" + query) }
                    browser.withLock { $0 = task }
                }
            }
            outcome = .success(signedIn)
        } catch {
            outcome = .failure(error)
        }
        return (outcome, try await browser.withLock { $0 }?.value)
    }

    private func body(of path: String) throws -> JSON {
        let request = try #require(transport.requests("gateway").first { $0.url.hasSuffix(path) })
        return try JSON.parse(request.body)
    }

    @Test("The token is in the file, and only then the browser sees that it is signed in")
    func success() async throws {
        gateway()
        let (outcome, page) = try await login("code=c0de&state=st-4te&iss=https://acme.okta.com")
        let signedIn = try outcome.get()
        #expect(signedIn.roles == ["admin"] && signedIn.person == "ada@example.com")
        let entry = try #require(try file.read()[signedIn.server])
        #expect(entry.token.reveal() == "t0ken" && entry.sessionID == "ses_1")
        #expect(try #require(page).contains("You are signed in"))
        let (begun, completed) = (try body(of: "/logins"), try body(of: "/complete"))
        #expect(begun["realm"]?.string == "infraon" && begun["provider"] == nil && begun["host"] == nil)
        let verifier = try #require(completed["code_verifier"]?.string)
        #expect(begun["code_challenge"]?.string == SHA256Digest(of: verifier).base64URL)
        #expect(completed["code"]?.string == "c0de" && completed["state"]?.string == "st-4te")
        #expect(completed["iss"]?.string == "https://acme.okta.com" && completed["error"] == nil)
    }

    @Test("The page waits for the gateway's answer")
    func order() async throws {
        let gate = Gate()
        gateway { await gate.pass() }
        let api = GatewayAPI(try ServerAddress("https://sso.example.com"), token: nil, transport: transport)
        try await LoopbackListener.run(port: 0) { listener in
            let pages = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await BrowserLogin(api: api, file: file).run(listener) { _ in }
                }
                // The state is known from the moment the request was answered; ask until it is.
                group.addTask {
                    while await RawConnection.gets(listener.port, "/?code=c&state=st-4te").contains(" 400 ") {}
                    pages.next()
                }
                await gate.arrivals(1)
                #expect(pages.current == 0)
                #expect(try file.read().servers.isEmpty)
                await gate.open()
                try await group.waitForAll()
            }
            #expect(pages.current == 1)
        }
    }

    @Test("A refusal of the gateway: its words and its reference on the page, no credentials")
    func refusal() async throws {
        gateway(
            status: 403,
            answer: [
                "type": "urn:gatehouse:problem:no_role", "detail": "You have no role in Infraon.",
                "reference": "ABCD1234",
            ])
        let (outcome, page) = try await login("code=c0de&state=st-4te")
        let error = try #require(throws: ClientError.self) { _ = try outcome.get() }
        #expect(error.sentence == "You have no role in Infraon. Reference: ABCD1234")
        let text = try #require(page)
        #expect(text.contains("You are not signed in") && text.contains("You have no role in Infraon."))
        #expect(text.contains("ABCD1234"))
        #expect(try file.read().servers.isEmpty)
    }

    @Test("A provider's error goes to the gateway too, which has the last word on it")
    func providerError() async throws {
        gateway(status: 400, answer: ["detail": "Okta refused.", "type": "urn:gatehouse:problem:access_denied"])
        let (outcome, page) = try await login("error=access_denied&error_description=no&state=st-4te")
        #expect(throws: ClientError.self) { _ = try outcome.get() }
        #expect(try #require(page).contains("Okta refused."))
        let sent = try body(of: "/complete")
        #expect(sent["error"]?.string == "access_denied" && sent["error_description"]?.string == "no")
        #expect(sent["code"] == nil && sent["code_verifier"] != nil)
    }

    @Test("A file that cannot be written: the session is ended again, and nobody is told that they are signed in")
    func unkept() async throws {
        gateway()
        try folder.write("{", to: "gatehouse/credentials.json")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        let (outcome, page) = try await login("code=c0de&state=st-4te")
        let error = try #require(throws: ClientError.self) { _ = try outcome.get() }
        #expect(error.reason == .credentialsUnusable)
        #expect(try #require(page).contains("You are not signed in"))
        let last = try #require(transport.requests("gateway").last)
        #expect(last.method == .delete && last.url.hasSuffix("/api/v1/session"))
        #expect(last.header("Authorization") == "Bearer t0ken")
    }

    @Test("Nobody comes: a sentence when the time is over")
    func timeOut() async throws {
        gateway()
        let (outcome, _) = try await login("", timeLimit: .milliseconds(200))
        let error = try #require(throws: ClientError.self) { _ = try outcome.get() }
        #expect(error.reason == .timedOut)
    }

    @Test(
        "An address that is no web address is not given to a browser",
        arguments: [
            "http://acme.okta.com/?state=s", "file:///etc/passwd", "--help", "javascript:alert(1)", "",
            "https://acme.okta.com/ --x",
        ])
    func foreignAddresses(url: String) async throws {
        gateway(authorizeURL: url)
        let (outcome, page) = try await login("code=c0de&state=s", timeLimit: .seconds(5))
        let error = try #require(throws: ClientError.self) { _ = try outcome.get() }
        #expect(error.reason == .notAGateway)
        #expect(page == nil)
    }
}
