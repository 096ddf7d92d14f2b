import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers",
        abstract: "Lists, adds, checks and removes identity providers.",
        discussion: "Those of the gateway's configuration file are changed there only.",
        subcommands: [List.self, Show.self, ProvidersAdd.self, Remove.self, Verify.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the providers.", discussion: "Example:\n  gatehouse providers list --json")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let answer = try await server.call(.get, "/api/v1/providers")
            Terminal.say(server, answer, ProviderText.list(answer))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one provider; never its secrets.", discussion: "Example:\n  gatehouse providers show okta")

        @OptionGroup var server: ServerOptions
        @OptionGroup var provider: ProviderArgument

        func run() async throws {
            let answer = try await server.call(.get, provider.path)
            Terminal.say(server, answer, ProviderText.details(answer))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a provider that was added at run time.",
            discussion: """
                Sessions that came through it end. One of the configuration file is removed there.

                Example:
                  gatehouse providers remove okta
                """)

        @OptionGroup var server: ServerOptions
        @OptionGroup var provider: ProviderArgument

        func run() async throws {
            _ = try await server.call(.delete, provider.path)
            Terminal.say(server, ["removed": .string(provider.name)], "Provider \(provider.name.visible()) is removed.")
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks a provider's set-up, and says what to change where.",
            discussion: """
                One line a check: ok, failed, warning or skipped. Exits with 1 when the provider is not good.

                Example:
                  gatehouse providers verify okta
                """)

        @OptionGroup var server: ServerOptions
        @OptionGroup var provider: ProviderArgument

        func run() async throws {
            let answer = try await server.withGateway { api in
                try await api.call(.post, provider.path + "/verify", within: .seconds(60))
            }
            let report = VerificationReport(answer)
            Terminal.say(server, answer, report.text)
            if !report.isGood { throw CommandFailure(CommandFailure.refused, "") }
        }
    }
}

/// The name of a provider as an argument.
struct ProviderArgument: ParsableArguments {
    @Argument(help: "The provider's name.")
    var name: String

    var path: String { "/api/v1/providers/" + FormEncoding.encode(name) }

    func validate() throws {
        guard !name.isEmpty, name != ".", name != ".." else { throw ValidationError("The provider needs a name.") }
    }
}

extension Terminal {
    /// The gateway's answer for a program, or its meaning for a person.
    static func say(_ options: ServerOptions, _ json: JSON, _ text: @autoclosure () -> String) {
        if options.json { say(json) } else { say(text()) }
    }
}
