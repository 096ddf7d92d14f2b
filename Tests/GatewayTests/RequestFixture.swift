import Access
import HTTPTypes
import Identity
import TestSupport
import Testing

@testable import Gateway

extension IncomingRequest {
    /// A request as the adapter makes it.
    static func make(
        _ method: String = "GET", _ target: String = "/", headers: [(String, String)] = [], body: String = "",
        peer: String = "127.0.0.1", trusted: Bool = true
    ) throws -> IncomingRequest {
        var head = HTTPRequest(
            method: try #require(HTTPRequest.Method(method)), scheme: "http", authority: "gateway.internal:8300",
            path: target)
        for (name, value) in headers {
            head.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return IncomingRequest(
            head: head, peer: IPAddress(peer), peerIsTrusted: trusted, identify: { "request-1" },
            readBody: { limit in
                guard body.utf8.count <= limit else { throw RequestProblem.bodyTooLarge }
                return Array(body.utf8)
            })
    }
}

enum RequestFixture {
    static func realm(
        _ name: RealmName = "infraon", cookieDomain: String? = nil, home: String? = nil, contact: String? = nil,
        returnHosts: [String] = ["app.example.com"]
    ) -> RealmRules {
        RealmRules(
            name: name, title: "Infraon", providers: ["okta"], home: home,
            returnHosts: returnHosts.compactMap { ReturnHost($0) }, cookieDomain: cookieDomain,
            session: SessionLifetime(idle: .seconds(1800), absolute: .seconds(43200)),
            roles: RoleMapping(rules: [], defaultRole: "user"), contact: contact)
    }

    static func rules(_ realms: RealmRules..., origin: String = "https://sso.example.com") -> AccessRules {
        AccessRules(
            origin: origin, realms: Dictionary(uniqueKeysWithValues: realms.map { ($0.name, $0) }), administrators: nil)
    }

    /// The code of the problem that the body throws; nil when it throws none.
    static func problem(_ body: () throws -> Void) throws -> String? {
        do {
            try body()
            return nil
        } catch let problem as RequestProblem {
            #expect(problem.status == 400 && !problem.detail.isEmpty)
            return problem.code
        }
    }
}
