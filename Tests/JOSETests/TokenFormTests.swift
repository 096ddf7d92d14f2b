import Cryptography
import StrictJSON
import TestSupport
import Testing

@testable import JOSE

@Suite("Compact tokens: form and header")
struct TokenFormTests {
    @Test("the good token is accepted, and shows its claims")
    func good() throws {
        #expect(try TokenFixture.reason(TokenFixture.good) == nil)
        let jws = try UnverifiedJWS(compact: TokenFixture.good)
        #expect(jws.algorithm == .rs256 && jws.keyID == "k1" && jws.type == "JWT")
        let verified = try jws.verified(by: JWKSet(TokenFixture.document))
        #expect(JSON.object(verified.claims) == ["sub": "00u1", "aud": ["a", "b"]])
        #expect(verified.algorithm == .rs256 && verified.type == "JWT")
    }

    @Test("no token")
    func empty() throws {
        #expect(try TokenFixture.reason("") == .tokenEmpty)
    }

    @Test("a token as large as allowed, and one byte larger")
    func size() throws {
        func token(payload: Int, header: Int) -> String {
            TokenFixture.token.claiming([("pad", .string(String(repeating: "x", count: payload)))])
                .heading([("pad", .string(String(repeating: "x", count: header)))]).signed(by: .rsa, .rs256, kid: "k1")
        }
        // No base64url text has a length of 1 modulo 4, so header and payload share the filling.
        func token(of size: Int) -> String? {
            let missing = size - token(payload: 0, header: 0).utf8.count
            for header in 0..<4 {
                for payload in (missing / 4 * 3 - 12)...(missing / 4 * 3 + 4) {
                    let text = token(payload: payload, header: header)
                    if text.utf8.count == size { return text }
                }
            }
            return nil
        }
        #expect(try TokenFixture.reason(#require(token(of: UnverifiedJWS.maximumBytes))) == nil)
        #expect(try TokenFixture.reason(#require(token(of: UnverifiedJWS.maximumBytes + 1))) == .tokenTooLarge)
    }

    @Test(
        "parts",
        arguments: [
            ("x", JOSEError.Reason.tokenMalformed), (".", .tokenMalformed), ("..", .headerMalformed),
            ("a.b", .tokenMalformed),
            ("a.b.c.d", .tokenMalformed), ("a.b.c.d.e", .tokenEncrypted), ("a.b.c.d.e.f", .tokenMalformed),
            ("....", .tokenEncrypted), (" ", .tokenMalformed), ("\u{0}", .tokenMalformed),
        ])
    func parts(token: String, reason: JOSEError.Reason) throws {
        #expect(try TokenFixture.reason(token) == reason)
    }

    @Test(
        "each part is base64url without padding",
        arguments: [0, 1, 2], ["=", "==", " ", "\n", "+", "/", "\u{e9}", "%3D", "\u{0}"])
    func alphabet(part: Int, addition: String) throws {
        for text in [
            TokenFixture.changed { $0[part] += addition }, TokenFixture.changed { $0[part] = addition + $0[part] },
        ] {
            #expect(try TokenFixture.reason(text) == .tokenMalformed)
        }
    }

    @Test("white space around a token is not part of one", arguments: [" ", "\n", "\t", "\u{FEFF}"])
    func whiteSpace(space: String) throws {
        #expect(try TokenFixture.reason(TokenFixture.good + space) == .tokenMalformed)
        #expect(try TokenFixture.reason(space + TokenFixture.good) == .tokenMalformed)
    }

    @Test("stray bits at the end of the signature are no second spelling of it")
    func strayBits() throws {
        // 256 bytes: the last character holds 4 bits that must be zero.
        let last = try #require(TokenFixture.good.last)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let value = try #require(alphabet.firstIndex(of: last))
        #expect(
            try TokenFixture.reason(String(TokenFixture.good.dropLast()) + String(alphabet[value ^ 1]))
                == .tokenMalformed)
    }

    @Test(
        "a header that is no strict JSON object",
        arguments: [
            "", "x", "null", "[]", "\"RS256\"", "{\"alg\":\"RS256\"", "{\"alg\":\"RS256\",}", "{\"alg\":\"RS256\"}{}",
            "{\"alg\":\"RS256\",\"alg\":\"RS256\"}", "{\"alg\":\"none\",\"alg\":\"RS256\"}",
            "{\"alg\":\"RS256\",\"\\u0061lg\":\"none\"}",
            "{\"alg\":null}", "{\"alg\":1}", "{\"alg\":[\"RS256\"]}", "{\"alg\":{}}", "\u{FEFF}{\"alg\":\"RS256\"}",
            "{\"alg\":\"RS256\",\"kid\":1}", "{\"alg\":\"RS256\",\"kid\":null}", "{\"alg\":\"RS256\",\"kid\":[\"k1\"]}",
            "{\"alg\":\"RS256\",\"typ\":1}", "{\"alg\":\"RS256\",\"typ\":null}",
        ])
    func header(text: String) throws {
        let token = TestToken.signed(header: text, payload: "{}", by: .rsa, .rs256)
        #expect(try TokenFixture.reason(token) == .headerMalformed)
    }

    @Test("kid and typ are at most 1,024 bytes", arguments: ["kid", "typ"])
    func lengths(name: String) throws {
        func token(_ length: Int) -> String {
            TokenFixture.token.heading([(name, .string(String(repeating: "x", count: length)))]).signed(
                by: .rsa, .rs256)
        }
        _ = try UnverifiedJWS(compact: token(1024))
        #expect(try TokenFixture.reason(token(1025)) == .headerMalformed)
    }

    @Test(
        "critical extensions, understood by nobody here",
        arguments: [
            ("crit", ["b64"]), ("crit", []), ("crit", ["exp"]), ("crit", nil), ("b64", false), ("b64", true),
        ] as [(String, JSON)])
    func critical(name: String, value: JSON) throws {
        let token = TokenFixture.token.heading([(name, value)]).signed(by: .rsa, .rs256, kid: "k1")
        #expect(try TokenFixture.reason(token) == .headerCritical)
    }

    @Test(
        "a payload that is signed and yet no strict JSON object",
        arguments: [
            "", "x", "null", "[]", "\"a\"", "{\"sub\":\"a\",\"sub\":\"b\"}", "{\"sub\":\"a\",\"\\u0073ub\":\"b\"}",
            "{}{}", "{\"a\":\"\\uD800\"}",
        ])
    func payload(text: String) throws {
        let token = TestToken.signed(header: "{\"alg\":\"RS256\"}", payload: text, by: .rsa, .rs256)
        #expect(try TokenFixture.reason(token) == .payloadMalformed)
        let good = TestToken.signed(header: "{\"alg\":\"RS256\"}", payload: "{\"sub\":\"a\"}", by: .rsa, .rs256)
        #expect(try TokenFixture.reason(good) == nil)
    }

    @Test("keys inside of the header are not looked at")
    func embeddedKeys() throws {
        let attacker = TestKey.otherRSA
        for (name, value) in [
            ("jwk", attacker.jwk(kid: "k1")), ("jku", "https://attacker.example/keys"),
            ("x5u", "https://attacker.example/cert"), ("x5c", ["MIIB"]),
        ] as [(String, JSON)] {
            let token = TokenFixture.token.heading([(name, value)])
            #expect(try TokenFixture.reason(token.signed(by: attacker, .rs256, kid: "k1")) == .signatureInvalid)
            #expect(try TokenFixture.reason(token.signed(by: .rsa, .rs256, kid: "k1")) == nil)
        }
    }

    @Test("unknown header members do not matter")
    func unknownMembers() throws {
        let token = TokenFixture.token.heading([("x5t", "abc"), ("made-up", [1, nil])])
        #expect(try TokenFixture.reason(token.signed(by: .rsa, .rs256, kid: "k1")) == nil)
    }
}
