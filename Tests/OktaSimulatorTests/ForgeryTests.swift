import HummingbirdTesting
import Testing

@testable import OktaSimulator

@Suite("Signatures that tests order")
struct ForgeryTests {
    @Test("Without a forgery the token is good, whatever its typ", arguments: AuthorizationServer.allCases)
    func good(_ server: AuthorizationServer) async throws {
        try await SimulatorHarness.run { simulator in
            let token = try await simulator.sign(#""server": "\#(server.rawValue)", "header": {"typ": "logout+jwt"}"#)
            let key = simulator.organization.keys(server).current
            #expect(token.header["typ"] == "logout+jwt")
            #expect(key.pair.isValid(token.signature, of: token.signingInput, with: key.algorithm))
        }
    }

    @Test("A forged token does not verify with the published key", arguments: Forgery.allCases)
    func forged(_ forgery: Forgery) async throws {
        try await SimulatorHarness.run { simulator in
            let token = try await simulator.sign(#""signature": "\#(forgery.rawValue)""#)
            let key = simulator.organization.keys(.org).current
            #expect(!key.pair.isValid(token.signature, of: token.signingInput, with: key.algorithm))
            #expect(token.header["kid"] == .string(key.id))
            let algorithm: JSONValue =
                switch forgery {
                case .none: "none"
                case .hmac: "HS256"
                default: "ES256"
                }
            #expect(token.header["alg"] == algorithm)
        }
    }

    @Test("HS256 is an HMAC with the secret, or with the public key's PEM text")
    func hmac() async throws {
        try await SimulatorHarness.run { simulator in
            let secret = try await simulator.sign(#""signature": "HS256", "secret": "s""#)
            #expect(
                secret.signature == MessageAuthentication.hmacSHA256(secret.signingInput, key: Array("s".utf8)))
            let confused = try await simulator.sign(#""signature": "HS256""#)
            let pem = try simulator.organization.keys(.org).current.pair.publicKeyPEM()
            #expect(pem.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
            #expect(
                confused.signature == MessageAuthentication.hmacSHA256(confused.signingInput, key: Array(pem.utf8)))
        }
    }

    @Test("HMAC is that of RFC 4231 §4.3")
    func vector() {
        let code = MessageAuthentication.hmacSHA256(
            Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(code.prefix(4) == [0x5b, 0xdc, 0xc1, 0x46])
    }
}

extension SimulatorHarness {
    fileprivate func sign(_ members: String) async throws -> JSONWebToken.Unverified {
        let answer = try await order("sign", #"{"claims": {"sub": "x"}, \#(members)}"#)
        return try #require(JSONWebToken.Unverified(answer.json().text("jwt")))
    }
}
