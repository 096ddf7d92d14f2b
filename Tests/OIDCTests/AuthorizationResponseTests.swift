import Identity
import StrictJSON
import TestSupport
import Testing

@testable import OIDC

@Suite("Authorization response")
struct AuthorizationResponseTests {
    typealias Fields = [(name: String, value: String)]

    static func parse(_ fields: [(String, String)]) throws -> AuthorizationResponse {
        try AuthorizationResponse(fields: fields.map { (name: $0.0, value: $0.1) })
    }

    @Test("a code, an error, and members that nobody asked for")
    func good() throws {
        let response = try Self.parse([
            ("state", "s"), ("code", "c"), ("iss", "i"), ("session_state", "x"), ("session_state", "y"),
        ])
        #expect(response.state == "s" && response.issuer == "i")
        guard case .code(let code) = response.outcome else { throw Unexpected() }
        #expect(code.reveal() == "c" && !"\(response)".contains("\"c\""))
        guard
            case .error("access_denied", "no") = try Self.parse([
                ("state", "s"), ("error", "access_denied"), ("error_description", "no"),
            ]).outcome
        else { throw Unexpected() }
        guard case .error("access_denied", nil) = try Self.parse([("error", "access_denied"), ("state", "s")]).outcome
        else { throw Unexpected() }
    }

    struct Unexpected: Error {}

    @Test(
        "refuses answers with one change",
        arguments: [
            ([("code", "c")], "state_missing"), ([("state", ""), ("code", "c")], "state_missing"),
            ([], "state_missing"),
            ([("State", "s"), ("code", "c")], "state_missing"),
            ([("state", "s")], "callback_malformed"), ([("state", "s"), ("code", "")], "callback_malformed"),
            ([("state", "s"), ("error", "")], "callback_malformed"),
            ([("state", "s"), ("code", "c"), ("error", "e")], "callback_malformed"),
            ([("state", "s"), ("state", "s"), ("code", "c")], "callback_malformed"),
            ([("state", "s"), ("state", ""), ("code", "c")], "callback_malformed"),
            ([("state", "s"), ("code", "c"), ("code", "c")], "callback_malformed"),
            ([("state", "s"), ("code", "c"), ("code", "d")], "callback_malformed"),
            ([("state", "s"), ("code", "c"), ("iss", "i"), ("iss", "i")], "callback_malformed"),
            ([("state", "s"), ("error", "e"), ("error", "e")], "callback_malformed"),
            (
                [("state", "s"), ("error", "e"), ("error_description", "d"), ("error_description", "d")],
                "callback_malformed"
            ),
        ] as [([(String, String)], String)])
    func malformed(fields: [(String, String)], reason: String) {
        let error = #expect(throws: SignInError.self) { try Self.parse(fields) }
        #expect(error?.reason == reason && error?.fault == .answer)
    }

    @Test("no member is longer than 4,096 bytes", arguments: ["state", "code", "iss", "error_description"])
    func lengths(name: String) throws {
        func fields(_ length: Int) -> [(String, String)] {
            var fields = [
                ("state", "s"), name == "error_description" ? ("error", "e") : ("code", "c"), ("iss", "i"),
                ("error_description", "d"),
            ]
            fields.removeAll { $0.0 == name }
            return fields + [(name, String(repeating: "x", count: length))]
        }
        _ = try Self.parse(fields(4096))
        let error = #expect(throws: SignInError.self) { try Self.parse(fields(4097)) }
        #expect(error?.reason == "callback_malformed")
    }

    @Test(
        "an iss that comes must be the issuer, byte by byte (RFC 9207 §2.4)", arguments: [nil, true, false] as [Bool?])
    func issuer(promised: Bool?) async throws {
        let provider = ProviderFixture()
        provider.discover([("authorization_response_iss_parameter_supported", promised.map { .bool($0) })])
        let party = provider.party()
        #expect(try await provider.failure(party, [("iss", ProviderFixture.issuer)]) == nil)
        for other in [
            "https://evil.example", ProviderFixture.issuer + "/", ProviderFixture.issuer.lowercased(),
            "https://acme.okta.com/oauth2/\u{212A}eyServer",
        ] {
            let error = try await provider.failure(party, [("iss", other)])
            #expect(error?.reason == "callback_issuer_mismatch" && error?.fault == .answer)
        }
        let missing = try await provider.failure(party, [])
        #expect(missing?.reason == (promised == true ? "callback_issuer_missing" : nil))
        // An empty iss is none.
        #expect(
            try await provider.failure(party, [("iss", "")])?.reason
                == (promised == true ? "callback_issuer_missing" : nil))
    }

    @Test("nothing is redeemed when the answer comes from elsewhere")
    func mixUp() async throws {
        let provider = ProviderFixture()
        _ = try await provider.failure(nil, [("iss", "https://evil.example")])
        #expect(provider.transport.requests("token").isEmpty)
    }

    @Test(
        "the provider's refusal keeps its code, and its issuer is checked too",
        arguments: ["access_denied", "login_required", "server_error"])
    func refusal(code: String) async throws {
        let provider = ProviderFixture()
        let error = try await provider.failure(nil, [("code", nil), ("error", code), ("error_description", "said so")])
        #expect(error?.reason == "provider_refused" && error?.fault == .refusedByProvider(error: code))
        #expect(error?.detail.contains("said so") == true)
        let other = try await provider.failure(nil, [("code", nil), ("error", code), ("iss", "https://evil.example")])
        #expect(other?.reason == "callback_issuer_mismatch")
        #expect(provider.transport.requests("token").isEmpty)
    }
}
