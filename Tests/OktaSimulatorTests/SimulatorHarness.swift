import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import OktaSimulator

/// An organisation with two people and one application, and a browser and a client that talk to it.
struct SimulatorHarness {
    static let redirectURI = "http://localhost:8300/login/callback"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    static let settings = """
        people:
          - {name: Ada Berger, email: ada@acme.example, groups: [Everyone, "R&D, Zürich"]}
          - {name: Colin Nakamura, email: colin@acme.example, groups: [Everyone], assigned: false}
          - {name: Marcus Oyelaran, email: marcus@acme.example, generated_groups: 250}
        clients:
          - client_id: 0oa1test
            client_secret: "a secret: with + and %"
            redirect_uris: ["\(redirectURI)"]
            post_logout_redirect_uris: ["http://localhost:8300/logout/callback"]
            refresh_grace: 30s
        """

    let organization: Organization
    let client: any TestClientProtocol

    /// Runs `body` against a fresh organisation whose clock stands still until it is moved.
    static func run(_ body: @Sendable (SimulatorHarness) async throws -> Void) async throws {
        let file = try PeopleFile(text: settings, fileName: "people.yaml")
        let start = Date(timeIntervalSince1970: 1_800_000_000)
        let organization = try await Organization(
            people: file.people, clients: file.clients, url: "http://localhost:8302", algorithm: .es256,
            clock: SimulatorClock { start })
        var logger = Logger(label: "OktaSimulatorTests")
        logger.logLevel = .error
        let application = Application(router: buildRouter(for: organization), logger: logger)
        try await application.test(.router) { client in
            try await body(SimulatorHarness(organization: organization, client: client))
        }
    }

    // MARK: The browser

    /// A good authorization request; a change to nil takes a parameter out.
    static func request(_ changes: [String: String?] = [:]) -> [(String, String)] {
        var parameters: [String: String] = [
            "client_id": "0oa1test", "redirect_uri": Self.redirectURI, "response_type": "code",
            "scope": "openid profile email groups offline_access", "state": "a state", "nonce": "a nonce",
            "code_challenge": Self.challenge, "code_challenge_method": "S256",
        ]
        for (name, value) in changes { parameters[name] = value }
        return parameters.map { ($0.key, $0.value) }
    }

    func authorize(_ changes: [String: String?] = [:], cookie: String? = nil) async throws -> TestResponse {
        try await client.execute(
            uri: "/oauth2/v1/authorize?\(formEncoded(Self.request(changes)))", method: .get,
            headers: cookie.map { [.cookie: $0] } ?? [:])
    }

    /// Chooses a person on the sign-in page.
    func choose(_ email: String, on page: TestResponse, cookie: String? = nil) async throws -> TestResponse {
        let html = String(buffer: page.body)
        let action = try #require(html.firstMatch(of: /action="([^"]+)"/)).1
        let person = try #require(organization.people.person(email))
        return try await client.execute(
            uri: String(action), method: .post, headers: cookie.map { [.cookie: $0] } ?? [:],
            body: ByteBuffer(string: "person=\(person.id)"))
    }

    /// Signs in and returns the code.
    func code(for email: String = "ada@acme.example") async throws -> String {
        let answer = try await choose(email, on: authorize())
        #expect(answer.status == .seeOther)
        return try #require(Self.parameters(of: answer)["code"])
    }

    static func parameters(of redirect: TestResponse) throws -> FormParameters {
        let location = try #require(redirect.headers[.location])
        let question = try #require(location.firstIndex(of: "?"))
        return FormParameters(parsing: location[location.index(after: question)...])
    }

    // MARK: The client

    /// A request of the authenticated client.
    func send(
        _ parameters: [(String, String)], to path: String, proof: String? = nil
    ) async throws -> TestResponse {
        let credentials = "\(percentEncoded("0oa1test")):\(percentEncoded("a secret: with + and %"))"
        var headers: HTTPFields = [.authorization: "Basic \(Data(credentials.utf8).base64EncodedString())"]
        if let proof { headers.set("DPoP", proof) }
        return try await client.execute(
            uri: path, method: .post, headers: headers, body: ByteBuffer(string: formEncoded(parameters)))
    }

    func token(_ parameters: [(String, String)], proof: String? = nil) async throws -> TestResponse {
        try await send(parameters, to: "/oauth2/v1/token", proof: proof)
    }

    func redeem(_ code: String, verifier: String = verifier, proof: String? = nil) async throws -> TestResponse {
        try await token(
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Self.redirectURI),
                ("code_verifier", verifier),
            ], proof: proof)
    }

    func refresh(_ refreshToken: String, scope: String = "", proof: String? = nil) async throws -> TestResponse {
        try await token(
            [("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("scope", scope)], proof: proof)
    }

    func tokens(for email: String = "ada@acme.example") async throws -> JSONValue {
        try await redeem(code(for: email)).json()
    }

    func userInfo(_ tokens: JSONValue) async throws -> TestResponse {
        try await userInfo("Bearer \(tokens.text("access_token"))", proof: nil)
    }

    func userInfo(_ authorization: String, proof: String?) async throws -> TestResponse {
        var headers: HTTPFields = [.authorization: authorization]
        if let proof { headers.set("DPoP", proof) }
        return try await client.execute(uri: "/oauth2/v1/userinfo", method: .get, headers: headers)
    }

    // MARK: The control endpoints

    func order(_ name: String, _ body: String) async throws -> TestResponse {
        let answer = try await client.execute(
            uri: "/simulator/\(name)", method: .post, body: ByteBuffer(string: body))
        #expect(answer.status == .ok)
        return answer
    }

    /// Changes the organisation's settings.
    func set(_ body: String) async throws -> TestResponse {
        try await client.execute(uri: "/simulator/settings", method: .patch, body: ByteBuffer(string: body))
    }

    /// Changes the application.
    func change(_ body: String) async throws -> TestResponse {
        try await client.execute(
            uri: "/simulator/clients/0oa1test", method: .patch, body: ByteBuffer(string: body))
    }
}

extension TestResponse {
    func json() throws -> JSONValue {
        try JSONValue(parsing: body.readableBytesView)
    }
}

extension JSONValue {
    func text(_ member: String) throws -> String {
        try #require(self[member]?.string)
    }

    /// The claims of a JWT that a member holds.
    func claims(_ member: String) throws -> JSONValue {
        try #require(JSONWebToken.Unverified(text(member))).claims
    }
}
