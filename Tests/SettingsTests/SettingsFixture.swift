import Identity
import TestSupport
import Testing

@testable import Settings

/// A good configuration file, to be changed in one place.
///
/// In a changed text `«` marks the line that the problem must name; it is taken out before the file is read.
enum SettingsFixture {
    static let masterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    static let secret = "literal-client-secret"

    static let good = """
        url: https://sso.example.com
        listen: 127.0.0.1:8300
        metrics_listen: 127.0.0.1:9300
        store: sqlite:gatehouse.db
        master_key: {env: MASTER_KEY}
        trusted_proxies: [127.0.0.1, "::1", 10.0.0.0/8]
        administrators: {realm: infraon, role: admin}

        providers:
          okta:
            kind: okta
            url: https://acme.okta.com
            client_id: 0oa1example
            client_secret: {env: CLIENT_SECRET}
            scopes: [openid, profile, email]
            groups_claim: groups
            response_mode: query
          other:
            kind: oidc
            url: https://id.example.com
            client_id: gatehouse
            client_secret: a-literal-secret

        realms:
          infraon:
            title: Infraon
            providers: [okta]
            home: https://infraon.example.com/
            return_hosts: [infraon.example.com, "*.infraon.example.com"]
            cookie_domain: example.com
            contact: the service desk
            session: {idle: 30m, absolute: 12h, revalidate: 15m}
            roles:
              - {groups: [infraon-admins], role: admin}
              - {groups: ["infraon-tech-*"], role: technician}
          ssp:
            providers: [other, okta]
            default_role: requester

        """

    static let environment = ["MASTER_KEY": masterKey, "CLIENT_SECRET": secret, "EMPTY": ""]

    /// Reads a text as if it were the file `gatehouse.yaml` of the folder.
    static func read(_ text: String, in folder: TemporaryFolder? = nil) throws -> GatewaySettings {
        try GatewaySettings(
            yaml: text, file: folder?.file("gatehouse.yaml") ?? "gatehouse.yaml", environment: environment)
    }

    static func problems(_ text: String, in folder: TemporaryFolder? = nil) throws -> [ConfigurationProblem] {
        do {
            _ = try read(text, in: folder)
            return []
        } catch let error as ConfigurationError {
            return error.problems
        }
    }

    /// The good file with one change; the old text must be in it once.
    static func changed(_ old: String, _ new: String) throws -> String {
        try #require(
            good.split(separator: old, omittingEmptySubsequences: false).count == 2, "'\(old)' must occur once")
        return good.replacing(old, with: new)
    }

    /// Expects exactly one problem, on the marked line, that says all of the words.
    static func expectProblem(
        _ old: String, _ new: String, says words: String..., in folder: TemporaryFolder? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectProblem(try changed(old, new), says: words, in: folder, sourceLocation: sourceLocation)
    }

    static func expectProblem(
        _ text: String, says words: [String], in folder: TemporaryFolder? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex { $0.contains("«") }, sourceLocation: sourceLocation) + 1
        let problems = try problems(text.replacing("«", with: ""), in: folder)
        #expect(problems.map(\.line) == [line], "\(problems)", sourceLocation: sourceLocation)
        for problem in problems {
            #expect(problem.file.hasSuffix("gatehouse.yaml"), sourceLocation: sourceLocation)
            for word in words {
                #expect(
                    problem.message.contains(word), "'\(word)' is not in: \(problem)", sourceLocation: sourceLocation)
            }
            for value in [secret, masterKey, "a-literal-secret"] {
                #expect(
                    !problem.message.contains(value), "a secret shows in: \(problem)", sourceLocation: sourceLocation)
            }
        }
    }
}
