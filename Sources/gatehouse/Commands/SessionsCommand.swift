import ArgumentParser
import Identity
import StrictJSON

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Lists and ends sessions.", subcommands: [List.self, Revoke.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists live sessions, the newest first.")

        @OptionGroup var server: ServerOptions

        @Option(help: "Only this person's, by e-mail address.")
        var user: String?

        func run() async throws {
            let query = user.map { "?" + FormEncoding.encode([("user", $0)]) } ?? ""
            let answer = try await server.call(.get, "/api/v1/sessions" + query)
            if server.json { return Terminal.say(answer) }
            let sessions = answer["sessions"]?.array ?? []
            if sessions.isEmpty { return Terminal.say("There are no live sessions.") }
            let rows = sessions.map { session in
                [
                    session["id"]?.string, session["user"]?["email"]?.string, session["realm"]?.string,
                    session["provider"]?.string, session["created_at"]?.string, session["last_seen_at"]?.string,
                    session["address"]?.string,
                ].map { $0 ?? "" }
            }
            Terminal.say(Table.text(["ID", "USER", "REALM", "PROVIDER", "SINCE", "LAST USED", "FROM"], rows))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends one session, or all sessions of one person.",
            discussion: "The sessions are over at the very next check.")

        @OptionGroup var server: ServerOptions

        @Argument(help: "The session's id, as 'sessions list' shows it.")
        var id: String?

        @Option(help: "All sessions of this person, by e-mail address.")
        var user: String?

        func validate() throws {
            guard (id == nil) != (user == nil) else {
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

/// Columns of text, each as wide as its widest cell.
enum Table {
    static func text(_ header: [String], _ rows: [[String]]) -> String {
        let all = ([header] + rows).map { row in row.map { Terminal.visible($0, keepingNewlines: false) } }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
