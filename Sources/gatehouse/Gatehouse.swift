// gatehouse: the one product binary, server and command line.
//
// Owns: commands, exit codes, the composition of the server and its one ServiceGroup, the log's format.
// Does not own: anything that a second program could want; that lives in the libraries.
// Flow: arguments → a command in Commands/ → libraries; `Commands/Serve.swift` puts the server together.

import ArgumentParser
import CommandLineClient
import StrictJSON

#if canImport(Glibc)
    import Glibc
#endif

@main
struct Gatehouse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "Signs people in through Okta and answers reverse proxies who they are.",
        discussion: """
            Client commands take the gateway from --server, else GATEHOUSE_SERVER, else
            the one last signed in to; the token from GATEHOUSE_TOKEN, else
            ${XDG_CONFIG_HOME:-~/.config}/gatehouse/credentials.json.

            Exit codes: 0 done, 1 refused or failed, 64 wrong usage, 66 an input file
            cannot be read, 78 bad configuration.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Gateway", subcommands: [Serve.self, CheckConfig.self, AdminToken.self, Inspect.self]),
            CommandGroup(name: "Signing in", subcommands: [Login.self, Logout.self, Whoami.self, TokenCommand.self]),
            CommandGroup(
                name: "Administration",
                subcommands: [
                    SessionsCommand.self, ProvidersCommand.self, RolesCommand.self, AuditCommand.self,
                ]),
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            end(failure)
        } catch let error as ClientError {
            end(CommandFailure(client: error))
        } catch {
            exit(withError: error)
        }
    }

    private static func end(_ failure: CommandFailure) -> Never {
        if !failure.message.isEmpty { Terminal.complain(failure.message) }
        Glibc.exit(failure.exitCode)
    }
}

/// Why a command did not do what was asked: one sentence for a person, and the exit code of the contract.
struct CommandFailure: Error {
    static let refused: Int32 = 1
    static let usage: Int32 = 64
    static let unreadableInput: Int32 = 66
    static let badConfiguration: Int32 = 78

    let exitCode: Int32
    /// Empty when everything was said on standard output.
    let message: String

    init(_ exitCode: Int32, _ message: String) {
        self.exitCode = exitCode
        self.message = message
    }
}

enum Terminal {
    /// Lines for a person. What a provider wrote must not steer the terminal, so control characters are shown, not sent.
    static func say(_ text: String) { write(visible(text, keepingNewlines: true), to: STDOUT_FILENO) }

    /// One JSON object for a program.
    static func say(_ json: JSON) { write(asciiControls(json.text), to: STDOUT_FILENO) }

    /// The same JSON with every control, bidirectional and invisible character as an escape (RFC 8259 §7).
    private static func asciiControls(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    output.append(
                        contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
                }
            default: output.append(scalar)
            }
        }
        return String(output)
    }

    /// Lines for the person at the terminal while something goes on; standard output is for the result.
    static func tell(_ text: String) { write(visible(text, keepingNewlines: true), to: STDERR_FILENO) }

    static func complain(_ text: String) {
        write("gatehouse: \(visible(text, keepingNewlines: true))", to: STDERR_FILENO)
    }

    /// The text with every control, bidirectional and invisible character as an escape.
    static func visible(_ text: String, keepingNewlines: Bool) -> String {
        text.visible(keepingNewlines: keepingNewlines)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
