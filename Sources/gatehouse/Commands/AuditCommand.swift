import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Reads the audit trail.", subcommands: [Show.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows what is known under the reference of an error page.",
            discussion: """
                Who, when, through which provider, and the precise reason. For a SAML
                sign-in that failed also what the response said: which rule failed, what was
                expected and what came, certificates and times; never values of attributes.

                Example:
                  gatehouse audit show 7KQ2M4XW
                """)

        @OptionGroup var server: ServerOptions

        @Argument(help: "The eight characters that the page showed.")
        var reference: String

        func validate() throws {
            guard (1...32).contains(reference.utf8.count), reference.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw ValidationError("The reference is the eight characters that the page showed.") }
        }

        func run() async throws {
            // People read it aloud, and type it as they like.
            let wanted = reference.uppercased()
            let answer = try await server.call(
                .get, "/api/v1/audit?" + FormEncoding.encode([("reference", wanted)]))
            guard let events = answer["events"]?.array, !events.isEmpty else {
                throw CommandFailure(
                    CommandFailure.refused,
                    "nothing is known under the reference \(wanted.visible()); check its letters")
            }
            Terminal.say(server, answer, AuditText.events(events))
        }
    }
}
