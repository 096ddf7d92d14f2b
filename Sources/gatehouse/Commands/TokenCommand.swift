import ArgumentParser
import CommandLineClient
import Identity
import StrictJSON

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Prints a bearer token for scripts, after making sure that it works.",
        discussion: """
            One line on standard output and nothing else. When the session is over there
            is none, and the exit code is 1. The token is the session's: whoever has it
            is you until 'gatehouse logout'.

            Examples:
              curl -H "Authorization: Bearer $(gatehouse token)" https://app.example.com/api
              TOKEN=$(gatehouse token --server https://sso.example.com) || exit 1
            """)

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let (api, session) = try await server.withGateway { api in
            (api, try await OwnSession.fetch(api, freshly: true, now: WallClock.system.now))
        }
        guard let token = api.token?.reveal() else { throw ServerChoice.notSignedIn(api.server) }
        guard server.json else { return Terminal.say(token) }
        Terminal.say([
            "token": .string(token), "server": .string(api.server.origin), "expires_at": JSON(session.expiresAt),
        ])
    }
}
