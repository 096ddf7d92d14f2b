import ArgumentParser
import Foundation
import Settings
import StrictJSON

struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Reads a configuration file and says what is wrong in it, by line, with the fix.",
        discussion: "Exits with 0 when the file is good and with 78 when it is not. Contacts nobody.")

    @Argument(help: "The YAML file.")
    var file: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        do {
            let settings = try GatewaySettings(file: file, environment: ProcessInfo.processInfo.environment)
            if json {
                Terminal.say(["good": true, "problems": []])
            } else {
                Terminal.say(
                    "\(file) is good: \(settings.rules.realms.count) realm(s), \(settings.providers.count) provider(s), \(settings.rules.origin)"
                )
            }
        } catch let error as ConfigurationError where json {
            let problems = error.problems.map { problem -> JSON in
                [
                    "file": .string(problem.file), "line": .integer(Int64(problem.line)),
                    "message": .string(problem.message),
                ]
            }
            Terminal.say(["good": false, "problems": .array(problems)])
            throw CommandFailure(CommandFailure.badConfiguration, "")
        } catch {
            throw CommandFailure(configuration: error)
        }
    }
}

extension CommandFailure {
    /// The failure of a command whose configuration file is no good.
    init(configuration error: any Error) {
        if let error = error as? ConfigurationFileError {
            self.init(Self.unreadableInput, error.description)
            return
        }
        self.init(Self.badConfiguration, "bad configuration\n\(error)")
    }
}
