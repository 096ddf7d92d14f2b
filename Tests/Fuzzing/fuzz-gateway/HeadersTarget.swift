import Access
import FuzzingSupport
import HTTPTypes
import Identity

@testable import Gateway

/// Cookies and the fields in which a proxy tells what it was asked. The first byte says who asks; then comes a line with
/// the path, and one for each field.
///
/// Promises: cookies are pieces of their field; a session's token is the value of its cookie and there is no second one;
/// what a stranger says about another request is not looked at; an address that was made of fields reads as itself.
enum HeadersTarget {
    static func run(_ bytes: [UInt8]) -> CInt {
        guard let flags = bytes.first else { return 0 }
        let lines = String(decoding: bytes[1...], as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let path = lines.first.map(String.init) ?? "/"
        var head = HTTPRequest(method: .get, scheme: "https", authority: "sso.example.com", path: path)
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { continue }
            head.headerFields.append(HTTPField(name: name, value: String(parts[1])))
        }
        cookies(head.headerFields, isSecure: flags & 1 != 0, domain: flags & 2 != 0 ? "example.com" : nil)
        let request = IncomingRequest(
            head: head, peer: IPAddress("192.0.2.1"), peerIsTrusted: flags & 4 != 0, identify: { "1" },
            readBody: { _ in [] })
        forwarded(request, face: [.plain, .forward, .envoy(originalPath: path)][Int(flags >> 3) % 3])
        _ = try? request.queryFields()
        _ = request.loggedPath
        return 0
    }

    private static func cookies(_ fields: HTTPFields, isSecure: Bool, domain: String?) {
        let pairs = RequestCookies.pairs(in: fields)
        let separators = fields[values: .cookie].reduce(0) {
            $0 + $1.utf8.count(where: { $0 == UInt8(ascii: ";") }) + 1
        }
        require(pairs.count <= separators, "there are no more cookies than places for them")
        for (name, value) in pairs {
            require(!name.utf8.contains { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") }, "a name ends with '='")
            require(!value.utf8.contains(UInt8(ascii: ";")), "a value ends with ';'")
        }
        let realm = RealmRules(
            name: "r", title: "R", providers: [], home: nil, returnHosts: [], cookieDomain: domain,
            session: SessionLifetime(idle: .seconds(1), absolute: .seconds(1)),
            roles: RoleMapping(rules: [], defaultRole: nil), contact: nil)
        let rules = AccessRules(
            origin: isSecure ? "https://sso.example.com" : "http://localhost", realms: [realm.name: realm],
            administrators: nil)
        let cookie = SessionCookie(realm: realm, rules: rules)
        guard let token = cookie.token(in: fields) else { return }
        require(SessionCheck.isToken(token), "a token has the form of one")
        let values = pairs.filter { $0.name.utf8.elementsEqual(cookie.name.utf8) }.map(\.value)
        require(!values.isEmpty && values.allSatisfy { $0.utf8.elementsEqual(token.utf8) }, "there is no second token")
    }

    private static func forwarded(_ request: IncomingRequest, face: CheckFace) {
        let client = request.clientAddress
        if !request.peerIsTrusted { require(client == "192.0.2.1", "a stranger does not say where it is") }
        guard let original = try? OriginalRequest(request, face: face) else { return }
        require(request.peerIsTrusted || original.address == nil, "a stranger does not say what it was asked")
        guard let address = original.address else { return }
        require(WebAddress(address.text, maximumLength: .max) == address, "an address reads as itself")
        let host = address.host.utf8
        require(
            !host.isEmpty && !host.contains { $0 <= 0x20 || $0 >= 0x7F || "/?#@\\".utf8.contains($0) },
            "a host is a host")
        require(
            address.rest.isEmpty || "/?#".contains(address.rest.prefix(1)), "the rest is a path, a query or a fragment")
    }
}
