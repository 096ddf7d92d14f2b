import Access
import HTTPTypes
import Identity

/// The cookie that carries a session of one realm.
///
/// `__Host-gatehouse-{realm}`; `__Secure-` with a cookie domain; no prefix and no Secure when the gateway is on
/// http://localhost, where browsers would refuse them (RFC 6265bis §4.1.3).
struct SessionCookie: Sendable {
    let name: String
    private let isSecure: Bool
    private let domain: String?

    init(realm: RealmRules, rules: AccessRules) {
        isSecure = rules.origin.hasPrefix("https://")
        domain = realm.cookieDomain
        let prefix = isSecure ? (domain == nil ? "__Host-" : "__Secure-") : ""
        name = "\(prefix)gatehouse-\(realm.name.text)"
    }

    // Lax: a click on a link to an application must find the session; a form on another site must not send it.
    private var attributes: String {
        "; Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "") + (domain.map { "; Domain=\($0)" } ?? "")
    }

    /// The token; nil when the cookie is absent, malformed, or there twice with two values (somebody on a neighbouring
    /// host may have planted one).
    func token(in fields: HTTPFields) -> String? {
        var found: Substring?
        for (name, value) in RequestCookies.pairs(in: fields) where name.utf8.elementsEqual(self.name.utf8) {
            if let found, found != value { return nil }
            found = value
        }
        guard let found, SessionCheck.isToken(found) else { return nil }
        return String(found)
    }

    /// The field that sets it. It goes with the browser's session; the server's clock ends it anyway.
    func setting(_ token: Secret) -> HTTPField {
        HTTPField(name: .setCookie, value: "\(name)=\(token.reveal())\(attributes)")
    }

    var removal: HTTPField { HTTPField(name: .setCookie, value: "\(name)=\(attributes); Max-Age=0") }
}

/// The cookie that binds one attempt to sign in or out to one browser. Each attempt has its own, so many tabs can sign in at
/// once.
struct AttemptCookie: Sendable {
    enum Purpose: String, Sendable {
        case login = "gatehouse-login-"
        case logout = "gatehouse-logout-"
    }

    /// More attempts than this at once, and the oldest cookie goes: the header must stay small.
    static let most = 16

    let name: String
    private let prefix: String
    private let attributes: String

    /// - Parameter isCrossSitePost: the provider answers with a form post. SameSite=Lax cookies stay away from that, so
    ///   this cookie is then SameSite=None, which needs Secure (browsers accept it on http://localhost).
    init(_ purpose: Purpose, id: String, rules: AccessRules, isCrossSitePost: Bool = false) {
        let isSecure = rules.origin.hasPrefix("https://")
        prefix = (isSecure ? "__Host-" : "") + purpose.rawValue
        name = prefix + id
        attributes =
            "; Path=/; HttpOnly" + (isCrossSitePost ? "; SameSite=None" : "; SameSite=Lax")
            + (isSecure || isCrossSitePost ? "; Secure" : "")
    }

    func value(in fields: HTTPFields) -> String? {
        RequestCookies.pairs(in: fields).first { $0.name.utf8.elementsEqual(name.utf8) }.map { String($0.value) }
    }

    func setting(_ binding: String) -> HTTPField {
        HTTPField(
            name: .setCookie,
            value: "\(name)=\(binding)\(attributes); Max-Age=\(LoginAttempts.lifetime.components.seconds)")
    }

    var removal: HTTPField { HTTPField(name: .setCookie, value: "\(name)=\(attributes); Max-Age=0") }

    /// Removes the oldest attempts of a browser that has too many. Their names begin with the time they were made.
    func removalsOfOldest(in fields: HTTPFields) -> [HTTPField] {
        let names = RequestCookies.pairs(in: fields).map { String($0.name) }
            .filter { $0.hasPrefix(prefix) }.sorted()
        return names.dropLast(Self.most - 1).prefix(Self.most).map {
            HTTPField(name: .setCookie, value: "\($0)=\(attributes); Max-Age=0")
        }
    }
}

enum RequestCookies {
    /// Name and value of each cookie (RFC 6265 §5.4); what has no `=` is left out.
    static func pairs(in fields: HTTPFields) -> [(name: Substring, value: Substring)] {
        var pairs: [(name: Substring, value: Substring)] = []
        for field in fields[values: .cookie] {
            for part in field.utf8.split(separator: UInt8(ascii: ";")) {
                guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let name = Substring(part[..<equals].drop { $0 == 0x20 || $0 == 0x09 })
                pairs.append((name, Substring(part[part.index(after: equals)...])))
            }
        }
        return pairs
    }
}
