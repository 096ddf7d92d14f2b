import Cryptography
import Identity
import StrictJSON
import TestSupport
import Testing

@testable import Access

@Suite("Administrator tokens")
struct AdministratorTokenTests {
    let clock = TestClock()

    private func tokens(_ masterKeys: [UInt8]...) throws -> AdministratorTokens {
        AdministratorTokens(
            keyring: try Keyring(masterKeys: masterKeys.map { [UInt8](repeating: $0[0], count: 32) }), random: .system,
            clock: clock.wallClock)
    }

    @Test("a token is good until its end, to the millisecond")
    func lifetime() throws {
        let tokens = try tokens([1])
        let (token, id) = tokens.make(lifetime: .seconds(3600))
        #expect(id.hasPrefix("adm_") && token.reveal().hasPrefix("gha.") && "\(token)" == "[redacted]")
        #expect(tokens.id(of: token.reveal()) == id)
        clock.advance(.seconds(3600) - .milliseconds(1))
        #expect(tokens.id(of: token.reveal()) == id)
        clock.advance(.milliseconds(1))
        #expect(tokens.id(of: token.reveal()) == nil)
        #expect(tokens.make(lifetime: .seconds(1)).id != id)
    }

    @Test("no part can be changed")
    func tampering() throws {
        let tokens = try tokens([1])
        let token = tokens.make(lifetime: .seconds(3600)).token.reveal()
        let parts = token.split(separator: ".").map(String.init)
        let longer = Base64URL.encode(JSON(["id"]).serialized())
        let claims: JSON = ["id": "adm_evil", "exp": .integer(.max)]
        for text in [
            "", ".", "..", "gha", "gha..", "gha.\(parts[1])", "gha.\(parts[1]).", "gha..\(parts[2])",
            "ghb.\(parts[1]).\(parts[2])",
            "GHA.\(parts[1]).\(parts[2])", token + ".", token + "=", token + "A", " " + token, token + "\n",
            String(token.dropLast()),
            "gha.\(longer).\(parts[2])", "gha.\(Base64URL.encode(claims.serialized())).\(parts[2])",
            "gha.\(parts[2]).\(parts[1])",
            "gha.\(parts[1]).\(Base64URL.encode([UInt8](repeating: 0, count: 32)))",
            "gha.\(String(repeating: "A", count: 2000)).\(parts[2])",
        ] {
            #expect(tokens.id(of: text) == nil)
        }
        #expect(tokens.id(of: token) != nil)
    }

    @Test("master keys rotate; a key that is gone takes its tokens along")
    func rotation() throws {
        let token = try tokens([1]).make(lifetime: .seconds(3600)).token.reveal()
        #expect(try tokens([2], [1]).id(of: token) != nil)
        #expect(try tokens([2]).id(of: token) == nil)
    }

    @Test("what is authentic and yet no administrator token")
    func otherClaims() throws {
        let keyring = try Keyring(masterKeys: [[UInt8](repeating: 1, count: 32)])
        func token(_ text: String) -> String {
            let body = Array(text.utf8)
            return "gha.\(Base64URL.encode(body)).\(Base64URL.encode(keyring.authenticationCode(for: body)))"
        }
        let tokens = try tokens([1])
        let later = clock.now.milliseconds + 1000
        #expect(tokens.id(of: token("{\"id\":\"adm_1\",\"exp\":\(later)}")) == "adm_1")
        for text in [
            "", "{}", "[]", "{\"id\":\"adm_1\"}", "{\"exp\":\(later)}", "{\"id\":1,\"exp\":\(later)}",
            "{\"id\":\"a\",\"exp\":\"\(later)\"}",
        ] {
            #expect(tokens.id(of: token(text)) == nil)
        }
    }
}
