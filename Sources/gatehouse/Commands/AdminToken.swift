import Access
import ArgumentParser
import Cryptography
import Foundation
import Identity
import SQL
import Settings
import StrictJSON

struct AdminToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin-token",
        abstract: "Prints a bearer token with full rights, for first set-up and emergencies.",
        discussion: """
            Whoever can read the master key can make one. Making it is audited. Use it like this:
              GATEHOUSE_TOKEN=$(gatehouse admin-token --config FILE) gatehouse sessions list
            """)

    @Option(help: "The gateway's configuration file.")
    var config: String

    @Option(help: "How long it is valid: 15m, 1h; at most 24h.")
    var expires = "1h"

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        guard let lifetime = Duration(configured: expires), lifetime <= AdministratorTokens.longestLifetime else {
            throw CommandFailure(
                CommandFailure.usage, "--expires is '\(expires)'; write a duration like 15m or 1h, at most 24h")
        }
        let settings: GatewaySettings
        do {
            settings = try GatewaySettings(file: config, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw CommandFailure(configuration: error)
        }
        let clock = WallClock.system
        let random = RandomSource.system
        let database = try await Store.open(settings)
        let tokens = AdministratorTokens(
            keyring: try Keyring(masterKeys: settings.masterKeys), random: random, clock: clock)
        let (token, id) = tokens.make(lifetime: lifetime)
        // Written first: a token that the trail does not know must not exist.
        do {
            try await AuditTrail(database: database, random: random).record(
                AuditEvent(
                    .administratorTokenIssued, at: clock.now, detail: "valid for \(expires)", actor: id))
            try await database.close()
        } catch {
            throw CommandFailure(
                CommandFailure.refused, "the audit trail cannot be written, so there is no token: \(error)")
        }
        let expiresAt = (clock.now + lifetime).description
        if json {
            Terminal.say(["token": .string(token.reveal()), "id": .string(id), "expires_at": .string(expiresAt)])
        } else {
            Terminal.say(token.reveal())
        }
    }
}
