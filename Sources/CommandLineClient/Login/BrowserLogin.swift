import Access
import Cryptography
import Identity
import StrictJSON

/// Signs in through a browser on this machine.
///
/// The listener is open before the gateway is asked, so that nothing else can be where the provider sends the browser;
/// and the browser sees how it ended only when the gateway has answered and the token is in the file.
package struct BrowserLogin: Sendable {
    /// How long a person may take.
    package static let timeLimit = Duration.seconds(300)

    package var realm: String?
    package var provider: String?
    /// What the session is called in lists.
    package var host: String?
    package var timeLimit = Self.timeLimit

    private let api: GatewayAPI
    private let file: CredentialsFile
    private let random: RandomSource

    package init(api: GatewayAPI, file: CredentialsFile, random: RandomSource = .system) {
        self.api = api
        self.file = file
        self.random = random
    }

    /// - Parameter open: shows the URL to the person, and opens a browser with it.
    /// - Throws: `ClientError`, `CancellationError`.
    package func run(
        _ listener: LoopbackListener, open: @Sendable (_ url: String) async throws -> Void
    ) async throws -> SignedIn {
        let key = ProofKey(random: random)
        let attempt = try await begin(key)
        listener.expect(state: attempt.state)
        try await open(attempt.authorizeURL)
        guard let redirect = try await wait(for: listener, atMost: min(timeLimit, attempt.lifetime)) else {
            throw CancellationError()
        }
        do {
            let signedIn = try await complete(attempt, redirect, key)
            try await file.keep(signedIn, api: api)
            await listener.show(.signedIn(as: signedIn.person, at: api.server))
            return signedIn
        } catch {
            await listener.show(.failed(error, at: api.server))
            throw error
        }
    }

    // MARK: - Steps

    private struct Attempt {
        let id: String
        let authorizeURL: String
        let state: String?
        let lifetime: Duration
    }

    private func begin(_ key: ProofKey) async throws(ClientError) -> Attempt {
        let answer = try await api.call(
            .post, "/api/v1/cli/logins",
            body: .object(
                JSONObject(
                    [
                        ("realm", JSON(realm)), ("provider", JSON(provider)),
                        ("code_challenge", .string(key.challenge)), ("host", JSON(host)),
                    ].filter { $0.1 != .null })))
        guard let id = answer["login_id"]?.string, !id.isEmpty, let text = answer["authorize_url"]?.string else {
            throw ClientError(.notAGateway, "\(api.server.origin) answers, but not as a gateway does; check the URL")
        }
        // It goes to a browser, or to what $BROWSER names: nothing but a web address may.
        guard let url = WebAddress(text, maximumLength: 16384), url.scheme == .https || url.isLoopback else {
            throw ClientError(
                .notAGateway,
                "\(api.server.origin) wants to sign you in at '\(text.clipped(100))', which is no https address")
        }
        let lifetime = answer["expires_in"]?.integer ?? 300
        return Attempt(
            id: id, authorizeURL: text, state: answer["state"]?.string ?? Self.state(in: url),
            lifetime: .seconds(min(max(lifetime, 1), 3600)))
    }

    private func wait(
        for listener: LoopbackListener, atMost limit: Duration
    ) async throws -> AuthorizationRedirect? {
        try await withThrowingTaskGroup(of: AuthorizationRedirect?.self) { group in
            group.addTask { await listener.redirect() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw ClientError(
                    .timedOut,
                    "nobody signed in within \(limit.inWords); run gatehouse login again, or on a machine without a browser: gatehouse login --device"
                )
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func complete(
        _ attempt: Attempt, _ redirect: AuthorizationRedirect, _ key: ProofKey
    ) async throws(ClientError) -> SignedIn {
        var members = JSONObject([
            ("state", .string(redirect.state)), ("code_verifier", .string(key.verifier.reveal())),
        ])
        switch redirect.outcome {
        case .code(let code): members.set("code", .string(code))
        case .error(let error, let description):
            members.set("error", .string(error))
            if let description { members.set("error_description", .string(description)) }
        }
        if let issuer = redirect.issuer { members.set("iss", .string(issuer)) }
        let answer = try await api.call(
            .post, "/api/v1/cli/logins/\(FormEncoding.encode(attempt.id))/complete", body: .object(members))
        return try SignedIn(completed: answer, server: api.server)
    }

    /// Nil when the URL does not tell: the request was pushed to the provider (RFC 9126).
    private static func state(in url: WebAddress) -> String? {
        guard let mark = url.rest.firstIndex(of: "?") else { return nil }
        let query = url.rest[url.rest.index(after: mark)...].prefix { $0 != "#" }
        return FormEncoding.decode(query)?.first { $0.name == "state" && !$0.value.isEmpty }?.value
    }
}
