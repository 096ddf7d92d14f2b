import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Lists and ends sessions.", subcommands: [List.self, Revoke.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists live sessions, the newest first.",
            discussion: """
                Examples:
                  gatehouse sessions list
                  gatehouse sessions list --user ada@example.com --json
                """)

        @OptionGroup var server: ServerOptions

        @Option(help: "Only this person's, by e-mail address.")
        var user: String?

        func run() async throws {
            let query = user.map { [("user", $0)] } ?? []
            let sessions = try await server.withGateway { api in
                try await api.pages("/api/v1/sessions", query: query, member: "sessions")
            }
            if server.json { return Terminal.say(["sessions": .array(sessions)]) }
            if sessions.isEmpty { return Terminal.say("There are no live sessions.") }
            let rows = sessions.map { session in
                let kind = session["kind"]?.string ?? ""
                let texts = [
                    session["id"]?.string, session["user"]?["email"]?.string ?? session["user"]?["id"]?.string,
                    session["realm"]?.string, session["provider"]?.string,
                    session["host"]?.string.map { "\(kind) \($0)" } ?? kind, session["created_at"]?.string,
                    session["last_seen_at"]?.string, session["address"]?.string,
                ]
                return texts.map { $0 ?? "" }
            }
            Terminal.say(
                Table.text(["ID", "USER", "REALM", "PROVIDER", "KIND", "SINCE", "LAST USED", "FROM"], rows))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends one session, or all sessions of one person.",
            discussion: """
                The sessions are over at the very next check.

                Examples:
                  gatehouse sessions revoke ID
                  gatehouse sessions revoke --user ada@example.com
                """)

        @OptionGroup var server: ServerOptions

        @Argument(help: "The session's id, as 'sessions list' shows it.")
        var id: String?

        @Option(help: "All sessions of this person, by e-mail address.")
        var user: String?

        func validate() throws {
            guard (id == nil) != (user == nil), id?.isEmpty != true, user?.isEmpty != true else {
                throw ValidationError("Say either a session's ID or --user EMAIL.")
            }
        }

        func run() async throws {
            let path =
                if let user {
                    "?" + FormEncoding.encode([("user", user)])
                } else {
                    "/" + FormEncoding.encode(id ?? "")
                }
            let answer = try await server.call(.delete, "/api/v1/sessions" + path)
            if server.json { return Terminal.say(answer) }
            let count = answer["ended"]?.array?.count ?? 0
            Terminal.say(count == 1 ? "1 session ended." : "\(count) sessions ended.")
        }
    }
}
