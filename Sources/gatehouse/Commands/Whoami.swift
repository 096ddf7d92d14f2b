import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct Whoami: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says who is signed in, as the gateway knows it now.",
        discussion: """
            Exits with 1 when nobody is.

            Examples:
              gatehouse whoami
              gatehouse whoami --server https://sso.example.com --json
            """)

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let now = WallClock.system.now
        let (origin, session) = try await server.withGateway { api in
            (api.server.origin, try await OwnSession.fetch(api, now: now).json)
        }
        if server.json { return Terminal.say(session) }
        let roles = session["roles"]?.strings ?? []
        let name = session["user"]?["name"]?.string
        let email = session["user"]?["email"]?.string
        let person = [name, email.map { name == nil ? $0 : "<\($0)>" }].compactMap { $0 }.joined(separator: " ")
        let host = session["host"]?.string.map { " on \($0)" } ?? ""
        func time(_ member: String) -> String? { session[member]?.string.map { Moment.text($0, now: now) } }
        Terminal.say(
            Table.pairs([
                ("Person", person.isEmpty ? session["user"]?["id"]?.string : person),
                ("Gateway", origin), ("Realm", session["realm"]?.string),
                ("Provider", session["provider"]?.string),
                ("Roles", roles.isEmpty ? "none" : roles.joined(separator: ", ")),
                ("Groups", session["groups"]?.array.map { "\($0.count)" }),
                ("Session", session["kind"]?.string.map { $0 + host }),
                ("Since", time("created_at")), ("Ends", time("expires_at")), ("Validated", time("validated_at")),
            ]))
    }
}
