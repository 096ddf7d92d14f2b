import Identity
import Testing

@testable import CommandLineClient

@Suite("Which gateway, and as whom")
struct ServerChoiceTests {
    private func credentials() throws -> Credentials {
        var credentials = Credentials()
        for (origin, token) in [("https://a.example", "token-a"), ("https://b.example", "token-b")] {
            credentials.put(
                Credentials.Entry(token: Secret(token), realm: nil, email: nil, expiresAt: nil, sessionID: nil),
                for: try ServerAddress(origin))
        }
        return credentials
    }

    private func choose(_ option: String?, _ environment: [String: String]) throws -> (String, String) {
        let choice = ServerChoice(option: option, environment: environment)
        let credentials = try credentials()
        let server = try choice.address { () throws(ClientError) in credentials }
        return (server.origin, try choice.token(for: server) { () throws(ClientError) in credentials }.reveal())
    }

    @Test("--server, else GATEHOUSE_SERVER, else the one last signed in to; each with its own token")
    func order() throws {
        #expect(
            try choose("https://a.example", ["GATEHOUSE_SERVER": "https://b.example"]) == (
                "https://a.example", "token-a"
            ))
        #expect(try choose(nil, ["GATEHOUSE_SERVER": "https://a.example/"]) == ("https://a.example", "token-a"))
        #expect(try choose(nil, ["GATEHOUSE_SERVER": ""]) == ("https://b.example", "token-b"))
        #expect(try choose("HTTPS://A.Example:443", [:]) == ("https://a.example", "token-a"))
    }

    @Test("GATEHOUSE_TOKEN goes before the file")
    func environmentToken() throws {
        #expect(try choose(nil, ["GATEHOUSE_TOKEN": "mine"]) == ("https://b.example", "mine"))
        #expect(try choose(nil, ["GATEHOUSE_TOKEN": ""]) == ("https://b.example", "token-b"))
    }

    @Test(
        "A gateway never gets the token of another one",
        arguments: ["https://c.example", "https://a.example:8443", "http://localhost"])
    func othersTokens(server: String) throws {
        let error = try #require(throws: ClientError.self) { _ = try choose(server, [:]) }
        #expect(error.reason == .notSignedIn)
        #expect(error.sentence.contains("gatehouse login --server \(server)"))
    }

    @Test("With both in the environment the file is not even looked for")
    func withoutFile() throws {
        let choice = ServerChoice(
            option: nil, environment: ["GATEHOUSE_SERVER": "https://a.example", "GATEHOUSE_TOKEN": "mine"])
        let server = try choice.address { () throws(ClientError) in throw ClientError(.credentialsUnusable, "") }
        _ = try choice.token(for: server) { () throws(ClientError) in throw ClientError(.credentialsUnusable, "") }
    }

    @Test("Nowhere named: wrong usage")
    func nowhere() throws {
        let choice = ServerChoice(option: nil, environment: [:])
        let error = try #require(throws: ClientError.self) {
            _ = try choice.address { () throws(ClientError) in Credentials() }
        }
        #expect(error.reason == .usage)
    }

    @Test(
        "Tokens go over https, or http on this machine",
        arguments: [
            "https://sso.example.com", "http://localhost:8300", "http://127.0.0.1", "http://[::1]:8300",
            "https://10.0.0.1",
        ])
    func goodAddresses(text: String) throws { _ = try ServerAddress(text) }

    @Test(
        "and nowhere else",
        arguments: [
            "http://sso.example.com", "http://localhost.example.com", "http://10.0.0.1", "http://0.0.0.0",
            "http://[2001:db8::1]", "ftp://localhost", "sso.example.com", "", "https://sso.example.com/x",
            "https://sso.example.com?x", "https://user@sso.example.com", "https://sso.example.com\\@evil.example",
        ])
    func badAddresses(text: String) throws {
        let error = try #require(throws: ClientError.self) { _ = try ServerAddress(text) }
        #expect(error.reason == .usage)
    }

    @Test("The loopback address of IPv6 has no brackets where hosts are compared")
    func brackets() throws {
        #expect(try ServerAddress("http://[::1]:8300").host == "::1")
        #expect(try ServerAddress("http://[::1]:8300").origin == "http://[::1]:8300")
    }
}
