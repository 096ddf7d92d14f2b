import Access
import HTTPTypes
import Identity
import Testing

@testable import Gateway

@Suite("Cookies")
struct CookieTests {
    static let token = String(repeating: "aB3-_", count: 9).prefix(43).description

    private func fields(_ cookies: String...) -> HTTPFields {
        var fields = HTTPFields()
        for cookie in cookies { fields.append(HTTPField(name: .cookie, value: cookie)) }
        return fields
    }

    private func session(_ realm: RealmRules = RequestFixture.realm(), origin: String = "https://sso.example.com")
        -> SessionCookie
    {
        SessionCookie(realm: realm, rules: RequestFixture.rules(realm, origin: origin))
    }

    @Test("a session's cookie is named and marked as the contract says")
    func setting() {
        #expect(
            session().setting(Secret(Self.token)).value
                == "__Host-gatehouse-infraon=\(Self.token); Path=/; HttpOnly; SameSite=Lax; Secure")
        #expect(
            session(RequestFixture.realm("ssp", cookieDomain: "example.com")).setting(Secret(Self.token)).value
                == "__Secure-gatehouse-ssp=\(Self.token); Path=/; HttpOnly; SameSite=Lax; Secure; Domain=example.com")
        #expect(
            session(origin: "http://localhost:8300").setting(Secret(Self.token)).value
                == "gatehouse-infraon=\(Self.token); Path=/; HttpOnly; SameSite=Lax")
    }

    @Test("what removes it names the same cookie")
    func removal() {
        for cookie in [
            session(), session(RequestFixture.realm(cookieDomain: "example.com")),
            session(origin: "http://localhost:8300"),
        ] {
            let setting = cookie.setting(Secret("x")).value
            #expect(cookie.removal.value == setting.replacing("=x;", with: "=;") + "; Max-Age=0")
        }
    }

    @Test("is found among others, in one field or several")
    func reading() {
        let name = session().name
        for fields in [
            fields("\(name)=\(Self.token)"), fields("a=b; \(name)=\(Self.token); c=d"),
            fields("a=b", "\(name)=\(Self.token)"),
            fields("a=b;\(name)=\(Self.token)"), fields("novalue; \(name)=\(Self.token); ="),
            fields("\(name)=\(Self.token); \(name)=\(Self.token)"),
        ] {
            #expect(session().token(in: fields) == Self.token)
        }
    }

    @Test("is none when absent, malformed, under another name, or there twice with two values")
    func absent() {
        let name = session().name
        let other = String(Self.token.reversed())
        for fields in [
            fields(), fields(""), fields("a=b"), fields(name), fields("\(name)="), fields("\(name)=x"),
            fields("\(name)=\(Self.token)x"),
            fields("\(name)=\"\(Self.token)\""), fields("\(name)=\(Self.token)="), fields("\(name) =\(Self.token)"),
            fields("\(name.lowercased())=\(Self.token)"),
            fields("gatehouse-infraon=\(Self.token)"), fields("__Secure-gatehouse-infraon=\(Self.token)"),
            fields("__Host-gatehouse-ssp=\(Self.token)"),
            fields("\(name)=\(Self.token); \(name)=\(other)"), fields("\(name)=\(other)", "\(name)=\(Self.token)"),
            fields("\(name)=x; \(name)=\(Self.token)"),
            fields("x\(name)=\(Self.token)"), fields("\(name)\u{301}=\(Self.token)"),
        ] {
            #expect(session().token(in: fields) == nil, "\(fields)")
        }
    }

    @Test("an attempt's cookie is its own, and lasts as long as the attempt")
    func attempt() {
        let rules = RequestFixture.rules(RequestFixture.realm())
        let cookie = AttemptCookie(.login, id: "0123456789abcdef", rules: rules)
        #expect(
            cookie.setting("binding").value
                == "__Host-gatehouse-login-0123456789abcdef=binding; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600"
        )
        #expect(
            cookie.removal.value
                == "__Host-gatehouse-login-0123456789abcdef=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0")
        #expect(cookie.value(in: fields("a=b; \(cookie.name)=binding")) == "binding")
        #expect(cookie.value(in: fields("__Host-gatehouse-login-0123456789abcdee=binding")) == nil)
        let post = AttemptCookie(.login, id: "0123456789abcdef", rules: rules, isCrossSitePost: true)
        #expect(post.setting("b").value.contains("; SameSite=None; Secure;"))
        let local = RequestFixture.rules(RequestFixture.realm(), origin: "http://localhost:8300")
        #expect(
            AttemptCookie(.login, id: "a", rules: local, isCrossSitePost: false).setting("b").value
                == "gatehouse-login-a=b; Path=/; HttpOnly; SameSite=Lax; Max-Age=600")
        #expect(
            AttemptCookie(.login, id: "a", rules: local, isCrossSitePost: true).setting("b").value.contains(
                "; SameSite=None; Secure;"))
    }

    @Test("of too many attempts the oldest cookies go, and no others")
    func oldest() {
        let cookie = AttemptCookie(
            .login, id: "ffffffffffffffff", rules: RequestFixture.rules(RequestFixture.realm()), isCrossSitePost: false)
        func cookies(_ count: Int) -> HTTPFields {
            let names = (0..<count).shuffled().map {
                "__Host-gatehouse-login-" + String(0x1000_0000_0000_0000 + $0, radix: 16) + "=x"
            }
            return fields((["__Host-gatehouse-infraon=\(Self.token)", "a=b"] + names).joined(separator: "; "))
        }
        #expect(cookie.removalsOfOldest(in: cookies(0)).isEmpty)
        #expect(cookie.removalsOfOldest(in: cookies(15)).isEmpty)
        let removed = cookie.removalsOfOldest(in: cookies(18)).map(\.value)
        #expect(removed.map { String($0.prefix(39)) } == (0..<3).map { "__Host-gatehouse-login-100000000000000\($0)" })
        #expect(removed.allSatisfy { $0.hasSuffix("Max-Age=0") })
        #expect(cookie.removalsOfOldest(in: cookies(500)).count <= 16)
    }
}
