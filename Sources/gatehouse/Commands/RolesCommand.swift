import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct RolesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles", abstract: "Explains roles.", subcommands: [Explain.self])

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says which rule gave which role, and why not the others.",
            discussion: """
                For a person with the groups of the last sign-in, or for groups that you name.

                Examples:
                  gatehouse roles explain --realm infraon --user ada@example.com
                  gatehouse roles explain --realm infraon --group infraon-admins "R&D, Zürich"
                """)

        @OptionGroup var server: ServerOptions

        @Option(help: "The realm whose rules are asked.")
        var realm: String

        @Option(help: "A person, by e-mail address.")
        var user: String?

        @Option(parsing: .upToNextOption, help: "A group, exactly as the provider spells it; may be repeated.")
        var group: [String] = []

        func validate() throws {
            guard (user == nil) != group.isEmpty, user?.isEmpty != true else {
                throw ValidationError("Say either --user EMAIL or --group GROUP.")
            }
            guard !realm.isEmpty, realm != ".", realm != ".." else { throw ValidationError("--realm needs a name.") }
        }

        func run() async throws {
            let query = user.map { [("user", $0)] } ?? group.map { ("group", $0) }
            let answer = try await server.call(
                .get, "/api/v1/realms/\(FormEncoding.encode(realm))/roles?" + FormEncoding.encode(query))
            Terminal.say(server, answer, RolesExplanation.text(answer, subject: user))
        }
    }
}
